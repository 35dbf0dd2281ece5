"""What the store of exports promises, on both databases."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from gateway.core.audit.events import UseReference
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.errors import StoreConflict
from gateway.core.files import Owner
from gateway.core.records import Transaction
from gateway.core.sharing.exports import KEPT, Export, ExportPage, ExportState, Fetched
from gateway.core.sharing.tables import TableFormat
from gateway.core.text import Language
from gateway.core.use import UseBasis
from gateway.store.database import Database
from gateway.store.sharing.exports import REMEMBERED, SqlExports
from gateway.store.tables.share_exports import share_export_pages, share_exports
from tests.sharing.making import DAY, ITEM, REQUESTER, START
from tests.store.keys import a_cipher

OWNER = Owner("portal", "officer-1")
SECRET = "91420100MA4K00001X"


def an_export(number: int = 1, **changes: Any) -> Export:
    person = Person(subject="officer-1", role=Role.OFFICER, name="", body=REQUESTER)
    made = Export(
        id=f"e-{number}",
        key=f"k-{number}",
        request=b"r",
        caller=Caller(Application("portal", "portal"), person),
        request_id="r-1",
        language=Language.ZH,
        use="use-1",
        reference=UseReference(reference="0" * 32, basis=UseBasis.STATUTORY, item=ITEM),
        grant="g-1",
        resource="307001/00102",
        resource_version=1,
        parameters={"employer": SECRET},
        fields=("name",),
        format=TableFormat.CSV,
        asked_at=START,
        changed_at=START,
        expires_at=START + KEPT,
    )
    return msgspec.structs.replace(made, **changes)


def a_page(number: int = 1) -> ExportPage:
    return ExportPage(number=number, receipt=f"receipt-{number}", given=b"given", records=f'["{SECRET}"]'.encode())


def fetched(cursor: str | None = "2") -> Fetched:
    return Fetched(
        resource_version=1, columns=(), withheld={}, rows=1, size=3, cursor=cursor, mark=b"m", truncated=False, at=START
    )


async def nothing(_: Transaction) -> None:
    """What belongs to nothing."""


async def kept(db: Database, store: SqlExports, before: Export, after: Export, page: ExportPage) -> bool:
    return await db.transact(lambda connection: store.keep(connection, before, after, page))


@pytest.fixture
def store(any_database: Database) -> SqlExports:
    return SqlExports(any_database, a_cipher())


async def test_an_export_is_there_once_for_its_key_and_few_go_on(store: SqlExports) -> None:
    told = []

    async def tell(_: Transaction) -> None:
        told.append(1)

    export = an_export()
    assert await store.add(export, 1, tell) == export
    assert await store.add(an_export(id="e-9"), 1, tell) == export
    assert await store.add(an_export(2), 1, tell) is None
    assert await store.change(export, export.cancel(START))
    assert await store.add(an_export(2), 1, tell) == an_export(2)
    assert len(told) == 2
    assert await store.of_key(OWNER, "k-2") == an_export(2)
    assert await store.of_key(Owner("portal", "officer-2"), "k-2") is None


async def test_a_page_is_kept_with_the_next_version_or_not_at_all(any_database: Database, store: SqlExports) -> None:
    export = an_export()
    await store.add(export, 1, nothing)
    after = export.add(fetched())
    assert await kept(any_database, store, export, after, a_page())
    assert await store.find("e-1") == after
    assert not await kept(any_database, store, export, after, a_page()), "it is not that version any more"
    last = after.add(msgspec.structs.replace(fetched(None), mark=b"n"))

    async def undone(connection: Any) -> None:
        assert await store.keep(connection, after, last, a_page(2))
        raise StoreConflict("what it belongs to is undone")

    with pytest.raises(StoreConflict):
        await any_database.transact(undone)
    assert await store.find("e-1") == after
    assert await store.page_of("e-1", 2) is None
    assert await store.receipts("e-1", 0, 9) == ["receipt-1"]


async def test_records_go_with_the_end_and_receipts_stay(any_database: Database, store: SqlExports) -> None:
    export = an_export()
    await store.add(export, 1, nothing)
    after = export.add(fetched())
    await kept(any_database, store, export, after, a_page())
    assert await store.page_of("e-1", 1) == a_page()
    stalled = after.stall(START)
    assert await store.change(after, stalled)
    assert await store.page_of("e-1", 1) == a_page()
    failed = stalled.fail((), START)
    assert not await store.change(after, failed)
    assert await store.change(stalled, failed)
    assert await store.page_of("e-1", 1) == msgspec.structs.replace(a_page(), records=None)
    found = await store.find("e-1")
    assert found is not None
    assert found.state is ExportState.FAILED


async def test_nothing_personal_stands_open_in_the_database(any_database: Database, store: SqlExports) -> None:
    export = an_export()
    await store.add(export, 1, nothing)
    await kept(any_database, store, export, export.add(fetched()), a_page())
    async with any_database.reading() as connection:
        rows = [*await connection.execute(select(share_exports)), *await connection.execute(select(share_export_pages))]
    text = repr([tuple(row) for row in rows])
    assert SECRET not in text
    assert "officer" not in text
    assert "use-1" not in text


async def test_ends_are_announced(any_database: Database, store: SqlExports) -> None:
    export = an_export()
    await store.add(export, 1, nothing)
    async with store.changes() as changes:
        assert await store.change(export, export.cancel(START))
        assert await anext(changes) == "e-1"


async def test_a_list_is_in_order_and_what_is_long_over_is_swept(any_database: Database, store: SqlExports) -> None:
    many = [an_export(number, asked_at=START + number * DAY, expires_at=START + number * DAY) for number in range(3)]
    for one in many:
        await store.add(one, 9, nothing)
    await kept(any_database, store, many[0], many[0].add(fetched()), a_page())
    newest = await store.page(OWNER, None, 2)
    assert [one.id for one in newest] == ["e-2", "e-1"]
    assert [one.id for one in await store.page(OWNER, (newest[-1].asked_at, "e-1"), 2)] == ["e-0"]
    assert await store.sweep(START + REMEMBERED, 9) == 1
    assert await store.find("e-0") is None
    assert await store.receipts("e-0", 0, 9) == []
