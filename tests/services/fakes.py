"""What use cases are given in tests: a clock that moves when told to, scripted sources, a directory of them."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from certs.id_sealer import AesSivIdSealer
from gateway.core.call import Call
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.clock import Clock, Deadline
from gateway.core.identifiers import region
from gateway.core.licence import FaceField, Holder, LicenceKey, LicenceQuery, LicenceState, Warned
from gateway.core.outcome import Outcome
from gateway.core.ports import Answer, AssignedSource, FileAnswer
from gateway.core.system import Assignment
from gateway.core.text import Language
from gateway.core.use import Use, UseBasis
from gateway.services.holders import own_document
from gateway.services.licence_ids import LicenceIds

START = datetime(2026, 3, 2, 4, tzinfo=UTC)
TODAY = date(2026, 3, 2)

ITEM = "11420000-0001"

OWN_NUMBER = "420106199001011231"
OWN_OLD_NUMBER = "420106900101123"
OTHER_NUMBER = "420106198505054564"

FRONTEND = Application("portal", "门户")
CITIZEN = Person(subject="c-1", role=Role.CITIZEN, name="王测试", document_type="111", number=OWN_NUMBER)
OFFICER = Person(
    subject="o-1",
    role=Role.OFFICER,
    name="经办员",
    account="w001",
    body="11420000011043217X",
    post="窗口",
    region="420100",
)


class ManualClock:
    """Stands still until it is told to step."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    def step(self, seconds: float) -> None:
        self.passed += seconds


class LicenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row in which every field was wanted."""

    identifier: str | None = None
    type: str | None = None
    type_name: str | None = None
    number: str | None = None
    name: str | None = None
    holders: tuple[Holder, ...] | None = None
    issuer: str | None = None
    issuer_name: str | None = None
    issued_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    state: LicenceState | None = None
    raw_state: str | None = None
    state_reason: str | None = None
    face: tuple[FaceField, ...] | None = None
    as_of: datetime | None = None
    warnings: tuple[Warned, ...] = ()


class FakeSource:
    """A LicenceSource that gives the scripted answer, or raises the scripted error, and remembers what it was asked."""

    def __init__(self, system: str, script: Answer | BaseException | None = None) -> None:
        self.system = system
        self.script: Answer | BaseException = script or Answer(outcome=Outcome.NOT_FOUND)
        self.questions: list[tuple[LicenceQuery | LicenceKey, frozenset[str], Call]] = []
        self.gate: asyncio.Barrier | asyncio.Event | None = None
        self.asked = asyncio.Event()

    async def list(self, query: LicenceQuery, wanted: frozenset[str], call: Call) -> Answer:
        return await self._answer(query, wanted, call)

    async def get(self, key: LicenceKey, wanted: frozenset[str], call: Call) -> Answer:
        return await self._answer(key, wanted, call)

    async def file(self, key: LicenceKey, call: Call) -> FileAnswer:
        raise AssertionError("no use case fetches files")

    async def _answer(self, question: LicenceQuery | LicenceKey, wanted: frozenset[str], call: Call) -> Answer:
        self.questions.append((question, wanted, call))
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(self.script, BaseException):
            raise self.script
        return self.script


class FakeDirectory:
    """A LicenceDirectory over the assigned sources given, in that order."""

    def __init__(self, *assigned: AssignedSource) -> None:
        self.assigned = assigned

    def licence_sources(self, region_code: str | None) -> Sequence[AssignedSource]:
        if region_code is None:
            return self.assigned
        return [one for one in self.assigned if region.serves(one.assignment.regions, region_code)]


class Defects:
    """Remembers the defects that it is told of."""

    def __init__(self) -> None:
        self.reported: list[tuple[str, BaseException]] = []

    def __call__(self, system: str, error: BaseException) -> None:
        self.reported.append((system, error))


def rows(*given: LicenceRow) -> Answer:
    return Answer(outcome=Outcome.OK, rows=given)


def assign(
    source: FakeSource,
    *,
    regions: tuple[str, ...] = ("420000",),
    types: tuple[str, ...] = ("*",),
    issuers: tuple[str, ...] = ("*",),
    offers: frozenset[str] = frozenset({"111", "001"}),
) -> AssignedSource:
    assignment = Assignment(ports=frozenset({"LicenceSource"}), regions=regions, types=types, issuers=issuers)
    return AssignedSource(source, assignment, offers)


def call_of(person: Person | None, clock: Clock, seconds: float = 5.0, language: Language = Language.EN) -> Call:
    return Call(
        request_id="0123456789abcdef",
        caller=Caller(FRONTEND, person),
        deadline=Deadline.after(seconds, clock),
        language=language,
    )


def licence_ids() -> LicenceIds:
    return LicenceIds(AesSivIdSealer(bytes(range(64))))


def use_of(person: Person, clock: Clock) -> Use:
    """A use that a person has opened at the frontend, for half an hour: an officer's is statutory."""
    statutory = person.role is Role.OFFICER
    return Use(
        id=f"use-of-{person.subject}-{clock.monotonic()}",
        item=ITEM,
        basis=UseBasis.STATUTORY if statutory else UseBasis.HOLDER,
        expires_at=clock.now() + timedelta(minutes=30),
        owner_application=FRONTEND.code,
        owner_subject=person.subject,
        case="BJ-1" if statutory else None,
        proven_at=clock.now() if statutory else None,
        reaches=None if statutory else own_document(person),
    )
