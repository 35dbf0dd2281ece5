"""A holder's use: the signed-in holder himself, or a clerk to whom the holder shows a scan."""

import msgspec
import pytest

from gateway.core import problems
from gateway.core.caller import Person, Role
from gateway.core.errors import Refusal, SystemFailure
from gateway.core.licence import Holder
from gateway.core.outcome import Fault, Outcome
from gateway.core.use import Use, UseBasis
from gateway.services.open_use import UseRequest
from tests.services.bench import Bench, FakeIdentity, Rules, a_book, a_rule
from tests.services.fakes import CITIZEN, ITEM, OFFICER, OTHER_NUMBER, OWN_NUMBER, ManualClock, call_of

CLERK = Person(subject="k-1", role=Role.CLERK, name="窗口员", body=OFFICER.body, region="420102")
SCANNED = Holder("111", OTHER_NUMBER, "李测试")


async def opened(bench: Bench, person: Person, scan: str | None = None) -> Use:
    request = UseRequest(basis=UseBasis.HOLDER, item=ITEM, scan=scan)
    return await bench.open_use(request, call_of(person, bench.clock))


async def refused(bench: Bench, person: Person, scan: str | None = None) -> tuple[object, str | None]:
    with pytest.raises(Refusal) as caught:
        await opened(bench, person, scan)
    return caught.value.problem, caught.value.field


async def test_a_holders_use_reaches_himself_and_nobody_else(clock: ManualClock) -> None:
    use = await opened(Bench(clock), CITIZEN)
    assert use.reaches == Holder("111", OWN_NUMBER, CITIZEN.name)


async def test_numbers_are_in_the_spelling_that_systems_are_asked_with(clock: ManualClock) -> None:
    use = await opened(Bench(clock), msgspec.structs.replace(CITIZEN, number="11010519491231002x"))
    assert use.reaches is not None
    assert use.reaches.number == "11010519491231002X"


@pytest.mark.parametrize(
    "person",
    [
        OFFICER,
        CLERK,
        msgspec.structs.replace(OFFICER, document_type="111", number=OWN_NUMBER),
        msgspec.structs.replace(CITIZEN, number="420106199001011230"),
        msgspec.structs.replace(CITIZEN, document_type=None),
    ],
)
async def test_whoever_is_no_holder_opens_no_holders_use(clock: ManualClock, person: Person) -> None:
    assert await refused(Bench(clock), person) == (problems.USE_NEEDS_CITIZEN, "input.holder")


async def test_a_clerk_reaches_the_holder_who_shows_the_scan(clock: ManualClock) -> None:
    identity = FakeIdentity({"scan-1": SCANNED})
    use = await opened(Bench(clock, identity=identity), CLERK, "scan-1")
    assert use.reaches == SCANNED
    assert identity.clerks == [CLERK]


@pytest.mark.parametrize("person", [CITIZEN, OFFICER])
async def test_scans_are_for_clerks(clock: ManualClock, person: Person) -> None:
    identity = FakeIdentity({"scan-1": SCANNED})
    bench = Bench(clock, identity=identity)
    assert await refused(bench, person, "scan-1") == (problems.SCAN_NEEDS_CLERK, "input.holder.scan")
    assert identity.clerks == []


@pytest.mark.parametrize(
    "identity",
    [
        None,
        FakeIdentity(),
        FakeIdentity({"scan-1": Holder("111", None, "李测试")}),
        FakeIdentity({"scan-1": Holder("111", "", "李测试")}),
    ],
)
async def test_a_scan_that_proves_nobody_opens_nothing_whatever_the_cause(
    clock: ManualClock, identity: FakeIdentity | None
) -> None:
    assert await refused(Bench(clock, identity=identity), CLERK, "scan-1") == (
        problems.SCAN_UNPROVEN,
        "input.holder.scan",
    )


async def test_that_the_platform_gave_no_answer_is_told_apart(clock: ManualClock) -> None:
    silent = FakeIdentity(failure=SystemFailure(Outcome.TIMED_OUT, Fault.THEIRS, "late"))
    assert await refused(Bench(clock, identity=silent), CLERK, "scan-1") == (
        problems.SCAN_UNREACHABLE,
        "input.holder.scan",
    )


async def test_a_scan_is_not_spent_where_no_rule_opens_anything(clock: ManualClock) -> None:
    identity = FakeIdentity({"scan-1": SCANNED})
    rules = Rules(a_book(a_rule(roles=frozenset({Role.CITIZEN}))))
    problem, field = await refused(Bench(clock, identity=identity, rules=rules), CLERK, "scan-1")
    assert (problem, field) == (problems.POLICY_DENIED, "input.holder.item")
    assert identity.clerks == []
