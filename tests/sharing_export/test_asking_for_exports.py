"""Exports are asked for under a use and a grant, once for a key; and nobody else sees them."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing, suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.problems import Problem
from gateway.core.sharing.exports import GOING, Export, ExportedFile, ExportState, Fetched, WrongStep
from gateway.core.sharing.manifests import Manifest, shown
from gateway.core.sharing.tables import TableFormat
from gateway.core.sharing.terms import Quota
from gateway.services.create_upload import FileLimits
from gateway.services.sharing.exports import export_shared
from gateway.services.sharing.receipt_press import ReceiptPress
from gateway.store.database import Database
from tests.sandbox.callers import SteppedClock
from tests.sharing.making import START
from tests.sharing_export.office import Office, Register, a_staff_grant, an_office, staff
from tests.sharing_export.test_export_store import an_export, fetched
from tests.sharing_use.site import OFFICER, a_staff_resource
from tests.sharing_use.test_verifying_receipts import Groups, Places

COLLEAGUE = msgspec.structs.replace(OFFICER, subject="officer-2")


async def refused(problem: Problem, asked: Any) -> None:
    with pytest.raises(Refusal) as caught:
        await asked
    assert caught.value.problem is problem


async def test_the_same_key_is_the_same_export_even_when_the_use_is_over(office: Office) -> None:
    export = await office.ask()
    assert (export.state, export.pages, export.resource) == (ExportState.QUEUED, 0, "307001/00102")
    office.refusal = Refusal(problems.USE_UNKNOWN, "use")
    assert await office.ask() == export
    await refused(problems.EXPORT_KEY_TAKEN, office.ask(format=TableFormat.XLSX))
    await refused(problems.USE_UNKNOWN, office.ask("k-2"))


async def test_parameters_are_kept_as_they_are_understood(office: Office) -> None:
    await refused(problems.GRANT_PARAMETER, office.ask(parameters={"employer": 10**40, "idNumber": True}))
    export = await office.ask(parameters={"employer": 10**40})
    assert export.parameters == {"employer": "1" + 40 * "0"}
    assert (await office.found(export)).fields == tuple(sorted(a_staff_resource().fields))


async def test_what_is_asked_for_is_decided_at_once_and_recorded(office: Office) -> None:
    await office.ask()
    await refused(problems.GRANT_UNKNOWN, office.ask("k-2", grant="g-2"))
    await refused(problems.GRANT_PARAMETER, office.ask("k-3", parameters={"employer": "*"}))
    events = await office.events("share.export_asked")
    assert {event.problem for event in events} == {problems.GRANT_PARAMETER.number, problems.GRANT_UNKNOWN.number, None}
    (asked,) = (event for event in events if event.problem is None)
    assert (asked.note["format"], asked.use is not None) == ("CSV", True)


@pytest.mark.parametrize("key", ["", "x" * 129, "with space", "键"])
async def test_a_key_has_its_form(office: Office, key: str) -> None:
    await refused(problems.EXPORT_KEY_INVALID, office.ask(key))


async def test_one_caller_has_a_few_going_at_most(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_shared, "MOST_GOING", 1)
    export = await office.ask()
    await refused(problems.EXPORTS_TOO_MANY, office.ask("k-2"))
    await office.cases.ask.cancel(export.id, office.call())
    await office.ask("k-2")


async def test_two_that_ask_with_one_key_at_once_are_given_one(office: Office) -> None:
    first, second = await asyncio.gather(office.ask(), office.ask())
    assert first == second


async def test_an_export_is_seen_by_who_asked_alone(office: Office) -> None:
    export, other = await office.ask(), office.call(COLLEAGUE)
    find = office.cases.find
    assert await find(export.id, office.call()) == export
    assert await find(export.id, other) is None
    assert (await find.page(10, None, other)).nodes == []
    await refused(problems.EXPORT_UNKNOWN, find.watch(export.id, other))
    await refused(problems.EXPORT_UNKNOWN, office.cases.ask.cancel(export.id, other))
    await office.turn()
    assert await find.file(await office.found(export), other) is None


async def test_a_list_is_read_page_by_page_newest_first(office: Office, clock: SteppedClock) -> None:
    made = []
    for number in range(3):
        made.append((await office.ask(f"k-{number}")).id)
        clock.step(1)
    first = await office.cases.find.page(2, None, office.call())
    rest = await office.cases.find.page(2, first.cursors[-1], office.call())
    assert [one.id for one in (*first.nodes, *rest.nodes)] == made[::-1]
    assert (first.has_next, rest.has_next) == (True, False)


async def test_what_has_ended_is_not_cancelled(office: Office, clock: SteppedClock) -> None:
    export = await office.ask()
    await office.turn()
    clock.step(4 * 86_400)
    with pytest.raises(Refusal) as caught:
        await office.cases.ask.cancel(export.id, office.call())
    assert (caught.value.problem, caught.value.values) == (problems.EXPORT_OVER, {"state": "EXPIRED"})


async def test_a_cancellation_that_loses_every_race_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    export = await office.ask()

    async def lost(*_: object) -> bool:
        return False

    monkeypatch.setattr(office.desk.exports, "change", lost)
    await refused(problems.EXPORT_MOVED, office.cases.ask.cancel(export.id, office.call()))


async def test_who_follows_sees_it_to_its_end(office: Office) -> None:
    export = await office.ask()
    seen = []
    async with aclosing(await office.cases.find.watch(export.id, office.call())) as changes:
        async for one in changes:
            seen.append((one.state, one.rows))
            if len(seen) == 1:
                await office.turn()
    assert (seen[0], seen[-1]) == ((ExportState.QUEUED, 0), (ExportState.READY, 10))


async def test_who_follows_what_is_swept_sees_no_more(office: Office, clock: SteppedClock) -> None:
    export = await office.ask()
    seen = 0
    async with aclosing(await office.cases.find.watch(export.id, office.call())) as changes:
        async for _ in changes:
            seen += 1
            clock.step(40 * 86_400)
            assert await office.desk.exports.sweep(clock.now(), 10) == 1
            other = await office.ask("k-2")
            await office.cases.ask.cancel(other.id, office.call())
            changed = await office.ask("k-3")
            await office.cases.ask.cancel(changed.id, office.call())
            break
    assert seen == 1


@pytest.mark.parametrize(("first", "after"), [(0, 0), (201, 0), (1, -1)])
async def test_receipts_are_read_in_parts(office: Office, first: int, after: int) -> None:
    export = await office.ask()
    await refused(problems.EXPORT_RECEIPTS_RANGE, office.cases.find.receipts(export, first, after))
    assert await office.cases.find.receipts(export, 1, 0) == []


async def test_files_are_lent_within_the_callers_quota(db: Database, clock: SteppedClock) -> None:
    async with an_office(db, clock, Register(staff(1)), FileLimits(0)) as office:
        await office.grants.add(a_staff_grant(Quota(None, 1)))
        export = await office.ask()
        await office.turn()
        found = await office.found(export)
        limits = FileLimits(0)
        assert limits.quota.bytes == 0
        assert await office.cases.find.file(found, office.call()) is not None, "a lent file takes no room of its own"


async def test_without_a_key_receipts_and_manifests_are_unsigned(office: Office, clock: SteppedClock) -> None:
    unsigned = ReceiptPress(Groups(), Places(), None, clock)
    for press in (office.shared.press, office.desk.press):
        press._signer = None
    export = await office.ask()
    await office.turn()
    found = await office.found(export)
    assert found.manifest is not None
    assert found.manifest.keys() == {"receipt"}
    (first, *_) = await office.cases.find.receipts(found, 10, 0)
    assert first.keys() == {"receipt"}
    manifest = msgspec.convert(found.manifest["receipt"], Manifest)
    assert await unsigned.vouch(manifest) == shown(manifest, None, None)


async def test_only_steps_that_the_rules_know_can_be_taken(office: Office, clock: SteppedClock) -> None:
    export = await office.ask()
    file = ExportedFile(file="f", name="n", media_type="m", bytes=1, sha256="0" * 64)
    page = Fetched(
        resource_version=1,
        columns=(),
        withheld={},
        rows=0,
        size=2,
        cursor=None,
        mark=b"m",
        truncated=False,
        at=clock.now(),
    )
    whole = export.add(page)
    assert whole.is_whole
    wrongs: list[Callable[[], Export]] = [
        lambda: export.finish(file, {}, START),
        lambda: whole.add(page),
        lambda: export.cancel(START).cancel(START),
        lambda: export.fail((), START).stall(START),
        lambda: export.add(page).finish(file, {}, START).add(page),
    ]
    for wrong in wrongs:
        with pytest.raises(WrongStep):
            wrong()


async def test_exports_show_nobody(office: Office) -> None:
    export = await office.ask()
    await office.turn()
    found = await office.found(export)
    page = await office.desk.exports.page_of(export.id, 1)
    texts = f"{found!r}{page!r}{found.file!r}{Export.__repr__(export)}"
    assert "91420100" not in texts
    assert "portal" not in texts
    request = export_shared.ExportRequest(
        key="k", use="u", grant="g", parameters={"employer": "91420100"}, fields=None, format=TableFormat.CSV
    )
    assert repr(request) == "ExportRequest(CSV)"


STEPS = st.sampled_from(["page", "last", "stall", "finish", "fail", "cancel"])


@given(steps=st.lists(STEPS, max_size=8))
def test_whatever_happens_a_file_has_every_page_and_an_end_lasts(steps: list[str]) -> None:
    export, rows = an_export(), 0
    file = ExportedFile(file="f", name="n", media_type="m", bytes=1, sha256="0" * 64)
    for number, step in enumerate(steps):
        page = msgspec.structs.replace(fetched(None if step == "last" else str(number)), mark=bytes([number]))
        take: dict[str, Callable[[Export, Fetched], Export]] = {
            "page": Export.add,
            "last": Export.add,
            "stall": lambda one, _: one.stall(START),
            "finish": lambda one, _: one.finish(file, {}, START),
            "fail": lambda one, _: one.fail((), START),
            "cancel": lambda one, _: one.cancel(START),
        }
        before = export
        with suppress(WrongStep):
            export = take[step](before, page)
            rows += page.rows if step in {"page", "last"} else 0
        assert export.version == before.version + (export is not before)
        assert export is before or before.state in GOING
        assert export.state is not ExportState.READY or (export.is_whole and export.rows == rows)
