"""`yiwang db` and the key that seals what is in the database: what they print, and how they end."""

import asyncio
import base64
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from certs.audit_keys import AuditKeyKind, generate_audit_key, load_signer
from gateway.cli.main import UNUSABLE, app
from gateway.core.errors import ConfigurationInvalid
from gateway.store import migrate
from gateway.store.audit.checkpoints import sealing_of
from gateway.store.audit.opening import opened_audit
from gateway.store.database import database
from gateway.store.tables.audit import checkpoints
from gateway.store.uses import SqlUses
from gateway.system_clock import SystemClock
from tests.audit.samples import an_event
from tests.services.fakes import START
from tests.store.keys import a_cipher
from tests.store.records import a_use

NEWEST = migrate.newest()


class Ended(NamedTuple):
    """How a command ended, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def yiwang(*words: str, url: str | None = None) -> Ended:
    """The command in this process; what operations can mend is said as ``main`` says it."""
    result = CliRunner().invoke(app, list(words), env={"YIWANG_DATABASE": url})
    wrong = result.exception
    if isinstance(wrong, ConfigurationInvalid):
        return Ended(UNUSABLE, result.stdout, str(wrong))
    assert wrong is None or isinstance(wrong, SystemExit), wrong
    return Ended(result.exit_code, result.stdout, result.stderr)


def fill(url: str) -> None:
    async def add() -> None:
        async with database(url, SystemClock()) as db:
            await SqlUses(db, a_cipher()).add(a_use(), START, 1)

    asyncio.run(add())


def test_the_schema_goes_up_and_down_and_its_status_is_told(bare_url: str) -> None:
    before = yiwang("db", "status", url=bare_url)
    assert (before.returncode, f"– → {NEWEST}" in before.stdout, "+ 0001" in before.stdout) == (1, True, True)
    up = yiwang("db", "upgrade", url=bare_url)
    assert (up.returncode, up.stdout) == (0, f"✓ {NEWEST}\n")
    assert yiwang("db", "status", url=bare_url).returncode == 0
    asked = yiwang("db", "downgrade", "0001", url=bare_url)
    assert asked.returncode == 1, "nobody said yes"
    down = yiwang("db", "downgrade", "0001", "--yes", url=bare_url)
    assert (down.returncode, down.stdout) == (0, "✓ 0001\n")
    nowhere = yiwang("db", "upgrade", "--to", "nowhere", url=bare_url)
    assert (nowhere.returncode, "no such revision" in nowhere.stderr) == (2, True)


def test_a_backup_is_restored_and_a_drill_says_that_it_can_be(database_url: str, tmp_path: Path) -> None:
    fill(database_url)
    file, target = tmp_path / "backup", f"sqlite:///{tmp_path / 'target.sqlite'}"
    taken = yiwang("db", "backup", str(file), url=database_url)
    assert (taken.returncode, taken.stdout.splitlines()[-1]) == (0, f"✓ {file}")
    again = yiwang("db", "backup", str(file), url=database_url)
    assert (again.returncode, "exists already" in again.stderr) == (2, True)
    restored = yiwang("db", "restore", str(file), url=target)
    assert restored.returncode == 0, restored.stderr
    twice = yiwang("db", "restore", str(file), url=target)
    assert (twice.returncode, "holds rows already" in twice.stderr) == (2, True)
    drill = yiwang("db", "drill", "--keep", str(tmp_path / "kept"), url=database_url)
    assert (drill.returncode, drill.stdout.splitlines()[-1]) == (0, "✓ 1 行一致 · rows are the same")
    assert [step in drill.stdout for step in ("backup", "restore", "compare")] == [True] * 3
    file.write_bytes(file.read_bytes()[:-9])
    damaged = yiwang("db", "restore", str(file), url=f"sqlite:///{tmp_path / 'other'}")
    assert (damaged.returncode, "cut off" in damaged.stderr) == (2, True)
    assert "Traceback" not in damaged.stderr


@pytest.fixture
def audited(database_url: str, tmp_path: Path) -> Path:
    """The anchors of a gateway that has written one event and gone."""
    sealing = sealing_of(load_signer(generate_audit_key(AuditKeyKind.P256)), 10, tmp_path / "anchors")

    async def write() -> None:
        clock = SystemClock()
        async with database(database_url, clock) as db, opened_audit(db, clock, sealing) as writer:
            await writer.record(an_event(at=clock.now()))

    asyncio.run(write())
    return tmp_path / "anchors"


def test_a_drill_verifies_the_audit_and_what_was_anchored(
    database_url: str, audited: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIWANG_AUDIT_ANCHOR", str(audited.with_name("none-yet")))
    assert yiwang("db", "drill", url=database_url).returncode == 0
    monkeypatch.setenv("YIWANG_AUDIT_ANCHOR", str(audited))
    assert yiwang("db", "drill", url=database_url).returncode == 0

    async def forget() -> None:
        async with database(database_url, SystemClock()) as db, db.writing() as connection:
            await connection.execute(checkpoints.delete())

    asyncio.run(forget())
    drill = yiwang("db", "drill", url=database_url)
    assert (drill.returncode, "has forked or was set back" in drill.stdout) == (1, True)
    audited.write_text("{}\n")
    drill = yiwang("db", "drill", url=database_url)
    assert (drill.returncode, "line 1 of the anchors" in drill.stderr) == (2, True)


def test_what_cannot_be_reached_is_told_without_its_password() -> None:
    away = yiwang("db", "status", url="postgresql://gate:s3cr3t@127.0.0.1:1/a")
    assert (away.returncode, "Traceback" in away.stderr, "s3cr3t" in away.stderr + away.stdout) == (2, False, False)
    unset = yiwang("db", "status")
    assert (unset.returncode, "YIWANG_DATABASE is not set" in unset.stderr) == (2, True)
    wrong = yiwang("db", "status", url="mysql://gate:s3cr3t@h/a")
    assert (wrong.returncode, "s3cr3t" in wrong.stderr) == (2, False)


@pytest.mark.parametrize("content", [None, b"", b"no key\n"])
def test_a_record_key_is_made_once_and_rotated_in_front(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "record.key"
    if content is not None:
        file.write_bytes(content)
        assert yiwang("keys", "record", str(file)).returncode == 2
    assert yiwang("keys", "record", "--rotate", str(file)).returncode == 2
    file.unlink(missing_ok=True)
    assert yiwang("keys", "record", str(file)).returncode == 0
    first = file.read_bytes()
    assert len(base64.b64decode(first)) == 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert yiwang("keys", "record", "--rotate", str(file)).returncode == 0
    lines = file.read_bytes().splitlines(keepends=True)
    assert (len(lines), lines[1]) == (2, first)
    assert file.stat().st_mode & 0o777 == 0o600
