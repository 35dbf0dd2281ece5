"""What a thief of the database learns: nobody's name or number, no key that he could use; and what a restart keeps."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from gateway.core.errors import PayloadUnreadable, StoreUnavailable
from gateway.core.licence import Holder, LicenceKey
from gateway.core.records import Swept
from gateway.store import housekeeping, migrate
from gateway.store.backup import kept_tables
from gateway.store.database import Database, database
from gateway.store.housekeeping import AT_ONCE, MOST_ROUNDS, keep_house, sweep_all
from gateway.store.mandates import SqlMandates
from gateway.store.pre_applications import SqlPreApplications
from gateway.store.presentations import SqlPresentations
from gateway.store.uses import SqlUses
from tests.services.fakes import START, ManualClock
from tests.store.keys import FIRST, SECOND, a_cipher
from tests.store.records import READER, a_mandate, a_number, a_use, shown

CLOCK = ManualClock()
PERSON = Holder("111", "canary-number", "canary-name")
CANARIES = ("canary", "secret-use", "secret-mandate", "secret-code", "secret-subject")
HOUR = timedelta(hours=1)


async def fill(db: Database, *keys: bytes) -> None:
    cipher = a_cipher(*keys)
    use = a_use(
        "secret-use",
        note="canary-note",
        reaches=PERSON,
        owner_subject="secret-subject",
        case="canary-case",
        licence=LicenceKey(identifier="canary-licence"),
    )
    assert await SqlUses(db, cipher).add(use, START, 1)
    assert await SqlMandates(db, cipher).add(a_mandate("secret-mandate", principal=PERSON, agent=PERSON), 1)
    assert await SqlPresentations(db, cipher).add(shown("secret-code", holder=PERSON), START, 1)
    await SqlPresentations(db, cipher).claim("secret-code", ("hall", "secret-subject"), START)
    assert await SqlPreApplications(db, cipher).add(a_number(subject="secret-subject"), 1)


async def test_rows_hold_nothing_personal_and_no_key_that_could_be_used(any_database: Database) -> None:
    await fill(any_database)
    async with any_database.reading() as connection:
        held = repr([row for table in kept_tables() for row in await connection.execute(select(table))])
    assert "YB-1" in held
    assert not [canary for canary in CANARIES if canary in held]


def content(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_nothing_of_it_stands_in_the_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite'}"
    await migrate.upgrade(url)
    async with database(url, CLOCK) as db:
        await fill(db)
        held = content(tmp_path)
    assert b"YB-1" in held
    assert not [canary for canary in CANARIES if canary.encode() in held]


async def test_a_row_that_was_put_in_anothers_place_does_not_open(any_database: Database) -> None:
    uses = SqlUses(any_database, a_cipher())
    await uses.add(a_use("mine"), START, 9)
    await uses.add(a_use("theirs", owner_subject="c-2"), START, 9)
    async with any_database.writing() as connection:
        moved = "UPDATE uses SET sealed = (SELECT max(sealed) FROM uses)"
        if any_database.kind == "postgresql":
            moved = "UPDATE uses SET sealed = (SELECT sealed FROM uses ORDER BY sealed DESC LIMIT 1)"
        await connection.execute(text(moved))
    opened = await asyncio.gather(uses.find("mine"), uses.find("theirs"), return_exceptions=True)
    assert sorted(isinstance(one, PayloadUnreadable) for one in opened) == [False, True]


async def test_what_was_recorded_is_there_after_a_restart(database_url: str) -> None:
    async with database(database_url, CLOCK) as db:
        await fill(db)
    async with database(database_url, CLOCK) as db:
        cipher = a_cipher()
        assert (await SqlUses(db, cipher).find("secret-use")) is not None
        assert (await SqlMandates(db, cipher).find("secret-mandate")) is not None
        assert (await SqlPresentations(db, cipher).find("secret-code", READER, START)) is None
        found = await SqlPresentations(db, cipher).find("secret-code", ("hall", "secret-subject"), START)
        assert found == shown("secret-code", holder=PERSON)
        assert (await SqlPreApplications(db, cipher).find("YB-1")) == a_number(subject="secret-subject")


async def test_after_a_change_of_keys_rows_still_open_and_still_count(any_database: Database) -> None:
    await fill(any_database, FIRST)
    cipher = a_cipher(SECOND, FIRST)
    uses, shows = SqlUses(any_database, cipher), SqlPresentations(any_database, cipher)
    found = await uses.find("secret-use")
    assert found is not None
    assert found.reaches == PERSON
    assert not await uses.add(a_use("more", owner_subject="secret-subject"), START, 1)
    assert not await SqlMandates(any_database, cipher).add(a_mandate("more", principal=PERSON), 1)
    assert not await shows.add(shown("more", holder=PERSON), START, 1)
    assert not await SqlPreApplications(any_database, cipher).add(a_number("YB-2", subject="secret-subject"), 1)
    assert await shows.claim("secret-code", ("hall", "secret-subject"), START) is not None
    assert await shows.claim("secret-code", READER, START) is None
    with pytest.raises(PayloadUnreadable):
        await SqlUses(any_database, a_cipher(SECOND)).find("secret-use")


# ---- housekeeping


class Rows:
    """A store with rows that are over."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.fails = False

    async def sweep(self, at: object, most: int) -> int:
        if self.fails:
            self.fails = False
            raise StoreUnavailable("away")
        removed = min(self.rows, most)
        self.rows -= removed
        return removed


async def test_housekeeping_takes_a_bounded_share_of_every_store() -> None:
    many, few = Rows(AT_ONCE * MOST_ROUNDS + 7), Rows(3)
    stores: list[Swept] = [many, few]
    assert await sweep_all(stores, START) == AT_ONCE * MOST_ROUNDS + 3
    assert (many.rows, few.rows) == (7, 0)


async def test_housekeeping_goes_on_after_an_outage_and_until_it_is_cancelled() -> None:
    rows, pauses = Rows(9), list[float]()
    rows.fails = True

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await keep_house([rows], CLOCK, pause)
    assert rows.rows == 0
    assert pauses == [housekeeping.SECONDS] * 3
