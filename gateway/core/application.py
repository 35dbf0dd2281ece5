"""Pre-application numbers: an office looks before the case exists, and must name the case in time."""

from datetime import datetime

import msgspec


class PreApplication(msgspec.Struct, frozen=True, kw_only=True):
    """A number of ours that stands for a case to come.

    Attributes:
        application, subject: who opened it; nobody else can use or bind it.
        due_at: until when it must be bound; unbound ones are listed for supervision after that.
        case: the case it was bound to.
        uses: how many uses were opened under it.
    """

    number: str
    item: str
    application: str
    subject: str
    body: str
    opened_at: datetime
    due_at: datetime
    case: str | None = None
    bound_at: datetime | None = None
    uses: int = 0

    def is_overdue(self, at: datetime) -> bool:
        """Whether no case was named in time."""
        return self.case is None and at >= self.due_at
