"""Faults to order: what goes wrong with a system's replies, switched on and off while it runs."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import msgspec

from adapters.sandbox.system import SealsDocuments, SharesRecords, SignsReplies, System, TakesRequests
from gateway.core.errors import YiwangError


class FaultKind(StrEnum):
    """What goes wrong.

    ``latency`` answers late, ``error`` fails inside, ``reset`` breaks the connection off, ``expired`` ends sessions,
    ``charset`` sends GB18030 under a UTF-8 label, ``html`` sends an error page with status 200, ``truncate`` cuts the
    reply in the middle, ``hang`` never answers, ``flood`` pads the reply to very many bytes.
    For systems that sign their replies: ``unsigned`` leaves the signature out, ``resigned`` signs with another key.
    For seal platforms, where only requests to seal meet them: ``lost-answer`` seals and breaks the connection off,
    ``other-document`` seals an invented document, ``changed-page`` one with a page that was changed, ``unsigned`` gives
    the document back as it came, ``nothing`` says that it is done and gives nothing, ``forget`` takes the request and
    never does it.
    For systems that share records, where only questions for records meet them: ``more-fields`` gives every field
    whatever was asked for, ``other-person`` somebody else's record too.
    For exchanges, where only requests meet them: ``unanswered`` takes a request and breaks the connection off,
    ``forget`` takes and numbers it, and knows nothing of it later.
    """

    LATENCY = "latency"
    ERROR = "error"
    RESET = "reset"
    EXPIRED = "expired"
    CHARSET = "charset"
    HTML = "html"
    TRUNCATE = "truncate"
    HANG = "hang"
    FLOOD = "flood"
    UNSIGNED = "unsigned"
    RESIGNED = "resigned"
    LOST_ANSWER = "lost-answer"
    OTHER_DOCUMENT = "other-document"
    CHANGED_PAGE = "changed-page"
    NOTHING = "nothing"
    FORGET = "forget"
    MORE_FIELDS = "more-fields"
    OTHER_PERSON = "other-person"
    UNANSWERED = "unanswered"


_OF_SIGNATURES = frozenset({FaultKind.UNSIGNED, FaultKind.RESIGNED})
_OF_SEALING = frozenset(
    {
        FaultKind.LOST_ANSWER,
        FaultKind.OTHER_DOCUMENT,
        FaultKind.CHANGED_PAGE,
        FaultKind.UNSIGNED,
        FaultKind.NOTHING,
        FaultKind.FORGET,
    }
)
_OF_RECORDS = frozenset({FaultKind.MORE_FIELDS, FaultKind.OTHER_PERSON})
_OF_REQUESTS = frozenset({FaultKind.UNANSWERED, FaultKind.FORGET})


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One fault.

    Attributes:
        ms: milliseconds that ``latency`` waits.
        share: which part of the calls is affected, spread evenly; None is all of them. For ``expired`` on a system
            with sessions None ends the present ones once, and a share ends all of them again before each affected call.
        bytes: length of the reply of ``flood``.
    """

    kind: FaultKind
    ms: Annotated[int, msgspec.Meta(ge=0, le=600_000)] = 1_000
    share: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    bytes: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)] = 200_000_000


class UnknownSystem(YiwangError):
    """There is no such system in this sandbox; the message names those that there are."""


class FaultInvalid(YiwangError):
    """An order for a fault that cannot be read or met; the message says what is wrong and what is possible."""


def read_fault(body: bytes) -> Fault:
    """The fault that a JSON object orders; raises FaultInvalid."""
    try:
        return msgspec.json.decode(body, type=Fault)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        kinds = "|".join(FaultKind)
        raise FaultInvalid(
            f"{error}; send {{kind: {kinds}, ms?: 0..600000, share?: 0..1, bytes?: 1..1000000000}}"
        ) from error


class _Active:
    """A fault that is on, with its count of calls: shares are met exactly, not by chance."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._calls = 0

    def strikes(self) -> bool:
        """Whether the next call is affected."""
        share = 1.0 if self.fault.share is None else self.fault.share
        before, self._calls = self._calls, self._calls + 1
        # the small term keeps 10 x 0.1 at 1
        return int(self._calls * share + 1e-9) > int(before * share + 1e-9)


class Faults:
    """The faults of all systems of a sandbox, one at a time each."""

    def __init__(self, systems: Mapping[str, System]) -> None:
        self._systems = systems
        self._active: dict[str, _Active] = {}

    def set(self, system: str, fault: Fault) -> None:
        """Switches a fault on, in place of the one before.

        Raises:
            UnknownSystem: there is none of this code.
            FaultInvalid: the fault is of signatures, sealing, records or requests, and the system has none of these.
        """
        self._known(system)
        seals = isinstance(self._systems[system], SealsDocuments) and fault.kind in _OF_SEALING
        requests = isinstance(self._systems[system], TakesRequests) and fault.kind in _OF_REQUESTS
        if fault.kind in _OF_SIGNATURES and not seals and not isinstance(self._systems[system], SignsReplies):
            raise FaultInvalid("this system does not sign its replies")
        if fault.kind in _OF_SEALING - _OF_SIGNATURES and not seals and not requests:
            raise FaultInvalid("this system seals nothing")
        if fault.kind in _OF_REQUESTS and not seals and not requests:
            raise FaultInvalid("this system takes no requests")
        if fault.kind in _OF_RECORDS and not isinstance(self._systems[system], SharesRecords):
            raise FaultInvalid("this system shares no records")
        self._active[system] = _Active(fault)
        if fault.kind is FaultKind.EXPIRED:
            self._systems[system].end_sessions()

    def clear(self, system: str) -> None:
        """Switches a system's fault off, if there is one; raises UnknownSystem."""
        self._known(system)
        self._active.pop(system, None)

    def present(self) -> dict[str, Fault]:
        """The faults that are on, by system."""
        return {system: active.fault for system, active in self._active.items()}

    def strike(self, system: str, operation: str) -> Fault | None:
        """The fault that the next call to ``system`` meets; counts the call, if it is one that could meet it."""
        active, asked = self._active.get(system), self._systems[system]
        if active and active.fault.kind in _OF_SEALING and isinstance(asked, SealsDocuments):
            return active.fault if operation in asked.sealing_operations and active.strikes() else None
        if active and active.fault.kind in _OF_REQUESTS and isinstance(asked, TakesRequests):
            return active.fault if operation in asked.request_operations and active.strikes() else None
        if active and active.fault.kind in _OF_RECORDS and isinstance(asked, SharesRecords):
            return active.fault if operation in asked.record_operations and active.strikes() else None
        return active.fault if active and active.strikes() else None

    def _known(self, system: str) -> None:
        if system not in self._systems:
            raise UnknownSystem(f"no such system; there are {', '.join(sorted(self._systems))}")
