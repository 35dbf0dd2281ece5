"""Holding use cases to policy: what may be asked, what may be shown, and how fast."""

import math
from collections.abc import Collection, Iterable

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.clock import Clock, china_date
from gateway.core.errors import Refusal
from gateway.core.identifiers import citizen_id
from gateway.core.licence import PUBLIC_NAMES, Licence
from gateway.core.policy.evaluator import Denial, Permit, Question
from gateway.core.policy.fields import PARTS, apply
from gateway.core.policy.pace import Pacer
from gateway.core.policy.provider import PolicyProvider
from gateway.core.policy.rules import ANY, Authority
from gateway.core.use import Use, UseBasis

_OWN = frozenset({UseBasis.HOLDER, UseBasis.PRESENTED})
"""Bases on which the holder himself decides who is asked for: nothing can be enumerated."""


class Permits:
    """Asks policy for every operation: a rule that changed takes effect on uses that are open already."""

    def __init__(self, policy: PolicyProvider, clock: Clock) -> None:
        self._policy = policy
        self._clock = clock
        self._pacer = Pacer(policy.book().pace, clock)

    def permit(self, item: str, basis: UseBasis, call: Call, field: str | None = None) -> Permit:
        """What the caller may use for the item on the basis.

        Raises:
            Refusal: FORBIDDEN, with the condition on which no rule holds.
        """
        on = china_date(self._clock.now())
        permit = self._policy.policy().permit(Question(caller=call.caller, item=item, basis=basis, on=on))
        if isinstance(permit, Denial):
            raise Refusal(problems.POLICY_DENIED, field, reason=permit.reason)
        return permit

    def authorities(self) -> tuple[Authority, ...]:
        """Whom the rules say to believe where systems disagree."""
        return self._policy.book().authorities

    def pace(self, use: Use, holder_number: str, call: Call) -> None:
        """Count a holder who is asked for; an old number is one person with its new one.

        Raises:
            Refusal: LIMIT, too many different ones in a short time.
        """
        if use.basis in _OWN:
            return
        wait = self._pacer.wait_seconds(call.caller, citizen_id.upgrade(holder_number))
        if wait > 0:
            raise Refusal(problems.TOO_MANY_HOLDERS, "holder", seconds=math.ceil(wait))


def opened_types(permit: Permit, use: Use) -> frozenset[str]:
    """The types that rules and use open; ANY among them if no type is excluded."""
    opened = permit.types()
    if use.types is None:
        return opened
    return use.types if ANY in opened else opened & use.types


def allowed_types(opened: frozenset[str], asked: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """The types to ask for: those ``asked`` for, as far as they are ``opened``; None if nothing narrows them.

    Raises:
        Refusal: FORBIDDEN, nothing is left.
    """
    if ANY in opened or asked == ():
        return asked
    types = tuple(code for code in asked if code in opened) if asked is not None else tuple(sorted(opened))
    if not types:
        raise Refusal(problems.POLICY_DENIED, "types", reason=problems.NO_TYPE_OPENED)
    return types


def opened_fields(permit: Permit, wanted: frozenset[str], types: Collection[str] | None) -> frozenset[str]:
    """The ``wanted`` ROW_FIELDS of which a part may be shown for one of the types: the rest is not even fetched."""
    opened = permit.fields(types)
    return frozenset(
        name for name in wanted if any(part in opened for part in PARTS.get(PUBLIC_NAMES[name].split(".")[0], ()))
    )


def shown(licences: Iterable[Licence], permit: Permit, wanted: frozenset[str], call: Call) -> list[Licence]:
    """The licences as the caller may see them; those of a type that is not opened are left out."""
    selected = frozenset(PUBLIC_NAMES[name].split(".")[0] for name in wanted)
    seen: list[Licence] = []
    for licence in licences:
        decision = permit.decide(licence.type.code if licence.type else None)
        if decision is not None:
            seen.append(apply(licence, decision.access, selected, call.language))
    return seen
