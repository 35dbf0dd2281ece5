"""Exports go on page by page, each decided anew, and no page is fetched, kept or counted twice whoever is stopped."""

import asyncio
import csv
import hashlib
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.audit.canonical import canonical
from gateway.core.audit.events import Ending
from gateway.core.audit.merkle import Tree
from gateway.core.errors import Refusal, StoreUnavailable
from gateway.core.sharing.exports import ExportState
from gateway.core.sharing.tables import TableFormat
from gateway.core.sharing.terms import Access, Quota
from gateway.store.database import Database
from gateway.store.spreadsheets import read_sheet
from gateway.store.spreadsheets.writing import neutral
from tests.sandbox.callers import SteppedClock
from tests.sharing_export.endings import ended
from tests.sharing_export.office import SIGNER, Office, Register, a_staff_grant, an_office, staff
from tests.sharing_store.made import revoked
from tests.sharing_use.site import a_staff_resource, some_terms

PAGES = Path(__file__).parents[2] / "docs/how-to"
VERIFYING, EXPORTING = PAGES / "verify-receipts.md", PAGES / "export-shared-records.md"


class Killed(BaseException):
    """The end of a process, which no handler outlives."""


def run(page: Path, folder: Path, *files: str) -> int:
    """The exit status of the script of a page, given these files."""
    (script,) = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    (folder / "script.py").write_text(script, "utf-8")
    words = [sys.executable, "-I", str(folder / "script.py"), *(str(folder / name) for name in files)]
    return subprocess.run(words, capture_output=True, check=False).returncode


async def test_a_csv_holds_every_record_once_and_nothing_that_is_calculated(office: Office) -> None:
    export = await office.ask()
    assert await office.turn() == 1
    found = await ended(office, export, ExportState.READY)
    assert (found.rows, found.pages, office.register.asked) == (10, 3, [0, 4, 8])
    content = await office.content(export)
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    columns = [column.name for column in found.columns]
    assert lines[0] == [column.title for column in found.columns]
    assert lines[1:] == [[neutral(str(row[name])) for name in columns] for row in office.register.rows]
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line)
    assert found.file is not None
    assert hashlib.sha256(content).hexdigest() == found.file.sha256


async def test_an_xlsx_is_read_back_as_the_records_are(office: Office) -> None:
    export = await office.ask(format=TableFormat.XLSX)
    await office.turn()
    found = await ended(office, export, ExportState.READY)
    sheet = read_sheet(await office.content(export))
    assert sheet.notes == ()
    columns = [column.name for column in found.columns]
    assert [list(row.cells) for row in sheet.rows[1:]] == [
        [str(row[name]) for name in columns] for row in office.register.rows
    ]


async def test_json_lines_are_the_records_themselves(office: Office) -> None:
    export = await office.ask(format=TableFormat.JSON_LINES, fields=("name", "idNumber"))
    await office.turn()
    lines = (await office.content(export)).decode().splitlines()
    wanted = [{"idNumber": row["idNumber"], "name": row["name"]} for row in office.register.rows]
    assert [json.loads(line) for line in lines] == wanted


async def test_every_page_is_counted_recorded_and_has_its_receipt(office: Office) -> None:
    export = await office.ask()
    await office.turn()
    assert (await office.purse.usage("g-1")).in_all == 0, "a grant without a quota counts nothing"
    pages = await office.events("records.shared")
    assert sorted(event.count or 0 for event in pages) == [2, 4, 4]
    assert {event.request_id for event in pages} == {"r-1"}
    (end,) = await office.events("share.export_ended")
    found = await office.found(export)
    assert found.file is not None
    assert (end.count, end.note["result"], end.note["sha256"]) == (10, "READY", found.file.sha256)
    assert end.actor is not None
    receipts = await office.cases.find.receipts(found, 200, 0)
    assert [one["receipt"]["rows"] for one in receipts] == [4, 4, 2]
    assert await office.cases.find.receipts(found, 1, 2) == receipts[2:]


async def test_the_manifest_is_verified_by_the_script_for_receipts(office: Office, tmp_path: Path) -> None:
    export = await office.ask()
    await office.turn()
    found = await office.found(export)
    assert found.manifest is not None
    vouched, receipts = found.manifest["receipt"], await office.cases.find.receipts(found, 200, 0)
    content = await office.content(export)
    assert (vouched["sha256"], vouched["size"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (vouched["rows"], vouched["pages"], vouched["grants"]) == (10, 3, ["g-1"])
    assert vouched["receipts"] == Tree([canonical(one["receipt"]) for one in receipts]).root.hex()
    for name, text in (("m.json", found.manifest), ("receipts.json", receipts)):
        (tmp_path / name).write_text(json.dumps(text), "utf-8")
    (tmp_path / "key.pem").write_text(SIGNER.public_pem)
    assert run(VERIFYING, tmp_path, "m.json", "key.pem") == 0
    for change, status in ((b"", 0), (b"x", 1)):
        (tmp_path / "file.csv").write_bytes(content + change)
        assert run(EXPORTING, tmp_path, "file.csv", "m.json", "receipts.json") == status


@pytest.mark.parametrize("killed", [1, 2, 3])
async def test_who_is_killed_between_pages_is_followed_by_one_who_repeats_none(
    db: Database, clock: SteppedClock, killed: int
) -> None:
    register = Register(staff(10))

    async def kill(asked: int) -> None:
        if asked == killed:
            raise Killed

    async with an_office(db, clock, register) as first:
        await first.grants.add(a_staff_grant(Quota(None, 10)))
        export = await first.ask()
        register.before = kill
        with pytest.raises(Killed):
            await first.turn()
    register.before = None
    clock.step(61)
    async with an_office(db, clock, register) as second:
        assert await second.turn() == 1
        found = await ended(second, export, ExportState.READY)
        assert (found.rows, found.pages) == (10, 3)
        assert register.asked == sorted(register.asked), "it goes on, and asks for one page again at most"
        assert (await second.purse.usage("g-1")).in_all == 10
        assert len(await second.cases.find.receipts(found, 200, 0)) == 3
        assert len((await second.content(export)).splitlines()) == 1 + 10 + 2, "two names have a line of their own"


async def test_who_slept_past_his_lease_changes_and_spends_nothing(any_database: Database, clock: SteppedClock) -> None:
    register, slow = Register(staff(10)), Register(staff(10))
    reached, released = asyncio.Event(), asyncio.Event()

    async def sleep(asked: int) -> None:
        if asked == 2:
            reached.set()
            await released.wait()

    slow.before = sleep
    async with an_office(any_database, clock, slow) as first, an_office(any_database, clock, register) as second:
        await first.grants.add(a_staff_grant(Quota(None, 10)))
        export = await first.ask()
        sleeper = asyncio.create_task(first.turn())
        await reached.wait()
        clock.step(61)
        assert await second.turn() == 1
        released.set()
        await sleeper
        found = await ended(second, export, ExportState.READY)
        assert (found.rows, found.pages, register.asked) == (10, 3, [4, 8])
        assert (await second.purse.usage("g-1")).in_all == 10
        assert len(await second.cases.find.receipts(found, 200, 0)) == 3


async def test_who_is_killed_before_the_receipt_is_followed_by_one_who_makes_it(
    office: Office, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    export, press = await office.ask(), office.desk.press
    give, can_give = press.give, press.can_give

    async def broken(_given: object) -> Any:
        raise StoreUnavailable("away")

    monkeypatch.setattr(press, "give", broken)
    with pytest.raises(StoreUnavailable):
        await office.turn()
    assert (await office.found(export)).pages == 1

    async def not_yet(_given: object) -> bool:
        return False

    monkeypatch.setattr(press, "give", give)
    monkeypatch.setattr(press, "can_give", not_yet)
    clock.step(61)
    await office.turn()
    assert (await office.found(export)).pages == 1, "its receipt comes first"
    monkeypatch.setattr(press, "can_give", can_give)
    clock.step(2)
    await office.turn()
    found = await ended(office, export, ExportState.READY)
    assert len(await office.cases.find.receipts(found, 200, 0)) == 3


async def test_a_revocation_in_the_middle_ends_it_and_deletes_what_was_fetched(
    office: Office, clock: SteppedClock
) -> None:
    export = await office.ask()

    async def revoke(asked: int) -> None:
        if asked == 2:
            (grant,) = await office.grants.lineage("g-1")
            assert await office.grants.change(grant, revoked(grant))

    office.register.before = revoke
    await office.turn()
    assert (await office.found(export)).state is ExportState.RUNNING, "it is decided again, by the grant as it is"
    clock.step(1)
    await office.turn()
    found = await ended(office, export, ExportState.FAILED, problems.GRANT_DENIED, problems.EXPORT_DELETED)
    assert (found.rows, found.troubles[1].values) == (4, {"rows": 4, "pages": 1})
    page = await office.desk.exports.page_of(export.id, 1)
    assert page is not None
    assert page.records is None
    assert len(await office.cases.find.receipts(found, 200, 0)) == 1, "what was given stays provable"
    assert await office.cases.find.file(found, office.call()) is None
    assert (await office.events("share.export_ended"))[0].note["reason"] == problems.GRANT_DENIED.number


async def test_a_quota_that_ends_in_the_middle_ends_it_and_is_counted_exactly(
    db: Database, clock: SteppedClock
) -> None:
    async with an_office(db, clock, Register(staff(10))) as office:
        await office.grants.add(a_staff_grant(Quota(None, 6)))
        export = await office.ask()
        await office.turn()
        await ended(office, export, ExportState.FAILED, problems.QUOTA_EXHAUSTED, problems.EXPORT_DELETED)
        assert (await office.purse.usage("g-1")).in_all == 4


async def test_a_use_that_ends_in_the_middle_ends_it(office: Office) -> None:
    export = await office.ask()

    async def close(asked: int) -> None:
        if asked == 1:
            office.refusal = Refusal(problems.USE_UNKNOWN, "use")

    office.register.before = close
    await office.turn()
    await ended(office, export, ExportState.FAILED, problems.USE_UNKNOWN, problems.EXPORT_DELETED)


async def test_a_cancellation_in_the_middle_is_the_end(office: Office, clock: SteppedClock) -> None:
    export = await office.ask()

    async def cancel(asked: int) -> None:
        if asked == 2:
            assert (await office.cases.ask.cancel(export.id, office.call())).state is ExportState.CANCELLED

    office.register.before = cancel
    await office.turn()
    clock.step(2)
    await office.turn()
    await ended(office, export, ExportState.CANCELLED)
    refused = [event for event in await office.events("records.shared") if event.ending is Ending.REFUSED]
    assert [event.problem for event in refused] == [problems.EXPORT_MOVED.number]


@pytest.mark.parametrize("change", ["terms", "version", "field"])
async def test_pages_of_different_fields_are_no_file(office: Office, clock: SteppedClock, change: str) -> None:
    export = await office.ask()

    async def narrow(asked: int) -> None:
        if asked != 2:
            return
        if change != "terms":
            now = a_staff_resource(version=2)
            items = now.items if change == "version" else now.items[1:]
            assert await office.resources.put([msgspec.structs.replace(now, items=items)])
            return
        (grant,) = await office.grants.lineage("g-1")
        terms = some_terms(fields={"idNumber": Access.SHOW}, quota=Quota(None, None))
        assert await office.grants.change(grant, msgspec.structs.replace(grant, terms=terms, version=2))

    office.register.before = narrow
    for _ in range(2):
        await office.turn()
        clock.step(2)
    await ended(office, export, ExportState.FAILED, problems.EXPORT_CHANGED, problems.EXPORT_DELETED)
