"""Reasons that may be given for a refusal, a return or a revocation: lists of the rules, no free text."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.text import Text


class ReasonUse(StrEnum):
    """What a reason is given for."""

    REFUSE = "REFUSE"
    RETURN = "RETURN"
    REVOKE = "REVOKE"


class Reason(msgspec.Struct, frozen=True):
    """One reason: the code that records keep, and what people read."""

    code: str
    use: ReasonUse
    text: Text


DECIDED_UPSTREAM: Final = "decided-upstream"
ENDED_UPSTREAM: Final = "ended-upstream"
BY_EXCHANGES: Final = (
    Reason(DECIDED_UPSTREAM, ReasonUse.REFUSE, Text("上级平台的决定", "the exchange decided so")),
    Reason(ENDED_UPSTREAM, ReasonUse.REVOKE, Text("上级平台已终止", "the exchange has ended its grant")),
)
"""What the gateway gives where an exchange has decided, whatever the lists of a jurisdiction are."""
_OWN: Final = {(one.use, one.code): one for one in BY_EXCHANGES}


class Reasons:
    """The reasons of one edition of the rules, and those that the gateway gives itself."""

    def __init__(self, reasons: Iterable[Reason]) -> None:
        self._known = {(one.use, one.code): one for one in reasons}

    def of(self, use: ReasonUse) -> tuple[Reason, ...]:
        """The reasons for this use, in the order in which the rules list them."""
        return tuple(one for one in self._known.values() if one.use is use)

    def require(self, use: ReasonUse, code: str) -> Reason:
        """The reason of this code.

        Raises:
            Refusal: the rules list none of this code for the use.
        """
        found = self._known.get((use, code)) or _OWN.get((use, code))
        if found is None:
            known = ", ".join(one.code for one in self.of(use))
            raise Refusal(problems.SHARE_REASON_UNKNOWN, "reason", known=known)
        return found


DEFAULT_REASONS: Final = Reasons(
    (
        Reason("not-for-duties", ReasonUse.REFUSE, Text("与履行职责无关", "not needed for the body's duties")),
        Reason("beyond-necessary", ReasonUse.REFUSE, Text("超出办事所需", "more than the item needs")),
        Reason("condition-unmet", ReasonUse.REFUSE, Text("不符合目录载明的共享条件", "the condition is not met")),
        Reason("not-held", ReasonUse.REFUSE, Text("本单位不掌握该数据", "the body does not hold these data")),
        Reason("other-source", ReasonUse.REFUSE, Text("该数据另有数源单位", "another body is the source")),
        Reason("purpose-unclear", ReasonUse.RETURN, Text("用途说明不清", "the purpose is not clear")),
        Reason("evidence-missing", ReasonUse.RETURN, Text("缺少依据材料", "a document is missing")),
        Reason("users-unclear", ReasonUse.RETURN, Text("使用人员或系统不明", "who will use it is not clear")),
        Reason("purpose-ended", ReasonUse.REVOKE, Text("用途已消失", "the purpose has ended")),
        Reason("misuse", ReasonUse.REVOKE, Text("违反用途约定使用", "used for another purpose")),
        Reason("law-changed", ReasonUse.REVOKE, Text("共享依据变更", "the basis has changed")),
        Reason("renounced", ReasonUse.REVOKE, Text("使用单位放弃", "given up by the body that used it")),
    )
)
"""Ours, for jurisdictions whose file lists none."""
