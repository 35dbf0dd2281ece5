"""The rules of data sharing that are in force: deadlines with their calendar, reasons, and who is competent."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from gateway.core.sharing.deadlines import DeadlineRule, DeadlineRules, Stage
from gateway.core.sharing.offices import Offices
from gateway.core.sharing.reasons import DEFAULT_REASONS, Reasons
from gateway.core.sharing.resources import SharingType

_LAW: Final = "政务数据共享条例（国令第809号）"
_IN_FORCE: Final = date(2025, 8, 1)
_EVERYWHERE: Final = "000000"
_BOTH: Final = frozenset({SharingType.UNCONDITIONAL, SharingType.CONDITIONAL})


class ShareRules(msgspec.Struct, frozen=True):
    """One edition of everything."""

    deadlines: DeadlineRules
    offices: Offices
    reasons: Reasons = DEFAULT_REASONS


NATIONAL: Final = (
    DeadlineRule(
        id="unconditional",
        region="000000",
        stage=Stage.DECISION,
        sharing=frozenset({SharingType.UNCONDITIONAL}),
        days=1,
        escalate=(1,),
        valid_from=_IN_FORCE,
        source=_LAW,
    ),
    DeadlineRule(
        id="conditional",
        region="000000",
        stage=Stage.DECISION,
        sharing=frozenset({SharingType.CONDITIONAL}),
        days=10,
        extension=10,
        remind=(3, 1),
        escalate=(1, 5),
        valid_from=_IN_FORCE,
        source=_LAW,
    ),
    DeadlineRule(
        id="delivery",
        region="000000",
        stage=Stage.DELIVERY,
        sharing=_BOTH,
        days=20,
        remind=(3,),
        escalate=(1,),
        valid_from=_IN_FORCE,
        source=_LAW,
    ),
    DeadlineRule(
        id="correction",
        region="000000",
        stage=Stage.CORRECTION,
        sharing=_BOTH,
        days=10,
        remind=(3, 1),
        escalate=(1, 5),
        valid_from=_IN_FORCE,
        source=_LAW,
    ),
)
"""Of the whole country, for deployments whose file lists none."""

TAKING_NOTE: Final = DeadlineRule(
    id="acknowledgement",
    region=_EVERYWHERE,
    stage=Stage.ACKNOWLEDGEMENT,
    sharing=_BOTH,
    days=5,
    remind=(1,),
    escalate=(1, 5),
    source="网关缺省期限，法规未作规定 · the gateway's own: no law says when recipients take note of an answer",
)


def complete(rules: Sequence[DeadlineRule]) -> Sequence[DeadlineRule]:
    """The rules, with TAKING_NOTE unless one of them is for that in the whole country."""
    is_there = any(one.stage is TAKING_NOTE.stage and one.region[:6] == _EVERYWHERE for one in rules)
    return rules if is_there else (*rules, TAKING_NOTE)
