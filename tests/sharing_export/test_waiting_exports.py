"""An export whose quota of the day is used up goes on with the next day's by itself, and nothing is given twice."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from gateway.cli import share_export
from gateway.cli.main import app
from gateway.core import problems
from gateway.core.clock import next_china_day
from gateway.core.errors import Refusal
from gateway.core.outcome import Outcome
from gateway.core.sharing import exports
from gateway.core.sharing.exports import Export, ExportState, WrongStep
from gateway.core.sharing.source import ShareAnswer
from gateway.core.sharing.spending import Drawn, Spent
from gateway.core.sharing.tables import TableFormat
from gateway.core.sharing.terms import Quota
from gateway.core.use import UseBasis
from gateway.services.sharing.exports import run_exports
from gateway.store.database import Database
from tests.sandbox.callers import SteppedClock
from tests.sharing.making import START
from tests.sharing_export.endings import ended
from tests.sharing_export.office import Office, Register, a_staff_grant, an_office, staff
from tests.sharing_export.test_export_store import an_export, fetched
from tests.sharing_export.test_running_exports import Killed
from tests.sharing_store.made import revoked

FEW = Quota(4, None)
HOUR = 3_600


@asynccontextmanager
async def granted(db: Database, clock: SteppedClock, quota: Quota, **changes: Any) -> AsyncIterator[Office]:
    """A process with ten people under a grant of this quota, and a use that ends within the hour."""
    async with an_office(db, clock, Register(staff(10), 10)) as office:
        await office.grants.add(a_staff_grant(quota, **changes))
        office.use = msgspec.structs.replace(office.use, expires_at=clock.now() + timedelta(hours=1))
        yield office


async def waits(office: Office, export: Export, rows: int) -> datetime:
    """That it waits for the next day with so many rows; when it goes on."""
    found = await office.found(export)
    assert (found.state, found.rows) == (ExportState.WAITING, rows)
    assert found.goes_on_at == next_china_day(office.clock.now())
    return found.goes_on_at


def tomorrow(clock: SteppedClock) -> None:
    clock.step((next_china_day(clock.now()) - clock.now()).total_seconds())


async def test_it_goes_on_each_day_until_it_is_whole_though_its_use_is_over(db: Database, clock: SteppedClock) -> None:
    async with granted(db, clock, FEW) as office:
        export = await office.ask(format=TableFormat.JSON_LINES)
        for rows in (4, 8):
            await office.turn()
            await waits(office, export, rows)
            assert (await office.purse.usage("g-1")).on_day == 4
            clock.step(HOUR)
            assert await office.turn() == 1, "it is looked at each hour"
            await waits(office, export, rows)
            tomorrow(clock)
        await office.turn()
        found = await ended(office, export, ExportState.READY)
        assert (found.days, found.goes_on_at, office.register.asked) == (2, None, [0, 4, 8])
        assert (await office.purse.usage("g-1")).in_all == 10
        given = [json.loads(line)["idNumber"] for line in (await office.content(export)).splitlines()]
        assert given == [row["idNumber"] for row in office.register.rows]


@pytest.mark.parametrize("killed", [1, 2, 3])
async def test_who_is_killed_between_days_is_followed_by_one_who_repeats_none(
    db: Database, clock: SteppedClock, killed: int
) -> None:
    async def kill(asked: int) -> None:
        if asked == killed:
            raise Killed

    async with granted(db, clock, FEW) as first:
        export = await first.ask()
        first.register.before = kill
        for day in range(killed):
            if day:
                tomorrow(clock)
            if day + 1 < killed:
                await first.turn()
        with pytest.raises(Killed):
            await first.turn()
    clock.step(61)
    async with an_office(db, clock, Register(staff(10), 10)) as second:
        second.use = msgspec.structs.replace(second.use, expires_at=clock.now() + timedelta(minutes=1))
        for _ in range(4 - killed):
            assert await second.turn() == 1
            tomorrow(clock)
        found = await ended(second, export, ExportState.READY)
        assert (found.rows, found.pages, (await second.purse.usage("g-1")).in_all) == (10, 3, 10)
        assert len(await second.cases.find.receipts(found, 200, 0)) == 3


async def test_what_others_use_meanwhile_leaves_it_a_smaller_page(db: Database, clock: SteppedClock) -> None:
    async with granted(db, clock, Quota(6, None)) as office:
        export = await office.ask()
        drawn = Drawn.of(await office.grants.lineage("g-1"))

        async def another(asked: int) -> None:
            if asked == 3:
                clock.step(11)
            if asked in {1, 3}:
                assert await office.purse.spend(drawn, asked) == Spent()

        office.register.before = another
        await office.turn()
        assert (await office.found(export)).state is ExportState.QUEUED, "a page of six has no room any more"
        clock.step(1)
        await office.turn()
        await waits(office, export, 5)
        tomorrow(clock)
        clock.step(24 * HOUR - 10)
        await office.turn()
        assert (await office.found(export)).rows == 5, "the day ended on the way"
        clock.step(1)
        await office.turn()
        await waits(office, export, 8)
        tomorrow(clock)
        await office.turn()
        found = await ended(office, export, ExportState.READY)
        assert (found.rows, (await office.purse.usage("g-1")).in_all) == (10, 14)


async def test_it_ends_with_its_grant_while_it_waits_and_deletes_what_was_fetched(
    db: Database, clock: SteppedClock
) -> None:
    async with granted(db, clock, FEW) as office:
        export = await office.ask()
        await office.turn()
        (grant,) = await office.grants.lineage("g-1")
        assert await office.grants.change(grant, revoked(grant))
        clock.step(run_exports.LOOK.total_seconds())
        await office.turn()
        found = await ended(office, export, ExportState.FAILED, problems.GRANT_DENIED, problems.EXPORT_DELETED)
        page = await office.desk.exports.page_of(found.id, 1)
        assert page is not None
        assert page.records is None


async def test_its_caller_may_cancel_it_while_it_waits(db: Database, clock: SteppedClock) -> None:
    async with granted(db, clock, FEW) as office:
        export = await office.ask()
        await office.turn()
        assert (await office.cases.ask.cancel(export.id, office.call())).goes_on_at is None
        tomorrow(clock)
        await office.turn()
        await ended(office, export, ExportState.CANCELLED)


async def test_it_does_not_wait_for_what_the_next_day_does_not_have(db: Database, clock: SteppedClock) -> None:
    async with granted(db, clock, Quota(4, 6)) as office:
        export = await office.ask()
        await office.turn()
        await waits(office, export, 4)
        tomorrow(clock)
        await office.turn()
        await ended(office, export, ExportState.FAILED, problems.QUOTA_EXHAUSTED, problems.EXPORT_DELETED)
        assert (await office.purse.usage("g-1")).in_all == 4


async def test_it_does_not_wait_beyond_its_grant(db: Database, clock: SteppedClock) -> None:
    async with granted(db, clock, FEW, valid_until=clock.now() + timedelta(hours=2)) as office:
        export = await office.ask()
        await office.turn()
        await ended(office, export, ExportState.FAILED, problems.QUOTA_EXHAUSTED, problems.EXPORT_DELETED)
        clock.step(3 * HOUR)
        assert not (await office.desk.quota("g-1")).is_more_then


async def test_it_waits_only_under_a_use_that_can_be_proven_again(db: Database, clock: SteppedClock) -> None:
    async with granted(db, clock, FEW) as office:
        statutory = office.use
        office.use = msgspec.structs.replace(statutory, basis=UseBasis.HOLDER)
        export = await office.ask()
        await office.turn()
        await ended(office, export, ExportState.FAILED, problems.QUOTA_EXHAUSTED, problems.EXPORT_DELETED)
        tomorrow(clock)
        office.use = msgspec.structs.replace(statutory, expires_at=clock.now() + timedelta(hours=1))
        other = await office.ask("k-2")
        await office.turn()
        office.refusal = Refusal(problems.CASE_UNPROVEN, "use", reason="closed")
        tomorrow(clock)
        await office.turn()
        await ended(office, other, ExportState.FAILED, problems.CASE_UNPROVEN, problems.EXPORT_DELETED)


async def test_it_waits_some_days_and_not_for_ever(
    db: Database, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (exports, run_exports):
        monkeypatch.setattr(module, "MOST_DAYS", 1)
    async with granted(db, clock, FEW) as office:
        export = await office.ask()
        await office.turn()
        tomorrow(clock)
        office.register.answers = [ShareAnswer(outcome=Outcome.UNAVAILABLE)]
        await office.turn()
        assert (await office.found(export)).state is ExportState.RUNNING
        clock.step(60)
        await office.turn()
        found = await ended(office, export, ExportState.FAILED, problems.EXPORT_DAYS, problems.EXPORT_DELETED)
        assert found.rows == 8


async def test_one_that_somebody_else_ends_does_not_wait(db: Database, clock: SteppedClock) -> None:
    async with granted(db, clock, FEW) as office:
        export = await office.ask()
        change = office.desk.exports.change

        async def first(before: Export, after: Export, also: Any = None) -> bool:
            if after.state is ExportState.WAITING:
                assert await change(before, before.cancel(clock.now()))
            return await change(before, after, also)

        office.desk.exports.change = first  # type: ignore[method-assign]
        await office.turn()
        clock.step(2)
        await office.turn()
        await ended(office, export, ExportState.CANCELLED)


def test_what_is_whole_waits_for_nothing() -> None:
    with pytest.raises(WrongStep):
        an_export().add(fetched(None)).wait(START, START)


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_in_the_terminal_it_says_when_it_goes_on(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    found = {"id": "e-1", "state": "WAITING", "rows": 4, "problems": [], "goesOnAt": "2026-03-02T16:00:00+00:00"}

    class Remote:
        @classmethod
        def of_environment(cls) -> "Remote":
            return cls()

        def ask(self, _document: str, _variables: object) -> dict[str, Any]:
            return {"exportSharedRecords": {"export": found, "problems": []}}

    monkeypatch.setattr(share_export, "Remote", Remote)
    done = CliRunner().invoke(app, ["share", "export", "g-1", "--use", "u-1", "--out", "none", *words])
    assert done.exit_code == 1
    assert "2026-03-03 00:00" in done.stderr
    assert bool(words) is ("WAITING" in done.stdout)
