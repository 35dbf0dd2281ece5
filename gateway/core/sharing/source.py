"""The port of what answers for resources: systems of departments that are asked for records under a grant."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from gateway.core.call import Call
from gateway.core.call_record import Received
from gateway.core.outcome import Fault, Outcome

SourceRecord = Mapping[str, object]
"""A record by the names of fields. A field that came and was not wanted is there by its name with None: its value was
not read."""


class ShareQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a system.

    Attributes:
        operation: which of the system's operations answers for the resource.
        resource: its catalogue code; ``number`` its number at the exchange that it is fetched through.
        parameters: by the names of fields; what a permit lets be sent.
        fields: the only ones that are read from the answer.
        limit: records that are wanted at most, at least 1.
        cursor: what the answer before said; None for the first.
        access: what the exchange gave with its approval and wants named in every use: a secret.
    """

    operation: str
    resource: str
    parameters: Mapping[str, str]
    fields: frozenset[str]
    limit: int
    number: str | None = None
    cursor: str | None = None
    access: str | None = None

    def __repr__(self) -> str:
        """The operation only: parameters name persons, and access is a secret."""
        return f"ShareQuestion(operation={self.operation!r})"


class ShareAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one system said to one question.

    Attributes:
        records: none unless the outcome is OK, and no more than were wanted.
        dirty: values that could not be read and are null, by the names of their fields.
        cursor: leads to what follows; None at the end.
        truncated: the system has more than can be asked for.
        skipped: how many records of the same reply answers before gave: a reply with more than are wanted is cut.
        as_of: the instant for which the system vouches; None for that of its answer.
        code: the system's own code; ``message`` its own text (shown to officers and operations only).
        notice: our explanation, free of personal data.
        unreadable: records left out because they were unreadable as a whole.
        retry_after: seconds after which the system asks to be tried again.
        received: every reply that the answer was made of, in the order they came.
    """

    outcome: Outcome
    records: Sequence[SourceRecord] = ()
    dirty: frozenset[str] = frozenset()
    cursor: str | None = None
    truncated: bool = False
    skipped: int = 0
    as_of: datetime | None = None
    fault: Fault | None = None
    code: str | None = None
    message: str | None = None
    notice: str | None = None
    unreadable: int = 0
    retry_after: int | None = None
    received: tuple[Received, ...] = ()

    def __repr__(self) -> str:
        """Outcome and count only: records are persons' data."""
        return f"ShareAnswer({self.outcome.value}, {len(self.records)} records)"


class ShareSource(Protocol):
    """A system that answers for resources. Never raises for what the system did: the answer's outcome says it."""

    system: str

    async def query(self, question: ShareQuestion, call: Call) -> ShareAnswer:
        """Records of a resource, within ``call.deadline``."""
        ...


class ShareSources(Protocol):
    """Which systems answer for resources at this moment."""

    def share_source(self, system: str) -> ShareSource | None:
        """The system of this code, if it is assigned to answer for resources."""
        ...
