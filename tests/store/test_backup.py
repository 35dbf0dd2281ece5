"""What is backed up is there again after a restore, on whichever database; what is damaged is not restored at all."""

import gzip
import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, insert, select

from gateway.core.errors import BackupUnusable, ConfigurationInvalid
from gateway.store import backup as backups
from gateway.store import migrate
from gateway.store.address import Address, parse_address
from gateway.store.backup_file import Counting, Head, verify
from gateway.store.database import database
from gateway.store.sqlite import sole_user
from tests.services.fakes import START, ManualClock
from tests.store.databases import KINDS, open_url

CLOCK = ManualClock()
ROWS = 250
_VALUES: dict[str, Callable[[int], Any]] = {
    "text": lambda n: f"{n}-文",
    "int": lambda n: n,
    "float": lambda n: n / 7,
    "bool": lambda n: n % 2 == 0,
    "bytes": lambda n: bytes([n % 256, n // 256]) * 3,
    "instant": lambda n: START + timedelta(seconds=n, microseconds=n),
    "date": lambda n: START.date() + timedelta(days=n),
}


def silent(_table: str, _rows: int) -> None:
    """Nobody looks."""


async def fill(address: Address) -> None:
    """Rows in every table; what refers to a row refers to one that is there."""
    async with database(address, CLOCK) as db, db.writing() as connection:
        for table in backups.kept_tables():
            row = {column: _VALUES[backups.kind_of(column)] for column in table.columns}
            rows = [
                {
                    column.name: None if column.nullable and number == ROWS else value(number)
                    for column, value in row.items()
                }
                for number in range(1, ROWS + 1)
            ]
            await connection.execute(insert(table), rows)


@pytest.fixture(params=[(one, other) for one in KINDS for other in KINDS], ids="-to-".join)
def pair(request: pytest.FixtureRequest) -> Any:
    one, other = request.param
    with open_url(request, one) as source, open_url(request, other, empty=True) as target:
        yield parse_address(source), parse_address(target)


@pytest.fixture(params=KINDS)
def onto(request: pytest.FixtureRequest) -> Any:
    """From SQLite to each kind: what is restored does not tell where it came from."""
    with open_url(request, "sqlite") as source, open_url(request, request.param, empty=True) as target:
        yield parse_address(source), parse_address(target)


@pytest.fixture
def source(request: pytest.FixtureRequest, database_url: str) -> Address:
    return parse_address(database_url)


async def test_a_drill_finds_every_row_again_on_either_database(pair: tuple[Address, Address], tmp_path: Path) -> None:
    source, target = pair
    await fill(source)
    told: dict[str, int] = {}

    def progress(table: str, rows: int) -> None:
        told[table] = told.get(table, 0) + rows

    found = await backups.drill(source, target, tmp_path / "backup", CLOCK, progress)
    assert found.wrong == ()
    assert set(found.counts.values()) == {ROWS}
    assert set(found.counts) == {table.name for table in backups.kept_tables()}
    assert told == dict.fromkeys(found.counts, 2 * ROWS)
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "backup.partial").exists()
    head, summary = verify(tmp_path / "backup")
    assert (head.taken_at, summary.counts) == (START, found.counts)
    assert (await migrate.status(target)).current == migrate.newest()


async def test_a_drill_tells_what_its_checks_find(source: Address, tmp_path: Path) -> None:
    scratch = parse_address(f"sqlite:///{tmp_path / 'scratch'}")

    async def check(restored: Any) -> list[str]:
        return [f"a chain of {restored.kind} forks"]

    found = await backups.drill(source, scratch, tmp_path / "backup", CLOCK, silent, [check])
    assert found.wrong == ("a chain of sqlite forks",)


async def test_a_drill_tells_rows_that_differ(source: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(source)
    restore = backups.restore

    async def spoil(address: Address, file: Path, progress: backups.Progress) -> Any:
        summary = await restore(address, file, progress)
        async with database(address, CLOCK) as db, db.writing() as connection:
            await connection.exec_driver_sql("DELETE FROM uses WHERE item = '1-文'")
            await connection.exec_driver_sql("UPDATE presentations SET item = 'other' WHERE item = '1-文'")
        return summary

    monkeypatch.setattr(backups, "restore", spoil)
    found = await backups.drill(source, parse_address(f"sqlite:///{tmp_path / 's'}"), tmp_path / "b", CLOCK, silent)
    assert found.wrong == (
        "presentations: the restored rows differ",
        f"uses: {ROWS} rows were backed up, {ROWS - 1} restored",
    )


async def test_what_is_written_while_a_backup_is_taken_is_not_half_in_it(source: Address, tmp_path: Path) -> None:
    await fill(source)
    async with database(source, CLOCK) as db:
        topics = {table.name: table for table in backups.kept_tables()}

        async def remove() -> None:
            async with db.writing() as connection:
                for name in ("uses", "mandates"):
                    await connection.execute(topics[name].delete())

        original = backups._batches

        async def batches(connection: Any, table: Table) -> Any:
            async for rows in original(connection, table):
                yield rows
                if not removed:
                    await remove()
                    removed.append(True)

        removed: list[bool] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(backups, "_batches", batches)
            summary = await backups.backup(source, tmp_path / "backup", CLOCK, silent)
    assert removed == [True]
    assert set(summary.counts.values()) == {ROWS}


async def test_counters_go_on_after_the_restored_rows(onto: tuple[Address, Address], tmp_path: Path) -> None:
    source, target = onto
    await fill(source)
    await backups.backup(source, tmp_path / "backup", CLOCK, silent)
    await backups.restore(target, tmp_path / "backup", silent)
    pending = next(table for table in backups.kept_tables() if table.name == "audit_pending")
    values = {column.name: _VALUES[backups.kind_of(column)](ROWS + 1) for column in pending.columns}
    del values["place"]
    async with database(target, CLOCK) as db, db.writing() as connection:
        await connection.execute(insert(pending).values(values))
        assert (await connection.execute(select(func.max(pending.c.place)))).scalar_one() == ROWS + 1


async def test_only_an_empty_database_is_filled(onto: tuple[Address, Address], tmp_path: Path) -> None:
    source, target = onto
    await backups.backup(source, tmp_path / "backup", CLOCK, silent)
    await migrate.upgrade(target)
    await fill(target)
    with pytest.raises(ConfigurationInvalid, match="holds rows already"):
        await backups.restore(target, tmp_path / "backup", silent)
    async with database(target, CLOCK) as db, db.writing() as connection:
        for table in reversed(backups.kept_tables()):
            await connection.execute(table.delete())
    await backups.restore(target, tmp_path / "backup", silent)


async def test_a_database_of_somebody_else_is_not_filled(source: Address, bare_url: str, tmp_path: Path) -> None:
    await backups.backup(source, tmp_path / "backup", CLOCK, silent)
    theirs = Table("theirs", MetaData(), Column("id", Integer, primary_key=True))
    async with database(bare_url, CLOCK) as db, db.writing() as connection:
        await connection.run_sync(theirs.metadata.create_all)
    with pytest.raises(ConfigurationInvalid, match="not ours"):
        await backups.restore(parse_address(bare_url), tmp_path / "backup", silent)


async def test_a_served_database_is_not_filled(source: Address, tmp_path: Path) -> None:
    await backups.backup(source, tmp_path / "backup", CLOCK, silent)
    target = tmp_path / "target"
    with sole_user(target), pytest.raises(ConfigurationInvalid, match="another process serves"):
        await backups.restore(parse_address(f"sqlite:///{target}"), tmp_path / "backup", silent)


async def test_a_backup_of_an_older_schema_is_restored_and_brought_up(source: Address, tmp_path: Path) -> None:
    await backups.backup(source, tmp_path / "backup", CLOCK, silent)
    text = gzip.decompress((tmp_path / "backup").read_bytes())
    older = text.replace(f'"schema":"{migrate.newest()}"'.encode(), b'"schema":"9999"')
    rewrite(tmp_path / "newer", older)
    with pytest.raises(ConfigurationInvalid, match="9999 is not known here"):
        await backups.restore(parse_address(f"sqlite:///{tmp_path / 'a'}"), tmp_path / "newer", silent)
    head, *_, _last = text.splitlines(keepends=True)
    tables = {"uses", "mandates", "presentations", "pre_applications", "channels", "announcements"}
    kept = re.sub(rb'"schema":"[0-9]+"', b'"schema":"0001"', head)
    decoded = msgspec.json.decode(kept)
    decoded["tables"] = {name: columns for name, columns in decoded["tables"].items() if name in tables}
    rewrite(tmp_path / "older", msgspec.json.encode(decoded) + b"\n{}\n")
    await backups.restore(parse_address(f"sqlite:///{tmp_path / 'b'}"), tmp_path / "older", silent)
    assert (await migrate.status(f"sqlite:///{tmp_path / 'b'}")).current == migrate.newest()


def rewrite(file: Path, text: bytes) -> None:
    """A backup of these lines, with the summary that fits."""
    first, *lines = text.splitlines(keepends=True)[:-1]
    counting = Counting(msgspec.json.decode(first, type=Head).tables)
    for line in lines:
        table, values = msgspec.json.decode(line, type=tuple[str, msgspec.Raw])
        counting.add(table, bytes(values))
    summary = counting.summary()
    summary.sha256 = hashlib.sha256(first + b"".join(lines)).hexdigest()
    file.write_bytes(gzip.compress(first + b"".join(lines) + msgspec.json.encode(summary) + b"\n"))


# ---- damage


@pytest.fixture
async def written(source: Address, tmp_path: Path) -> Path:
    await backups.backup(source, tmp_path / "backup", CLOCK, silent)
    return tmp_path / "backup"


def spoil(file: Path, damage: Callable[[bytes], bytes]) -> None:
    file.write_bytes(damage(file.read_bytes()))


def _cut(data: bytes) -> bytes:
    return data[:-20]


def _changed(data: bytes) -> bytes:
    text = gzip.decompress(data)
    return gzip.compress(text.replace(b'"uses":0', b'"uses":1'))


def _shortened(data: bytes) -> bytes:
    return gzip.compress(b"".join(gzip.decompress(data).splitlines(keepends=True)[:-1]))


@pytest.mark.parametrize(
    "damage",
    [_cut, _changed, _shortened, lambda _: b"", lambda _: b"no gzip", lambda _: gzip.compress(b"{}\n{}\n"),
     lambda _: gzip.compress(b"x" * 100)],
    ids=["cut", "changed", "shortened", "empty", "no-gzip", "another", "one-line"],
)  # fmt: skip
async def test_a_damaged_backup_is_refused_before_anything_is_written(
    written: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    spoil(written, damage)
    target = tmp_path / "target"
    with pytest.raises(BackupUnusable):
        await backups.restore(parse_address(f"sqlite:///{target}"), written, silent)
    assert not target.exists()


def test_every_changed_byte_is_found(written: Path) -> None:
    text = gzip.decompress(written.read_bytes())
    for place in range(0, len(text), 37):
        changed = text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]
        written.write_bytes(gzip.compress(changed, 1))
        with pytest.raises(BackupUnusable):
            verify(written)


async def test_a_file_that_cannot_be_written_or_read_is_named(source: Address, tmp_path: Path) -> None:
    with pytest.raises(BackupUnusable, match=r"backup\.partial cannot be written: No such file"):
        await backups.backup(source, tmp_path / "none" / "backup", CLOCK, silent)
    with pytest.raises(BackupUnusable, match="backup cannot be read: No such file"):
        verify(tmp_path / "backup")


async def test_a_database_of_another_schema_is_not_backed_up(bare_url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="does not have this program's schema"):
        await backups.backup(parse_address(bare_url), tmp_path / "backup", CLOCK, silent)
    assert not (tmp_path / "backup").exists()
