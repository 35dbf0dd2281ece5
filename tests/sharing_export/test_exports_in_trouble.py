"""Exports in trouble: systems that are away, lost or odd, bounds, workers that die, files that are given no more."""

from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.errors import Refusal
from gateway.core.outcome import Outcome
from gateway.core.sharing import exports
from gateway.core.sharing.exports import Export, ExportState
from gateway.core.sharing.source import ShareAnswer
from gateway.core.sharing.tables import TableFormat
from gateway.core.sharing.terms import Access
from gateway.core.tasks import LeaseLost
from gateway.services.sharing.exports import run_exports
from gateway.services.sharing.exports.export_desk import KIND_EXPORT
from tests.sandbox.callers import SteppedClock
from tests.sharing_export.endings import ended
from tests.sharing_export.office import FIRM, MINUTE, Office, staff
from tests.sharing_store.made import revoked


def says(outcome: Outcome, **changes: Any) -> ShareAnswer:
    return ShareAnswer(outcome=outcome, **changes)


async def test_a_system_that_is_away_is_asked_again_and_given_up_in_the_end(
    office: Office, clock: SteppedClock
) -> None:
    export = await office.ask()
    office.register.answers = [says(Outcome.UNAVAILABLE, retry_after=20)]
    await office.turn()
    clock.step(19)
    assert await office.turn() == 0
    clock.step(1)
    assert await office.turn() == 1
    await ended(office, export, ExportState.READY)
    other = await office.ask("k-2")
    office.register.answers = [says(Outcome.TIMED_OUT)] * 50
    for _ in range(40):
        await office.turn()
        clock.step(60)
    found = await ended(office, other, ExportState.FAILED, problems.EXPORT_SOURCE_AWAY)
    assert found.troubles[0].values == {"system": "share-population", "outcome": "TIMED_OUT", "minutes": 30}


async def test_a_system_that_has_forgotten_where_it_was_is_said_to(office: Office) -> None:
    export = await office.ask()

    async def forget(asked: int) -> None:
        if asked == 2:
            office.register.answers = [says(Outcome.INVALID)]

    office.register.before = forget
    await office.turn()
    await ended(office, export, ExportState.FAILED, problems.EXPORT_LOST, problems.EXPORT_DELETED)


async def test_a_cursor_that_nobody_here_made_is_lost(office: Office, clock: SteppedClock) -> None:
    export = await office.ask()
    changed = msgspec.structs.replace(export, cursor="elsewhere", version=2)
    assert await office.desk.exports.change(export, changed)
    await office.turn()
    await ended(office, export, ExportState.FAILED, problems.EXPORT_LOST)


@pytest.mark.parametrize("how", ["records", "cursor"])
async def test_a_system_that_does_not_go_on_is_not_followed_for_ever(office: Office, how: str) -> None:
    rows = [{name: row[name] for name in ("employer", "idNumber")} for row in staff(2)]
    page = says(Outcome.OK, records=rows if how == "records" else [], cursor="0")
    office.register.answers = [page, msgspec.structs.replace(page, cursor="1" if how == "records" else "0")]
    export = await office.ask(fields=("idNumber",))
    await office.turn()
    await ended(office, export, ExportState.FAILED, problems.EXPORT_REPEATED, problems.EXPORT_DELETED)


async def test_a_reply_that_is_cut_goes_on_though_its_next_records_look_the_same(office: Office) -> None:
    rows = [{name: staff(1)[0][name] for name in ("employer", "name")}]
    first = says(Outcome.OK, records=rows, cursor="1")
    office.register.answers = [
        first,
        msgspec.structs.replace(first, cursor="2", skipped=1),
        msgspec.structs.replace(first, cursor=None, skipped=2),
    ]
    export = await office.ask(fields=("name",))
    await office.turn()
    assert (await ended(office, export, ExportState.READY)).rows == 3


@pytest.mark.parametrize("bound", ["MOST_ROWS", "MOST_BYTES", "MOST_PAGES"])
async def test_an_export_has_its_bounds(office: Office, monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(exports, bound, {"MOST_ROWS": 7, "MOST_BYTES": 500, "MOST_PAGES": 1}[bound])
    export = await office.ask()
    await office.turn()
    found = await ended(office, export, ExportState.FAILED, problems.EXPORT_TOO_LARGE, problems.EXPORT_DELETED)
    assert (found.rows, len(await office.events("records.shared"))) == (4, 2)


async def test_what_a_system_cuts_off_is_told_with_the_file(office: Office) -> None:
    office.register.answers = [says(Outcome.OK, records=[], truncated=True)]
    export = await office.ask()
    await office.turn()
    found = await ended(office, export, ExportState.READY)
    assert (found.rows, [one.number for one in found.warnings]) == (0, [problems.EXPORT_CUT.number])


async def test_a_value_that_no_cell_holds_is_told(office: Office) -> None:
    office.register.rows = [{"employer": FIRM, "idNumber": "1", "name": "x" * 40_000}]
    export = await office.ask(format=TableFormat.XLSX)
    await office.turn()
    await ended(office, export, ExportState.FAILED, problems.EXPORT_CELL_TOO_LONG, problems.EXPORT_DELETED)


async def test_a_long_one_lets_others_have_their_turn(office: Office, clock: SteppedClock) -> None:
    export = await office.ask()

    async def slow(_asked: int) -> None:
        clock.step(run_exports.TURN_SECONDS / 2 - 11)

    office.register.before = slow
    office.register.rows = staff(100)
    now = clock.now()
    await office.runner.work(await office.leases.claim(KIND_EXPORT, now, now + 10 * MINUTE, 1))
    found = await office.found(export)
    assert (found.state, found.pages) == (ExportState.RUNNING, 4)
    assert (await office.tasks.counts())[KIND_EXPORT].due == 1


async def test_who_has_lost_his_lease_does_nothing_more(office: Office, clock: SteppedClock) -> None:
    export = await office.ask()

    async def sleep(_asked: int) -> None:
        clock.step(55)

    office.register.before = sleep
    with pytest.raises(LeaseLost):
        await office.turn()
    assert (await office.found(export)).pages == 1


async def test_what_kills_its_workers_or_never_ends_is_given_up(office: Office, clock: SteppedClock) -> None:
    export = await office.ask()
    for _ in range(run_exports.MOST_LAPSES):
        now = clock.now()
        assert await office.leases.claim(KIND_EXPORT, now, now + MINUTE, 1)
        clock.step(61)
    await office.turn()
    await ended(office, export, ExportState.FAILED, problems.EXPORT_BROKEN)
    other = await office.ask("k-2")
    clock.step(run_exports.LONGEST.total_seconds())
    await office.turn()
    await ended(office, other, ExportState.FAILED, problems.EXPORT_BROKEN)


async def test_what_passes_is_tried_again(office: Office, clock: SteppedClock) -> None:
    export = await office.ask()
    office.refusal = Refusal(problems.AUDIT_UNAVAILABLE)
    await office.turn()
    assert (await office.found(export)).stalled_at == clock.now()
    office.refusal = Refusal(problems.TOO_MANY_HOLDERS, seconds=1)
    clock.step(5)
    await office.turn()
    office.refusal = None
    clock.step(60)
    await office.turn()
    assert (await ended(office, export, ExportState.READY)).stalled_at is None


async def test_one_that_somebody_else_ends_is_let_go(office: Office, clock: SteppedClock) -> None:
    export = await office.ask()
    change = office.desk.exports.change

    async def first(before: Export, after: Export, also: Any = None) -> bool:
        if after.state is ExportState.READY:
            assert await change(before, before.cancel(clock.now()))
        return await change(before, after, also)

    office.desk.exports.change = first  # type: ignore[method-assign]
    await office.turn()
    clock.step(2)
    await office.turn()
    await ended(office, export, ExportState.CANCELLED)
    other = await office.ask("k-2")

    async def second(before: Export, after: Export, also: Any = None) -> bool:
        if after.state is ExportState.FAILED:
            assert await change(before, before.cancel(clock.now()))
        return await change(before, after, also)

    office.desk.exports.change = second  # type: ignore[method-assign]
    office.refusal = Refusal(problems.USE_UNKNOWN)
    await office.turn()
    clock.step(2)
    await office.turn()
    await ended(office, other, ExportState.CANCELLED)


async def test_pages_that_are_deleted_while_the_file_is_written_make_none(office: Office, clock: SteppedClock) -> None:
    export = await office.ask()
    page_of = office.desk.exports.page_of

    async def cancelling(export_id: str, number: int) -> Any:
        if number == 2:
            await office.cases.ask.cancel(export.id, office.call())
        return await page_of(export_id, number)

    office.desk.exports.page_of = cancelling  # type: ignore[method-assign]
    await office.turn()
    clock.step(2)
    await office.turn()
    await ended(office, export, ExportState.CANCELLED)


async def test_the_task_of_one_that_was_cancelled_is_done(office: Office) -> None:
    export = await office.ask()
    await office.cases.ask.cancel(export.id, office.call())
    await office.turn()
    await ended(office, export, ExportState.CANCELLED)


@pytest.mark.parametrize("how", ["revoked", "over", "narrowed"])
async def test_a_file_is_not_given_under_a_grant_that_opens_it_no_more(
    office: Office, clock: SteppedClock, how: str
) -> None:
    export = await office.ask()
    await office.turn()
    assert await office.content(export)
    (grant,) = await office.grants.lineage("g-1")
    if how == "over":
        terms = msgspec.structs.replace(grant.terms, valid_until=clock.now())
    else:
        terms = msgspec.structs.replace(grant.terms, fields={**grant.terms.fields, "name": Access.MASK})
    changed = revoked(grant) if how == "revoked" else msgspec.structs.replace(grant, terms=terms, version=2)
    assert await office.grants.change(grant, changed)
    with pytest.raises(Refusal) as caught:
        await office.cases.find.file(await office.found(export), office.call())
    assert caught.value.problem is problems.EXPORT_WITHHELD


async def test_a_file_is_kept_for_some_days(office: Office, clock: SteppedClock) -> None:
    export = await office.ask()
    await office.turn()
    found = await office.found(export)
    assert found.expires_at - clock.now() == exports.KEPT
    clock.step(exports.KEPT.total_seconds() - 1)
    assert await office.content(export)
    clock.step(1)
    assert office.cases.find.state(found) is ExportState.EXPIRED
    assert await office.cases.find.file(found, office.call()) is None


async def test_each_page_has_a_time_of_its_own(office: Office) -> None:
    deadlines: list[float] = []
    query = office.register.query

    async def timed(question: Any, call: Call) -> ShareAnswer:
        deadlines.append(call.deadline.remaining(office.clock))
        return await query(question, call)

    office.register.query = timed  # type: ignore[assignment, method-assign]
    await office.ask()
    await office.turn()
    assert len(deadlines) == 3
    assert min(deadlines) > 20
