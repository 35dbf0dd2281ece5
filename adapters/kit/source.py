"""A licence source that a manifest describes."""

import asyncio
from collections.abc import Sequence

import msgspec

from adapters.kit.auth.credential import AuthStyle
from adapters.kit.exchange import BoundOperation, Exchange
from adapters.kit.health import HealthRecorder
from adapters.kit.manifest.model import Manifest
from adapters.kit.mapping import Reading, Scope
from gateway.core.call import Call
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import SystemFailure
from gateway.core.licence import Holder, LicenceKey, LicenceQuery, Warned
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import Answer, Row
from gateway.core.system import SecretSource

_JUDGED_SECONDS = 1.0
"""A caller who grants less time than this learns nothing about the system's health."""

_FAULTS = {
    Outcome.DENIED: Fault.OURS,
    Outcome.INVALID: Fault.OURS,
    Outcome.EXPIRED: Fault.OURS,
    Outcome.UNAVAILABLE: Fault.THEIRS,
    Outcome.TIMED_OUT: Fault.THEIRS,
    Outcome.UPSTREAM_FAULT: Fault.THEIRS,
    Outcome.GATEWAY_ERROR: Fault.OURS,
}
"""Who has to mend an outcome that the system's own code stands for."""


class SystemOperations(msgspec.Struct, frozen=True):
    """The operations of one system, made ready, by name."""

    list: BoundOperation | None
    get: BoundOperation | None
    by_name: dict[str, BoundOperation]


class ManifestLicenceSource:
    """A LicenceSource over one system's exchange."""

    def __init__(
        self,
        manifest: Manifest,
        operations: SystemOperations,
        exchange: Exchange,
        auth: AuthStyle,
        secrets: SecretSource,
        health: HealthRecorder,
        clock: Clock,
    ) -> None:
        self.system = manifest.system.code
        self._manifest = manifest
        self._operations = operations
        self._exchange = exchange
        self._auth = auth
        self._secrets = secrets
        self._health = health
        self._clock = clock

    async def list(self, query: LicenceQuery, wanted: frozenset[str], call: Call) -> Answer:
        """The holder's licences with the ``wanted`` ROW_FIELDS."""
        return await self._ask(self._operations.list, self._scope(call, holder=query.holder, query=query), wanted, call)

    async def get(self, key: LicenceKey, wanted: frozenset[str], call: Call) -> Answer:
        """One licence by its identifier or the system's own number."""
        return await self._ask(self._operations.get, self._scope(call, licence=key), wanted, call)

    def _scope(
        self,
        call: Call,
        *,
        holder: Holder | None = None,
        query: LicenceQuery | None = None,
        licence: LicenceKey | None = None,
    ) -> Scope:
        return Scope(
            call=call, secrets=self._secrets, now=self._clock.now(), holder=holder, query=query, licence=licence
        )

    async def _ask(self, operation: BoundOperation | None, scope: Scope, wanted: frozenset[str], call: Call) -> Answer:
        if operation is None:
            return Answer(outcome=Outcome.NOT_ASKED, notice="this system has no operation for the question")
        started = self._clock.monotonic()
        granted = call.deadline.remaining(self._clock)
        try:
            reading = await self._exchange.perform(operation, scope, wanted, self._auth, call.deadline)
            answer = await self._answer(operation, reading, scope, call)
        except SystemFailure as failure:
            answer = self._failed(operation, failure)
        if answer.outcome is not Outcome.TIMED_OUT or granted >= min(_JUDGED_SECONDS, self._manifest.limits.deadline):
            self._health.record(answer, (self._clock.monotonic() - started) * 1000)
        return answer

    async def _answer(self, operation: BoundOperation, reading: Reading, scope: Scope, call: Call) -> Answer:
        """The answer that a reading amounts to, with the details that a second call gives."""
        if reading.accepted is False:
            return self._unsuccessful(operation, reading)
        rows = await self._with_details(operation, reading.rows, scope, call)
        return Answer(
            outcome=Outcome.OK if rows or reading.dropped else Outcome.NOT_FOUND,
            rows=rows,
            as_of=self._clock.now(),
            truncated=reading.truncated,
            code=reading.code,
            message=reading.message,
            dropped=reading.dropped,
        )

    def _failed(self, operation: BoundOperation, failure: SystemFailure) -> Answer:
        """The answer that a failure amounts to; a fault's own code may mean what the manifest says it means."""
        meant = self._manifest.outcome_of(operation.bound.operation, failure.code) if failure.code else None
        return Answer(
            outcome=meant or failure.outcome,
            fault=_FAULTS.get(meant) if meant else failure.fault,
            notice=failure.notice,
            code=failure.code,
            message=failure.message,
        )

    def _unsuccessful(self, operation: BoundOperation, reading: Reading) -> Answer:
        code = reading.code or reading.status
        outcome = self._manifest.outcome_of(operation.bound.operation, code) if code is not None else None
        if outcome is Outcome.NOT_FOUND:
            return Answer(outcome=outcome, code=code, message=reading.message, as_of=self._clock.now())
        known = outcome is not None
        outcome = outcome or Outcome.UPSTREAM_FAULT
        return Answer(
            outcome=outcome,
            fault=_FAULTS.get(outcome),
            code=code,
            message=reading.message,
            notice=None if known else "the body says that the call failed, with a code that the manifest does not map",
        )

    async def _with_details(
        self, operation: BoundOperation, rows: Sequence[Row], scope: Scope, call: Call
    ) -> Sequence[Row]:
        response = operation.bound.operation.response
        detail = response.detail if response else None
        if detail is None or not any(row.detail for row in rows):
            return rows
        second = self._operations.by_name[detail.operation]
        fields = frozenset(name for name in detail.gives if rows and hasattr(rows[0], name))
        # the row that was asked for is returned without its details rather than not at all
        return await asyncio.gather(*(self._with_detail(second, row, fields, scope, call.deadline) for row in rows))

    async def _with_detail(
        self, second: BoundOperation, row: Row, fields: frozenset[str], scope: Scope, deadline: Deadline
    ) -> Row:
        try:
            reading = await self._exchange.perform(
                second, msgspec.structs.replace(scope, row=row.detail or {}), fields, self._auth, deadline
            )
        except SystemFailure:
            reading = None
        found = reading.rows[0] if reading is not None and reading.accepted is not False and reading.rows else None
        if found is None:
            missing = tuple(Warned(name, "detail") for name in sorted(fields))
            return msgspec.structs.replace(row, warnings=row.warnings + missing)
        return msgspec.structs.replace(
            row,
            warnings=row.warnings + tuple(warned for warned in found.warnings if warned.field in fields),
            **{name: getattr(found, name) for name in fields},
        )
