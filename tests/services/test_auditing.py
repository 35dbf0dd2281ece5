"""Every use case writes down how it ended before its answer leaves, and never what is personal."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.audit.catalogue import find_kind, kinds
from gateway.core.audit.events import Ending, Event, read_event
from gateway.core.call_record import Received
from gateway.core.caller import Evidence, Person, Role
from gateway.core.errors import Refusal
from gateway.core.licence import Holder, LicenceKey, LicenceState
from gateway.core.outcome import Fault, Outcome
from gateway.core.policy.rules import FIELDS
from gateway.core.ports import Answer
from gateway.core.use import UseBasis
from gateway.services.fetch_licences import LicencesRequest
from gateway.services.holders import HolderRequest
from gateway.services.open_use import UseRequest
from gateway.services.read_audit import MOST_CODES, AuditRequest
from gateway.services.record_mandate import MandateRequest
from gateway.services.watch_callers import SAMPLE, WINDOW_SECONDS, WatchCallers
from tests.services.bench import Bench, Rules, a_book, a_rule
from tests.services.fakes import (
    CITIZEN,
    ITEM,
    OFFICER,
    OTHER_NUMBER,
    OWN_NUMBER,
    OWN_OLD_NUMBER,
    START,
    FakeSource,
    LicenceRow,
    ManualClock,
    assign,
    call_of,
    licence_ids,
)
from tests.services.trail import MemoryTrail

AUDITOR = Person(
    subject="a-1", role=Role.AUDITOR, name="审计员", body=OFFICER.body, body_name="示例局", region="420000"
)
OWN = (Holder("111", OWN_NUMBER, "王测试"),)
ROW = LicenceRow(identifier="A-1", type="T1", name="驾驶证", holders=OWN, state=LicenceState.VALID)
REPLY = Received(1_234, "ab" * 32)
WANTED = frozenset({"name", "holders"})
MANDATE = MandateRequest(
    agent=("111", OTHER_NUMBER, "李测试"), items=(ITEM,), types=None, expires_at=START + timedelta(days=30)
)


@pytest.fixture
def bench(clock: ManualClock) -> Bench:
    city = FakeSource("city", Answer(outcome=Outcome.OK, rows=(ROW,), received=(REPLY,)))
    down = FakeSource("down", Answer(outcome=Outcome.TIMED_OUT, fault=Fault.THEIRS))
    rules = Rules(a_book(a_rule(show=frozenset(FIELDS) - {"holders.number"}, mask=frozenset({"holders.number"}))))
    return Bench(clock, assign(city), assign(down), rules=rules)


async def own_use(bench: Bench) -> str:
    request = UseRequest(basis=UseBasis.HOLDER, item=ITEM)
    return (await bench.open_use(request, call_of(CITIZEN, bench.clock))).id


async def officers_use(bench: Bench) -> str:
    request = UseRequest(basis=UseBasis.STATUTORY, item=ITEM, case="BJ-1", note="秘密的说明")
    return (await bench.open_use(request, call_of(OFFICER, bench.clock))).id


async def fetched(bench: Bench, use: str, person: Person = OFFICER) -> None:
    holder = HolderRequest(document=("111", OWN_NUMBER, "王测试"))
    await bench.fetch_licences(LicencesRequest(use=use, holder=holder), WANTED, call_of(person, bench.clock))


async def one_fetched(bench: Bench, use: str, person: Person = OFFICER) -> None:
    licence = licence_ids().seal(LicenceKey(identifier="A-1"))
    await bench.fetch_licence(use, licence, WANTED, call_of(person, bench.clock))


async def presented(bench: Bench) -> None:
    licence = licence_ids().seal(LicenceKey(identifier="A-1"))
    await bench.present(await own_use(bench), licence, call_of(CITIZEN, bench.clock))


async def bound(bench: Bench) -> None:
    call = call_of(OFFICER, bench.clock)
    number = (await bench.pre_applications.open(ITEM, call)).number
    await bench.pre_applications.bind(number, "BJ-1", call)


async def revoked(bench: Bench) -> None:
    call = call_of(CITIZEN, bench.clock)
    mandate = await bench.mandates(MANDATE, call)
    await bench.mandates.revoke(mandate.id, call)


async def supervised(bench: Bench) -> None:
    await bench.pre_applications.overdue(10, None, call_of(AUDITOR, bench.clock))


def last(bench: Bench, kind: str) -> Event:
    return [event for event in bench.trail.events if event.kind == kind][-1]


async def test_fetching_says_who_whom_why_from_where_and_what_left(bench: Bench) -> None:
    use = await officers_use(bench)
    await fetched(bench, use)
    event = last(bench, "licences.fetched")
    assert (event.ending, event.application, event.request_id) == (Ending.DONE, "portal", "0123456789abcdef")
    assert event.actor is not None
    assert (event.actor.subject, event.actor.role, event.actor.body) == ("o-1", "officer", OFFICER.body)
    assert event.use is not None
    assert (event.use.basis, event.use.item, event.use.case) == (UseBasis.STATUTORY, ITEM, "BJ-1")
    assert event.use.reference == bench.references.of_use(use)
    assert event.subject == bench.references.of_holder(OWN[0])
    city, down = event.systems
    assert (city.system, city.outcome, city.rows, city.bytes, city.sha256) == (
        "city", Outcome.OK, 1, 1_234, (REPLY.sha256,),
    )  # fmt: skip
    assert (down.system, down.outcome, down.fault) == ("down", Outcome.TIMED_OUT, Fault.THEIRS)
    assert (event.shown, event.withheld, event.count) == (("holders", "name"), ("holders.number",), 1)


async def test_one_licence_is_the_holders_whose_name_is_on_it(bench: Bench) -> None:
    await one_fetched(bench, await officers_use(bench))
    event = last(bench, "licence.fetched")
    assert event.subject == bench.references.of_holder(OWN[0])
    assert event.count == 1
    await one_fetched(bench, await own_use(bench), CITIZEN)
    assert last(bench, "licence.fetched").subject == event.subject


@pytest.mark.parametrize(
    ("work", "kind", "is_change"),
    [
        (own_use, "use.opened", True),
        (presented, "licence.presented", True),
        (lambda bench: bench.mandates(MANDATE, call_of(CITIZEN, bench.clock)), "mandate.recorded", True),
        (revoked, "mandate.revoked", False),
        (bound, "application.opened", True),
        (bound, "application.bound", False),
        (supervised, "applications.supervised", False),
    ],
    ids=["use", "present", "mandate", "revoke", "open", "bind", "supervise"],
)
async def test_every_use_case_is_written_down(
    bench: Bench, work: Callable[[Bench], Awaitable[object]], kind: str, is_change: bool
) -> None:
    await work(bench)
    event = last(bench, kind)
    assert event.ending is Ending.DONE
    assert not is_change or event in bench.trail.held  # in the change's own transaction
    known = find_kind(kind)
    assert known is not None
    said = (set(msgspec.to_builtins(event)) - {"note"}) | {f"note.{word}" for word in event.note}
    assert said <= {"id", "kind", "at", "ending", "request_id", "application", "actor", *known.fields}


async def test_nothing_personal_and_no_key_is_ever_written(bench: Bench) -> None:
    use = await officers_use(bench)
    await fetched(bench, use)
    await one_fetched(bench, use)
    await presented(bench)
    await bound(bench)
    await revoked(bench)
    request = UseRequest(basis=UseBasis.STATUTORY, item=ITEM, case=OTHER_NUMBER)
    with pytest.raises(Refusal):
        await bench.open_use(request, call_of(OFFICER, bench.clock))
    written = b"\n".join(event.record() for event in bench.trail.events).decode()
    for secret in (OWN_NUMBER, OTHER_NUMBER, "王测试", "李测试", "经办员", use, "秘密的说明", "驾驶证", "A-1", "c-1"):
        assert secret not in written
    assert [read_event(event.record()) for event in bench.trail.events] == bench.trail.events


async def test_refused_attempts_are_written_down_with_their_problem(bench: Bench) -> None:
    with pytest.raises(Refusal):
        await fetched(bench, "no-such-use")
    event = last(bench, "licences.fetched")
    assert (event.ending, event.problem, event.use, event.count) == (
        Ending.REFUSED, problems.USE_UNKNOWN.number, None, None,
    )  # fmt: skip
    with pytest.raises(Refusal):
        await bench.open_use(UseRequest(basis=UseBasis.HOLDER, item=ITEM), call_of(None, bench.clock))
    event = last(bench, "use.opened")
    assert (event.actor, event.note, event.problem) == (None, {"basis": "HOLDER"}, problems.PERSON_MISSING.number)


async def test_no_answer_leaves_while_it_cannot_be_written(bench: Bench) -> None:
    use = await officers_use(bench)
    bench.trail.refusal = Refusal(problems.AUDIT_UNAVAILABLE)
    works = (
        lambda: fetched(bench, use),
        lambda: own_use(bench),
        lambda: fetched(bench, "none"),
        lambda: supervised(bench),
    )
    for work in works:
        with pytest.raises(Refusal) as caught:
            await work()
        assert caught.value.problem is problems.AUDIT_UNAVAILABLE


async def test_an_attempt_that_breaks_or_is_left_is_written_down_without_waiting(bench: Bench) -> None:
    use = await officers_use(bench)
    source = bench.directory.assigned[0].source
    assert isinstance(source, FakeSource)
    source.gate = asyncio.Event()
    task = asyncio.create_task(fetched(bench, use))
    await source.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    event = last(bench, "licences.fetched")
    assert (event.ending, event.shown, event.count) == (Ending.BROKEN, (), None)


async def test_what_was_revoked_before_is_no_change_and_is_recorded_all_the_same(bench: Bench) -> None:
    call = call_of(CITIZEN, bench.clock)
    mandate = await bench.mandates(MANDATE, call)
    for _ in range(2):
        await bench.mandates.revoke(mandate.id, call)
    assert [event.kind for event in bench.trail.events].count("mandate.revoked") == 2
    assert [event.kind for event in bench.trail.held].count("mandate.revoked") == 1


async def test_a_citizen_without_a_document_stands_under_a_reference_too(bench: Bench) -> None:
    person = msgspec.structs.replace(CITIZEN, document_type=None, number=None)
    with pytest.raises(Refusal):
        await bench.mandates(MANDATE, call_of(person, bench.clock))
    actor = last(bench, "mandate.recorded").actor
    assert actor is not None
    assert actor.subject == bench.references.of_record("citizen", "c-1")


def test_a_person_has_one_reference_however_his_document_is_written(bench: Bench) -> None:
    references = bench.references
    own = references.of_holder(OWN[0])
    assert own is not None
    for other in (Holder(None, OWN_NUMBER), Holder("other", OWN_NUMBER), Holder("111", OWN_OLD_NUMBER)):
        assert references.of_holder(other) == own
    code = "11420000011043217X"
    assert references.of_holder(Holder("001", code)) == references.of_holder(Holder(None, code))
    assert references.of_holder(Holder("414", "E12345678")) != references.of_holder(Holder("511", "E12345678"))
    assert references.of_holder(Holder("111", None)) is None
    assert references.every_of_holder(OWN[0]) == (own,)


def test_the_catalogue_names_every_kind_once_in_both_languages() -> None:
    codes = [kind.code for kind in kinds()]
    assert codes == sorted(set(codes))
    for kind in kinds():
        assert kind.title.zh
        assert kind.title.en
        assert kind.failed.zh
        assert kind.fields
    assert find_kind("none") is None


def test_a_record_that_is_no_event_is_refused() -> None:
    with pytest.raises(ValueError, match="no event"):
        read_event(b"{}")


# ---- reading


async def read(bench: Bench, person: Person | None = AUDITOR, **request: Any) -> list[str]:
    page = await bench.read_audit.events(AuditRequest(**request), 50, None, call_of(person, bench.clock))
    return [event.kind for event in page.nodes]


async def test_auditors_read_and_it_is_written_down(bench: Bench, clock: ManualClock) -> None:
    await fetched(bench, await officers_use(bench))
    clock.step(1)
    assert sorted(await read(bench)) == ["licences.fetched", "use.opened"]
    event = last(bench, "audit.read")
    assert (event.count, event.note) == (2, {"filter": ""})
    found = await read(bench, holder=("111", OWN_NUMBER), kinds=("licences.fetched",), actor="o-1", since=START)
    assert found == ["licences.fetched"]
    event = last(bench, "audit.read")
    assert event.subject == bench.references.of_holder(OWN[0])
    assert event.note == {"filter": "since,kinds,actor,subjects"}
    assert await read(bench, until=START) == []
    assert await read(bench, endings=(Ending.REFUSED,), applications=("portal",)) == []


@pytest.mark.parametrize("person", [None, CITIZEN, OFFICER, msgspec.structs.replace(AUDITOR, role=Role.HUB)])
async def test_nobody_but_auditors_reads(bench: Bench, person: Person | None) -> None:
    with pytest.raises(Refusal) as caught:
        await read(bench, person)
    assert caught.value.problem is problems.AUDITORS_ONLY
    assert last(bench, "audit.read").ending is Ending.REFUSED


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"kinds": ("none",)}, "filter.kinds"),
        ({"kinds": ("use.opened",) * (MOST_CODES + 1)}, "filter.kinds"),
        ({"applications": ("",)}, "filter.applications"),
        ({"actor": "x" * 201}, "filter.actor"),
        ({"holder": ("111", "1")}, "filter.holder.number"),
    ],
    ids=["kind", "kinds", "application", "actor", "holder"],
)
async def test_a_choice_that_is_none_is_refused(bench: Bench, request_: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as caught:
        await read(bench, **request_)
    assert caught.value.field == field


async def test_pages_follow_each_other_without_gaps(bench: Bench) -> None:
    for _ in range(5):
        await own_use(bench)
    call, seen, after = call_of(AUDITOR, bench.clock), [], None
    for _ in range(3):
        page = await bench.read_audit.events(AuditRequest(kinds=("use.opened",)), 2, after, call)
        seen += [event.id for event in page.nodes]
        after = page.cursors[-1]
    assert not page.has_next
    assert len(seen) == len(set(seen)) == 5
    for cursor in (
        "x",
        "YWZ0ZXI6eA",
        "YWZ0ZXI6MjAyNi0wMy0wMlQwNDowMDowMCBh",
        "YWZ0ZXI6MjAyNi0wMy0wMlQwNDowMDowMCswMDowMA",
    ):
        with pytest.raises(Refusal) as caught:
            await bench.read_audit.events(AuditRequest(), 2, cursor, call)
        assert caught.value.problem is problems.CURSOR_INVALID


async def test_a_citizen_reads_the_uses_of_his_own_data_only(bench: Bench) -> None:
    await fetched(bench, await officers_use(bench))
    with pytest.raises(Refusal):
        await fetched(bench, "none")
    page = await bench.read_audit.own_uses(10, None, call_of(CITIZEN, bench.clock))
    assert [event.kind for event in page.nodes] == ["licences.fetched"]
    other = msgspec.structs.replace(CITIZEN, subject="c-2", number=OTHER_NUMBER)
    assert (await bench.read_audit.own_uses(10, None, call_of(other, bench.clock))).nodes == []
    assert last(bench, "audit.own_use_read").count == 0
    for person in (None, OFFICER, AUDITOR):
        with pytest.raises(Refusal) as caught:
            await bench.read_audit.own_uses(10, None, call_of(person, bench.clock))
        assert caught.value.problem is problems.OWN_DATA_ONLY


# ---- callers who prove nothing


class Nobody:
    """A CallerVerifier that knows the token ``good`` only."""

    async def verify(self, evidence: Evidence) -> Any:
        if evidence.token != "good":
            raise Refusal(problems.TOKEN_MISSING)
        return "caller"


async def test_callers_who_prove_nothing_are_sampled(clock: ManualClock) -> None:
    trail = MemoryTrail()
    watched = WatchCallers(Nobody(), trail, clock)
    proven: Any = await watched.verify(Evidence(token="good"))
    assert proven == "caller"
    assert trail.events == []
    for _ in range(SAMPLE + 5):
        with pytest.raises(Refusal):
            await watched.verify(Evidence(token="canary", certificate=b"canary"))
    assert len(trail.events) == SAMPLE
    assert trail.events[0].note == {"shown": "token,certificate", "uncounted": 0}
    assert trail.events[0].problem == problems.TOKEN_MISSING.number
    clock.step(WINDOW_SECONDS)
    with pytest.raises(Refusal):
        await watched.verify(Evidence())
    assert trail.events[-1].note == {"shown": "", "uncounted": 5}
    assert "canary" not in str(trail.events)
