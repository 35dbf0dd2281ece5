"""What a request's record is made of: states, steps with their effects on clocks, attachments and messages."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from gateway.core.sharing.deadlines import Stage
from gateway.core.sharing.parties import Acted, Party
from gateway.core.text import Text

MOST_STEPS: Final = 200
MOST_ATTACHMENTS: Final = 50
MOST_MESSAGES: Final = 500
LONGEST_TEXT: Final = 2_000


class RequestState(StrEnum):
    """How far a request is. The last five end it."""

    DRAFT = "DRAFT"
    OWN_APPROVAL = "OWN_APPROVAL"
    SUBMITTED = "SUBMITTED"
    COMPLIANCE = "COMPLIANCE"
    WITH_PROVIDER = "WITH_PROVIDER"
    RETURNED = "RETURNED"
    APPROVED = "APPROVED"
    PARTLY_APPROVED = "PARTLY_APPROVED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


GIVEN: Final = frozenset({RequestState.APPROVED, RequestState.PARTLY_APPROVED})
"""States out of which a grant is made."""

ENDED: Final = GIVEN | {RequestState.REFUSED, RequestState.WITHDRAWN, RequestState.EXPIRED}

STATE_NAMES: Final = {
    RequestState.DRAFT: Text("草稿", "a draft"),
    RequestState.OWN_APPROVAL: Text("待本单位审批", "waiting for its own office"),
    RequestState.SUBMITTED: Text("已提交", "submitted"),
    RequestState.COMPLIANCE: Text("合规审查中", "being checked for compliance"),
    RequestState.WITH_PROVIDER: Text("待提供单位决定", "with the provider"),
    RequestState.RETURNED: Text("已退回补正", "returned"),
    RequestState.APPROVED: Text("已同意", "approved"),
    RequestState.PARTLY_APPROVED: Text("部分同意", "partly approved"),
    RequestState.REFUSED: Text("不予共享", "refused"),
    RequestState.WITHDRAWN: Text("已撤回", "withdrawn"),
    RequestState.EXPIRED: Text("已失效", "expired"),
}


class Action(StrEnum):
    """What moves a request."""

    SUBMIT = "SUBMIT"
    APPROVE_OWN = "APPROVE_OWN"
    TAKE_UP = "TAKE_UP"
    PASS = "PASS"  # noqa: S105 - no password
    OPEN = "OPEN"
    DECIDE = "DECIDE"
    REFUSE = "REFUSE"
    RETURN = "RETURN"
    RESUBMIT = "RESUBMIT"
    EXTEND = "EXTEND"
    WITHDRAW = "WITHDRAW"
    EXPIRE = "EXPIRE"
    DELIVER = "DELIVER"


ACTION_NAMES: Final = {
    Action.SUBMIT: Text("提交", "submit it"),
    Action.APPROVE_OWN: Text("内部审批", "approve it for the requester"),
    Action.TAKE_UP: Text("受理", "take it up"),
    Action.PASS: Text("通过合规审查", "pass it on"),
    Action.OPEN: Text("直接开通", "open it without a decision"),
    Action.DECIDE: Text("同意", "approve it"),
    Action.REFUSE: Text("拒绝", "refuse it"),
    Action.RETURN: Text("退回补正", "return it"),
    Action.RESUBMIT: Text("补正后提交", "submit it again"),
    Action.EXTEND: Text("延期", "extend its time"),
    Action.WITHDRAW: Text("撤回", "withdraw it"),
    Action.EXPIRE: Text("作失效处理", "let it expire"),
    Action.DELIVER: Text("登记交付", "deliver it"),
}


class Effect(StrEnum):
    """What a step does to the clock of a stage."""

    START = "START"
    STOP = "STOP"
    RESUME = "RESUME"
    EXTEND = "EXTEND"
    END = "END"


class Mark(msgspec.Struct, frozen=True):
    """An effect on the clock of one stage."""

    stage: Stage
    effect: Effect


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a request, as it is recorded.

    Attributes:
        number: from 1.
        reason: a code of the rules' lists; ``note`` is what was said besides.
    """

    number: int
    action: Action
    before: RequestState
    after: RequestState
    by: Acted
    at: datetime
    marks: tuple[Mark, ...] = ()
    reason: str | None = None
    note: str | None = None


class Purpose(msgspec.Struct, frozen=True):
    """For what: the words of the requester, and the law or duty that it rests on."""

    text: str
    basis: str


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was uploaded: its id among uploads, what it is, who added it, and through which application."""

    upload: str
    name: str
    bytes: int
    sha256: str
    added_by: Acted
    at: datetime
    application: str = ""

    def __repr__(self) -> str:
        """Size only: names of files may be of persons."""
        return f"Attachment({self.bytes} bytes)"


class Message(msgspec.Struct, frozen=True):
    """What one party wrote to the others."""

    by: Acted
    at: datetime
    text: str

    def __repr__(self) -> str:
        """The party only."""
        return f"Message(by={self.by.party.value})"


IN_CHARGE: Final = {
    RequestState.DRAFT: Party.REQUESTER,
    RequestState.OWN_APPROVAL: Party.OWN_OFFICE,
    RequestState.SUBMITTED: Party.AUTHORITY,
    RequestState.COMPLIANCE: Party.AUTHORITY,
    RequestState.WITH_PROVIDER: Party.PROVIDER,
    RequestState.RETURNED: Party.REQUESTER,
}
"""Who is to take the next step; the gateway where an exchange or nobody decides (ShareRequest.in_charge)."""
