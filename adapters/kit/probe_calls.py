"""The call of a probe: on behalf of the gateway itself, about a declared test subject, told apart from a use."""

from datetime import date
from typing import Final

import msgspec

from adapters.kit.auth.style import SystemAuth
from adapters.kit.exchange import BoundOperation, Exchange
from adapters.kit.guard import Held
from adapters.kit.judging import Judge
from adapters.kit.manifest.expressions import SettingRef
from adapters.kit.manifest.model import Manifest
from adapters.kit.manifest.probes import Probe, Subject
from adapters.kit.mapping import Page, Scope, Sealing, Share
from adapters.kit.settings import read_setting
from gateway.core.call import Call
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import SystemFailure
from gateway.core.licence import KEY_FIELDS, Holder, LicenceKey, LicenceQuery
from gateway.core.ports import Answer
from gateway.core.system import SecretSource
from gateway.core.use import Use, UseBasis

_NAME = "health-probe"
_ROWS = 5
_QUIET_DAY: Final = date(2000, 1, 1)
"""Of a log that is probed: one on which nothing was sealed, so that it is short however busy the platform is."""


class ProbeCall:
    """Asks a system about its test subject, as its manifest says.

    Args:
        manifest: one with a probe.
        operation: the one that it names.
        exchange: makes the call.
        auth: proves it.
        secrets: the system's settings.
        clock: gives the deadline.
    """

    def __init__(
        self,
        manifest: Manifest,
        operation: BoundOperation,
        exchange: Exchange,
        auth: SystemAuth,
        secrets: SecretSource,
        clock: Clock,
    ) -> None:
        assert manifest.probe is not None, "whoever makes probes has looked"
        self._probe: Probe = manifest.probe
        self._subject: Subject = manifest.subjects[self._probe.subject]
        self._seconds = self._probe.deadline or manifest.limits.deadline
        self._system = manifest.system.code
        self._operation = operation
        self._exchange = exchange
        self._auth = auth
        self._secrets = secrets
        self._clock = clock
        self._judge = Judge(manifest, clock)

    async def __call__(self) -> Answer | None:
        """The answer; None if the call was held back here, which says nothing of the system."""
        operation = self._operation.bound.operation
        try:
            scope = self._scope()
            reading = await self._exchange.perform(
                self._operation, scope, KEY_FIELDS, self._auth, scope.call.deadline, probing=True
            )
        except Held:
            return None
        except SystemFailure as failure:
            return self._judge.failed(operation, failure)
        return self._judge.answer(operation, reading)

    def _scope(self) -> Scope:
        subject = self._subject
        holder = self._holder()
        scope = Scope(
            call=self._call(holder),
            secrets=self._secrets,
            now=self._clock.now(),
            case=self._text(subject.case),
            scan=self._text(subject.scan),
        )
        if subject.sealing is not None:
            sealing = Sealing(key=self._text(subject.sealing), day=_QUIET_DAY)
            scope = msgspec.structs.replace(scope, sealing=sealing)
        if subject.share is not None:
            share = Share(key=self._text(subject.share), day=_QUIET_DAY)
            scope = msgspec.structs.replace(scope, share=share, page=Page(number=1, offset=0, size=_ROWS))
        if subject.parameter is not None:
            parameters = {name: self._text(value) or "" for name, value in subject.parameter.items()}
            share = Share(resource=_NAME, number=_NAME, fields=tuple(subject.parameter), parameters=parameters)
            scope = msgspec.structs.replace(scope, share=share, page=Page(number=1, offset=0, size=_ROWS))
        if holder is not None:
            scope = msgspec.structs.replace(scope, holder=holder, query=LicenceQuery(holder=holder, limit=_ROWS))
        if subject.licence is not None:
            key = LicenceKey(
                identifier=self._text(subject.licence.identifier),
                system=self._system,
                number=self._text(subject.licence.number),
            )
            scope = msgspec.structs.replace(scope, licence=key)
        return scope

    def _call(self, holder: Holder | None) -> Call:
        """The gateway's own, in the name of the test subject: nobody else's data is asked for by anybody."""
        person = Person(
            subject=_NAME,
            role=Role.OPERATIONS,
            name=_NAME,
            document_type=None if holder is None else holder.type,
            number=None if holder is None else holder.number,
            account=self._text(self._subject.clerk) or _NAME,
        )
        use = Use(
            id=_NAME,
            item=self._probe.item,
            basis=UseBasis.HOLDER,
            expires_at=self._clock.now(),
            owner_application="yiwang",
            owner_subject=_NAME,
            note=self._probe.note,
        )
        return Call(
            request_id=f"probe-{self._system}",
            caller=Caller(Application("yiwang", "Yiwang"), person),
            deadline=Deadline.after(self._seconds, self._clock),
            use=use,
        )

    def _holder(self) -> Holder | None:
        holder = self._subject.holder
        if holder is None:
            return None
        return Holder(holder.type, self._text(holder.number), self._text(holder.name))

    def _text(self, value: SettingRef | str | None) -> str | None:
        return read_setting(self._secrets, value.setting) if isinstance(value, SettingRef) else value
