"""Which action belongs to which state of a request, and how one that does not is refused."""

from typing import Final

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.sharing.steps import ACTION_NAMES, ENDED, GIVEN, LONGEST_TEXT, STATE_NAMES, Action, RequestState

_OPEN: Final = frozenset(RequestState) - ENDED
_DECIDABLE: Final = frozenset(
    {RequestState.OWN_APPROVAL, RequestState.SUBMITTED, RequestState.COMPLIANCE, RequestState.WITH_PROVIDER}
)
_EXTENDABLE: Final = frozenset({RequestState.COMPLIANCE, RequestState.WITH_PROVIDER})
_WAITING: Final = frozenset({RequestState.DRAFT, RequestState.RETURNED})

FROM: Final = {
    Action.SUBMIT: frozenset({RequestState.DRAFT}),
    Action.APPROVE_OWN: frozenset({RequestState.OWN_APPROVAL}),
    Action.TAKE_UP: frozenset({RequestState.SUBMITTED}),
    Action.PASS: frozenset({RequestState.COMPLIANCE}),
    Action.OPEN: frozenset({RequestState.SUBMITTED}),
    Action.DECIDE: frozenset({RequestState.WITH_PROVIDER}),
    Action.REFUSE: _DECIDABLE,
    Action.RETURN: _DECIDABLE,
    Action.RESUBMIT: frozenset({RequestState.RETURNED}),
    Action.EXTEND: _EXTENDABLE,
    Action.WITHDRAW: _OPEN,
    Action.EXPIRE: _WAITING,
    Action.DELIVER: GIVEN,
}
"""The states in which an action can be taken; who may take it, and whether it is sound, is the request's to say."""

AT_INTAKE: Final = frozenset({Action.TAKE_UP, Action.OPEN, Action.REFUSE, Action.RETURN})
"""What can be done to a request that was submitted: OPEN if it is for what is shared unconditionally, else the rest."""


def misplaced(state: RequestState, action: Action) -> Refusal:
    """That nobody can do this in this state."""
    return Refusal(problems.SHARE_STATE, state=STATE_NAMES[state], action=ACTION_NAMES[action])


def bounded_text(text: str, path: str) -> str:
    """The text, if it says something within bounds.

    Raises:
        Refusal: it is empty or too long; ``path`` is where it stands.
    """
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise Refusal(problems.SHARE_TEXT_INVALID, path, limit=LONGEST_TEXT)
    return text
