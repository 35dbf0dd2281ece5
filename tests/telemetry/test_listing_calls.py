"""Who sees which calls, over which span, and what an export looks like."""

import base64
import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, cast

import msgspec
import pytest

from gateway.core import problems
from gateway.core.audit.references import References
from gateway.core.call import Call
from gateway.core.call_ledger import CallFilter, CallStatistics, RecordedCall
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.clock import Deadline
from gateway.core.errors import Refusal
from gateway.services.auditing import Auditing
from gateway.services.export_calls import COLUMNS, ExportCalls, ExportFormat, write_calls
from gateway.services.list_calls import DEFAULT_SPAN, LONGEST_SPAN, CallsRequest, ListCalls
from tests.services.fakes import ManualClock
from tests.services.trail import MemoryTrail
from tests.store.keys import a_cipher
from tests.telemetry.records import HEALTH_OWNER, START, Directory, call

DEPARTMENT = Person(subject="d-1", role=Role.DEPARTMENT, name="信息科", body=HEALTH_OWNER)
NOW_ON = CallsRequest(since=START - timedelta(hours=1))


PLACES = [f"{index:014x}-0badcafe-00000" for index in range(5)]


class FakeLedger:
    """Remembers what it was asked, and gives pieces of a list that has places like the real thing's."""

    def __init__(self, size: int = 5) -> None:
        self.asked: list[CallFilter] = []
        self.all = [RecordedCall(f"{index:014x}-0badcafe-00000", call(at=index)) for index in reversed(range(size))]

    async def calls(self, which: CallFilter, most: int, before: str | None = None) -> Sequence[RecordedCall]:
        self.asked.append(which)
        return [one for one in self.all if before is None or one.place < before][:most]

    async def statistics(self, which: CallFilter) -> Sequence[CallStatistics]:
        self.asked.append(which)
        return []


def by(person: Person | None) -> Call:
    return Call(request_id="r", caller=Caller(Application("portal", "门户"), person), deadline=Deadline(5))


def person(role: Role) -> Person:
    return Person(subject="p", role=role, name="某", body=HEALTH_OWNER)


def listing(ledger: FakeLedger) -> ListCalls:
    return ListCalls(ledger, Directory(), ManualClock())


@pytest.mark.parametrize(
    ("who", "systems", "application"),
    [
        (person(Role.OPERATIONS), None, None),
        (person(Role.HUB), None, None),
        (person(Role.AUDITOR), None, None),
        (DEPARTMENT, frozenset({"city", "clinics"}), None),
        (None, None, "portal"),
    ],
    ids=["operations", "hub", "auditor", "department", "application"],
)
async def test_each_sees_what_concerns_him(
    who: Person | None, systems: frozenset[str] | None, application: str | None
) -> None:
    ledger = FakeLedger()
    await listing(ledger)(NOW_ON, 2, None, by(who))
    await listing(ledger).statistics(None, 600, by(who))
    assert [(which.systems, which.application) for which in ledger.asked] == [(systems, application)] * 2


@pytest.mark.parametrize("role", [Role.CITIZEN, Role.OFFICER, Role.CLERK, Role.FRONTEND], ids=lambda role: role.value)
async def test_persons_whom_it_does_not_concern_see_nothing(role: Role) -> None:
    ledger = FakeLedger()
    with pytest.raises(Refusal, match="not shown to this caller"):
        await listing(ledger)(NOW_ON, 2, None, by(person(role)))
    with pytest.raises(Refusal, match="not shown to this caller"):
        listing(ledger).export(NOW_ON, by(person(role)))
    assert ledger.asked == []


async def test_a_department_does_not_see_another_departments_system() -> None:
    ledger = FakeLedger()
    tax, city = CallsRequest(system="tax"), CallsRequest(system="city")
    with pytest.raises(Refusal, match="not shown to this caller") as caught:
        await listing(ledger)(tax, 2, None, by(DEPARTMENT))
    assert caught.value.field == "system"
    nobody = msgspec.structs.replace(DEPARTMENT, body=None)
    with pytest.raises(Refusal, match="not shown to this caller"):
        await listing(ledger)(city, 2, None, by(nobody))
    await listing(ledger)(city, 2, None, by(DEPARTMENT))
    await listing(ledger)(tax, 2, None, by(None))
    assert [(one.systems, one.application) for one in ledger.asked] == [
        (frozenset({"city"}), None),
        (frozenset({"tax"}), "portal"),
    ]


async def test_pages_follow_each_other() -> None:
    calls = listing(FakeLedger())
    first = await calls(NOW_ON, 3, None, by(None))
    assert ([one.place for one in first.nodes], first.has_next) == ([PLACES[4], PLACES[3], PLACES[2]], True)
    second = await calls(NOW_ON, 3, first.cursors[-1], by(None))
    assert ([one.place for one in second.nodes], second.has_next, second.total) == ([PLACES[1], PLACES[0]], False, 2)


async def test_a_span_ends_now_and_lasts_a_day_unless_it_says_so() -> None:
    ledger = FakeLedger()
    await listing(ledger)(CallsRequest(), 1, None, by(None))
    await listing(ledger)(CallsRequest(until=START - timedelta(days=3)), 1, None, by(None))
    spans = [(one.since, one.until) for one in ledger.asked]
    assert spans == [(START - DEFAULT_SPAN, START), (START - timedelta(days=4), START - timedelta(days=3))]
    await listing(ledger).statistics(None, 60, by(None))
    assert ledger.asked[-1].since == START - timedelta(seconds=60)


@pytest.mark.parametrize(
    ("since", "until"),
    [(START, START), (START + timedelta(1), None), (START - LONGEST_SPAN - timedelta(seconds=1), START)],
    ids=["empty", "in the future", "too long"],
)
async def test_a_wrong_span_is_refused(since: object, until: object) -> None:
    request = msgspec.structs.replace(CallsRequest(), since=since, until=until)
    with pytest.raises(Refusal, match="31 days at most"):
        await listing(FakeLedger())(request, 1, None, by(None))


@pytest.mark.parametrize("window", [59, 86_401])
async def test_a_window_out_of_range_is_refused(window: int) -> None:
    with pytest.raises(Refusal, match="between 60 and 86400"):
        await listing(FakeLedger()).statistics(None, window, by(None))


async def test_an_export_brings_everything_piece_by_piece() -> None:
    ledger = FakeLedger(2_500)
    pieces = [len(piece) async for piece in listing(ledger).export(NOW_ON, by(None))]
    assert pieces == [1_000, 1_000, 500]


async def pieces(*records: RecordedCall) -> AsyncIterator[Sequence[RecordedCall]]:
    for record in records:
        yield [record]


async def test_json_lines_are_objects_by_column() -> None:
    made = pieces(RecordedCall("1", call()), RecordedCall("2", call(received=None, sent_at=None)))
    lines = b"".join([chunk async for chunk in write_calls(made, ExportFormat.JSONL)]).splitlines()
    first, second = (msgspec.json.decode(line) for line in lines)
    assert tuple(first) == tuple(second) == COLUMNS
    assert (first["askedAt"], first["replyBytes"], first["outcome"], first["succeeded"]) == (
        "2026-03-02T04:00:00Z", 4_000, "OK", True,
    )  # fmt: skip
    assert (second["sentAt"], second["replySha256"]) == (None, None)


async def test_a_csv_file_has_a_head_and_no_formulas() -> None:
    made = pieces(RecordedCall("1", call(code="=cmd()", application='a,"b')), RecordedCall("2", call()))
    text = b"".join([chunk async for chunk in write_calls(made, ExportFormat.CSV)]).decode()
    first, second = csv.DictReader(io.StringIO(text))
    assert tuple(first) == COLUMNS
    assert (first["code"], first["application"], first["milliseconds"]) == ("'=cmd()", 'a,"b', "20.0")
    assert second["code"] == "0"


async def test_an_export_lies_behind_a_ticket_with_a_name_that_tells_what_it_is() -> None:
    issued: list[tuple[str, str, int]] = []

    async def issue(name: str, media_type: str, chunks: AsyncIterator[bytes], call: Call) -> str:
        issued.append((name, media_type, len(b"".join([chunk async for chunk in chunks]).splitlines())))
        return "ticket"

    ledger = FakeLedger(3)
    trail = MemoryTrail()
    audit = Auditing(trail, References(a_cipher()), ManualClock())
    export = ExportCalls(listing(ledger), cast("Any", issue), ManualClock(), audit)
    assert str(await export(CallsRequest(system="city"), ExportFormat.CSV, by(None))) == "ticket"
    await export(CallsRequest(), ExportFormat.JSONL, by(None))
    assert issued == [
        ("calls-city-20260302T040000Z.csv", "text/csv; charset=utf-8", 4),
        ("calls-all-20260302T040000Z.jsonl", "application/jsonl", 3),
    ]
    with pytest.raises(Refusal, match="not shown to this caller"):
        await export(CallsRequest(), ExportFormat.CSV, by(person(Role.CITIZEN)))
    assert len(issued) == 2
    assert [(event.kind, event.count, event.note) for event in trail.events] == [
        ("calls.exported", 3, {"format": "CSV", "filter": "system"}),
        ("calls.exported", 3, {"format": "JSONL", "filter": ""}),
        ("calls.exported", None, {"format": "CSV", "filter": ""}),
    ]
    assert trail.events[-1].problem == problems.CALLS_UNSEEN.number


@pytest.mark.parametrize("key", ["x", "1e9", "2026-03-01T00:00:00+00:00 ab"])
async def test_a_cursor_of_another_list_is_refused(key: str) -> None:
    cursor = base64.urlsafe_b64encode(f"after:{key}".encode()).decode().rstrip("=")
    with pytest.raises(Refusal) as caught:
        await listing(FakeLedger())(NOW_ON, 3, cursor, by(None))
    assert caught.value.problem is problems.CURSOR_INVALID
