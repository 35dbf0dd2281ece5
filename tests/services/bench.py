"""Use cases over fakes, put together as bootstrap does it: rules that can change, cases, identities, sources."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from gateway.core.audit.references import References
from gateway.core.bodies import Bodies, Succession
from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.case import CaseState, CaseStatus
from gateway.core.clock import Clock
from gateway.core.errors import SystemFailure
from gateway.core.identifiers.region import RegionTable
from gateway.core.identifiers.regions_42 import ROWS
from gateway.core.licence import Holder
from gateway.core.outcome import Outcome
from gateway.core.policy.evaluator import Policy
from gateway.core.policy.rules import ANY, FIELDS, Authority, Item, Pace, Rule, RuleBook
from gateway.core.ports import AssignedSource, CaseAnswer, CaseSystem
from gateway.core.use import UseBasis
from gateway.services.auditing import Auditing
from gateway.services.fetch_licence import FetchLicence
from gateway.services.fetch_licences import FetchLicences
from gateway.services.live_use import LiveUse
from gateway.services.open_use import OpenUse, Proofs
from gateway.services.permitting import Permits
from gateway.services.pre_applications import PreApplications
from gateway.services.present_licence import PresentLicence
from gateway.services.proofs.case import ProveCase, ProvePreApplication
from gateway.services.proofs.holder import ProveHolder
from gateway.services.proofs.mandate import ProveMandate
from gateway.services.proofs.presentation import ProvePresentation
from gateway.services.read_audit import ReadAudit
from gateway.services.record_mandate import RecordMandate
from tests.services.fakes import ITEM, OFFICER, Defects, FakeDirectory, licence_ids
from tests.services.memory import MemoryMandates, MemoryPreApplications, MemoryPresentations, MemoryUses
from tests.services.trail import MemoryTrail
from tests.store.keys import a_cipher

LIFETIME = timedelta(minutes=30)
ANYTHING = frozenset({ANY})
BODY = str(OFFICER.body)


def an_item(code: str = ITEM, **changed: Any) -> Item:
    """An item of the officer's body that may use every type of licence, in the whole province."""
    usual: dict[str, Any] = {"name": "事项", "body": BODY, "types": ANYTHING, "regions": ("420000",)}
    return Item(code=code, **usual | changed)


def a_rule(name: str = "r-1", **changed: Any) -> Rule:
    """A rule that opens everything to everybody, but for what is changed."""
    usual: dict[str, Any] = {
        "applications": ANYTHING,
        "roles": frozenset(Role),
        "bases": frozenset(UseBasis),
        "items": ANYTHING,
        "types": ANYTHING,
        "bodies": ANYTHING,
        "regions": ANYTHING,
        "show": frozenset(FIELDS),
    }
    return Rule(id=name, **usual | changed)


def a_book(
    *rules: Rule,
    items: Iterable[Item] = (),
    successions: Iterable[Succession] = (),
    authorities: Iterable[Authority] = (),
    pace: Pace = Pace(holders=10_000, refill=timedelta(seconds=1)),  # noqa: B008 - frozen
    bind_within: timedelta = timedelta(hours=72),
) -> RuleBook:
    """A rule book; without items it knows the one that tests use."""
    return RuleBook(
        items=tuple(items) or (an_item(),),
        rules=rules,
        bodies=Bodies(successions),
        authorities=tuple(authorities),
        pace=pace,
        bind_within=bind_within,
    )


class Rules:
    """A PolicyProvider whose edition can be changed."""

    def __init__(self, book: RuleBook | None = None) -> None:
        self.edition = book or a_book(a_rule())

    def policy(self) -> Policy:
        return Policy(self.edition)

    def book(self) -> RuleBook:
        return self.edition


def a_case(number: str = "BJ-1", **changed: Any) -> CaseStatus:
    """A case that the officer is handling."""
    usual: dict[str, Any] = {"state": CaseState.ACCEPTED, "item": ITEM, "body": BODY, "region": "420106"}
    return CaseStatus(number=number, **usual | changed)


class FakeCases:
    """A CaseSystem that knows the cases given, or answers everything in the scripted way."""

    def __init__(self, *cases: CaseStatus, script: CaseAnswer | None = None, system: str = "cases") -> None:
        self.system = system
        self.known = {case.number: case for case in cases}
        self.script = script
        self.questions: list[str] = []

    async def status(self, number: str, call: Call) -> CaseAnswer:
        assert call.deadline
        self.questions.append(number)
        if self.script is not None:
            return self.script
        case = self.known.get(number)
        return CaseAnswer(outcome=Outcome.OK if case else Outcome.NOT_FOUND, case=case)


class FakeCaseDirectory:
    """A CaseDirectory over the systems given; remembers for which regions it was asked."""

    def __init__(self, *systems: CaseSystem) -> None:
        self.systems = systems
        self.regions: list[str | None] = []

    def case_systems(self, region: str | None) -> Sequence[CaseSystem]:
        self.regions.append(region)
        return self.systems


class FakeIdentity:
    """An IdentityProvider that knows the scans given, or fails."""

    system = "identity"

    def __init__(self, scans: dict[str, Holder] | None = None, failure: SystemFailure | None = None) -> None:
        self.scans = scans or {}
        self.failure = failure
        self.clerks: list[Person] = []

    async def verify_scan(self, scan: str, clerk: Person, call: Call) -> Holder | None:
        assert call.deadline
        self.clerks.append(clerk)
        if self.failure is not None:
            raise self.failure
        return self.scans.get(scan)


class Bench:
    """Every use case around uses and licences, and all that is behind them."""

    def __init__(
        self,
        clock: Clock,
        *assigned: AssignedSource,
        rules: Rules | None = None,
        cases: FakeCaseDirectory | None = None,
        identity: FakeIdentity | None = None,
        uses: MemoryUses | None = None,
    ) -> None:
        self.clock = clock
        self.rules = rules or Rules()
        self.case_system = FakeCases(a_case())
        self.cases = cases or FakeCaseDirectory(self.case_system)
        self.directory = FakeDirectory(*assigned)
        self.defects = Defects()
        self.uses = uses or MemoryUses(clock)
        self.recorded, self.shown, self.numbers = MemoryMandates(), MemoryPresentations(), MemoryPreApplications()
        self.permits = Permits(self.rules, clock)
        self.trail = MemoryTrail()
        self.references = References(a_cipher())
        self.audit = audit = Auditing(self.trail, self.references, clock)
        prove_case = ProveCase(self.cases, self.rules, clock, self.defects)
        prove_mandate = ProveMandate(self.recorded, clock)
        by_application = ProvePreApplication(self.numbers, prove_case, clock)
        self.live = LiveUse(self.uses, prove_case, by_application, prove_mandate, clock)
        proofs = Proofs(
            holder=ProveHolder(identity),
            mandate=prove_mandate,
            presentation=ProvePresentation(self.shown, clock),
            case=prove_case,
            application=by_application,
        )
        self.open_use = OpenUse(self.uses, proofs, self.permits, clock, LIFETIME, audit)
        self.fetch_licences = FetchLicences(
            self.directory, self.live, self.permits, licence_ids(), RegionTable(ROWS), clock, self.defects, audit
        )
        self.fetch_licence = FetchLicence(
            self.directory, self.live, self.permits, licence_ids(), clock, self.defects, audit
        )
        self.present = PresentLicence(self.fetch_licence, self.shown, self.live, licence_ids(), clock, audit)
        self.mandates = RecordMandate(self.recorded, clock, audit)
        self.pre_applications = PreApplications(self.numbers, prove_case, self.rules, clock, audit)
        self.read_audit = ReadAudit(self.trail, self.references, clock, audit)
