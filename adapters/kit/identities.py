"""An identity provider that a manifest describes."""

from collections.abc import Sequence

import msgspec

from adapters.kit.asking import Asking
from adapters.kit.exchange import BoundOperation
from adapters.kit.mapping import ScannedRow
from gateway.core.call import Call
from gateway.core.caller import Person
from gateway.core.errors import SystemFailure
from gateway.core.identifiers.documents import parse_document
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.licence import Holder
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer, Row

_LONGEST_CODE = 1_000
"""Characters of a code that somebody may show; nothing longer is one, and it is not passed on."""


class ManifestIdentityProvider:
    """An IdentityProvider over one system's operations. Codes go to the system and nowhere else."""

    def __init__(self, asking: Asking, scan: BoundOperation) -> None:
        self.system = asking.system
        self._asking = asking
        self._scan = scan

    async def verify_scan(self, scan: str, clerk: Person, call: Call) -> Holder | None:
        """The holder whom the system names for the code, with a checked number; None if it stands for nobody.

        ``person.…`` in the request is the clerk. One call is made: the first one uses the code up.

        Raises:
            SystemFailure: the system gave no answer, or one that names no single holder with a right number.
        """
        if not scan.strip() or len(scan) > _LONGEST_CODE:
            return None
        by_clerk = msgspec.structs.replace(call, caller=msgspec.structs.replace(call.caller, person=clerk))

        async def checked(rows: Sequence[Row]) -> Sequence[Row]:
            return [_the_one(rows)]

        scope = msgspec.structs.replace(self._asking.scope(by_clerk), scan=scan)
        return _holder(await self._asking.ask(self._scan, scope, finish=checked))


def _holder(answer: Answer) -> Holder | None:
    if answer.outcome is Outcome.NOT_FOUND:
        return None
    if answer.outcome is not Outcome.OK:
        # the system's own text may repeat the code, so it stays here
        notice = answer.notice or f"the system answered {answer.outcome.value}"
        raise SystemFailure(answer.outcome, answer.fault or Fault.THEIRS, notice)
    if not answer.rows or answer.dropped:
        raise _unreadable("the answer holds something that is no holder")
    holder: Holder = answer.rows[0]
    return holder


def _the_one(rows: Sequence[ScannedRow]) -> Holder:
    row, *others = rows
    if others:
        raise _unreadable("answered with several holders for one code")
    if row.type is None or row.number is None or row.warnings:
        raise _unreadable("the answer names no holder by type and number")
    try:
        document = parse_document(row.type, row.number)
    except IdentifierInvalid as error:
        raise _unreadable("the holder's document is none that can be right") from error
    return Holder(type=document.type.value, number=document.number, name=row.name)


def _unreadable(notice: str) -> SystemFailure:
    return SystemFailure(Outcome.UPSTREAM_FAULT, Fault.THEIRS, notice)
