"""What exchanges say of anything that they are sent: whether they have it, and which words are no answer.

What matters most is told apart with care: NOT_SENT is said only where nothing of the request has left the gateway or
the exchange has refused to look at it; REFUSED only by a code that the manifest explains. Whatever else is no clear
answer is UNANSWERED: it may have been taken.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeVar

import msgspec

from adapters.kit.asking import Asked, Asking
from adapters.kit.exchange import BoundOperation
from gateway.core.delivery import Delivery
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer
from gateway.core.sharing.exchange import ExchangeReply, Sent

DELIVERY: Final[Mapping[object, Delivery]] = {
    True: Delivery.IDEMPOTENT,
    False: Delivery.ONCE,
    "query-first": Delivery.QUERY_FIRST,
}
"""By what a manifest says of ``idempotent``."""

_REFUSES: Final = frozenset({Outcome.DENIED, Outcome.INVALID, Outcome.EXPIRED, Outcome.NOT_FOUND})
"""What a code means that says: this was not and will not be taken."""

_LONGEST_NUMBER: Final = 200
_Row = TypeVar("_Row")


def reply_of(
    asking: Asking, asked: Asked, operation: BoundOperation, number: str | None, *, refused: bool
) -> ExchangeReply:
    """What an exchange said to what it was sent; ``number`` and ``refused`` are of the answer's row, if it has one."""
    answer = asked.answer
    reply = _reply(asking, asked, operation, number, refused=refused)
    return msgspec.structs.replace(reply, code=answer.code, message=answer.message, received=answer.received)


def _reply(
    asking: Asking, asked: Asked, operation: BoundOperation, number: str | None, *, refused: bool
) -> ExchangeReply:
    answer = asked.answer
    if asked.unsent:
        return not_sent(answer.outcome, answer.fault, answer.notice, answer.retry_after)
    if answer.rows:
        return ExchangeReply(
            sent=Sent.REFUSED if refused else Sent.NUMBERED,
            outcome=Outcome.DENIED if refused else Outcome.OK,
            number=number,
            fault=Fault.OURS if refused else None,
        )
    explained = is_explained(asking, asked, operation)
    if explained and answer.outcome is Outcome.NOT_ASKED:  # a manifest's word for: not taken, come again
        later = "the exchange did not take the request for now"
        return not_sent(Outcome.UNAVAILABLE, Fault.THEIRS, later, answer.retry_after)
    if explained and answer.code in asking.manifest.credential_codes:
        return not_sent(answer.outcome, answer.fault, answer.notice)
    if explained and answer.outcome in _REFUSES:
        return ExchangeReply(sent=Sent.REFUSED, outcome=answer.outcome, fault=answer.fault, notice=answer.notice)
    said = no_answer(answer)
    return ExchangeReply(sent=Sent.UNANSWERED, outcome=said.outcome, fault=said.fault, notice=said.notice)


def is_explained(asking: Asking, asked: Asked, operation: BoundOperation) -> bool:
    """Whether what came is a code that the manifest explains, and not what a reply lacks or a status alone says."""
    code = asked.answer.code
    if code is None or asked.accepted:
        return False
    return asking.manifest.outcome_of(operation.bound.operation, code) is not None


def no_answer(answer: Answer) -> Answer:
    """What is said of a reply that is no answer; one that was fine and held nothing is a fault of theirs."""
    if answer.outcome in {Outcome.NOT_FOUND, Outcome.NOT_ASKED, Outcome.OK}:
        return Answer(
            outcome=Outcome.UPSTREAM_FAULT, fault=Fault.THEIRS, notice="the reply says nothing of the request"
        )
    return answer


def not_sent(
    outcome: Outcome, fault: Fault | None, notice: str | None, retry_after: int | None = None
) -> ExchangeReply:
    """That nothing was sent, or certainly nothing taken."""
    return ExchangeReply(sent=Sent.NOT_SENT, outcome=outcome, fault=fault, notice=notice, retry_after=retry_after)


def fault(notice: str) -> SystemFailure:
    """That an answer is none."""
    return SystemFailure(Outcome.UPSTREAM_FAULT, Fault.THEIRS, notice)


def single(rows: Sequence[_Row]) -> _Row:
    """The only row; raises SystemFailure for several."""
    if len(rows) > 1:
        raise fault("answered with several requests where one was asked about")
    return rows[0]


def is_number(number: str | None) -> bool:
    """Whether an exchange may call something so."""
    return number is not None and is_plain(number, _LONGEST_NUMBER)


def is_plain(text: str, longest: int) -> bool:
    """Whether a text is one line of so many characters."""
    return text.isprintable() and len(text) <= longest


class Echo(Protocol):
    """A row that says what it is about."""

    @property
    def key(self) -> str | None:
        """Our key."""
        ...

    @property
    def number(self) -> str | None:
        """What the exchange calls it."""
        ...


class Said:
    """What the manifest says that an answer has: the keys of a section of the operation's response."""

    def __init__(self, operation: BoundOperation, section: str) -> None:
        response = operation.bound.operation.response
        assert response is not None, "the check lets nothing be served without a response"
        self._at = getattr(response, section)
        assert self._at is not None, "the check lets nothing be served without what is said of it"

    def __contains__(self, name: str) -> bool:
        return getattr(self._at, name) is not None

    def verify_echo(self, row: Echo, key: str, number: str | None) -> None:
        """Raises SystemFailure for an answer that is not of what was asked about, or does not say so."""
        is_other = "key" in self and row.key != key
        if number is not None:
            is_other |= "number" in self and row.number != number
        if is_other:
            raise fault("answered about another request than the one asked about, or does not say about which")
