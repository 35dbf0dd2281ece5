"""`yiwang audit`: export, verify and prune on a real database; and an export checked by hand, as the page says."""

import os
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from certs.audit_keys import AuditKeyKind, generate_audit_key, load_signer
from gateway.cli.main import app
from gateway.core.audit.container import unpack
from gateway.core.errors import ConfigurationInvalid
from gateway.store.audit.checkpoints import Sealing
from gateway.store.audit.opening import opened_audit
from gateway.store.database import database
from gateway.system_clock import SystemClock
from tests.audit.samples import AuditClock, an_event

PAGE = Path(__file__).parents[2] / "docs/how-to/verify-audit.md"
KEYS = {kind: generate_audit_key(kind) for kind in AuditKeyKind}


@pytest.fixture(params=list(AuditKeyKind))
def kind(request: pytest.FixtureRequest) -> AuditKeyKind:
    return AuditKeyKind(request.param)


@pytest.fixture
async def folder(tmp_path: Path, sqlite_file: Path, kind: AuditKeyKind, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a gateway has written events, years ago and today; the settings name its files."""
    shutil.copyfile(sqlite_file, tmp_path / "gateway.sqlite")
    (tmp_path / "audit.key").touch(0o600)
    (tmp_path / "audit.key").write_bytes(KEYS[kind])
    for name in list(os.environ):
        if name.startswith("YIWANG_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("YIWANG_DATABASE", f"sqlite:///{tmp_path / 'gateway.sqlite'}")
    monkeypatch.setenv("YIWANG_AUDIT_KEY", str(tmp_path / "audit.key"))
    monkeypatch.setenv("YIWANG_AUDIT_ANCHOR", str(tmp_path / "audit.anchors"))
    sealing = Sealing(signer=load_signer(KEYS[kind]), every=timedelta(minutes=10), anchors=tmp_path / "audit.anchors")
    for clock in (AuditClock(SystemClock().now() - timedelta(days=365 * 5)), SystemClock()):
        async with (
            database(f"sqlite:///{tmp_path / 'gateway.sqlite'}", clock) as opened,
            opened_audit(opened, clock, sealing) as writer,
        ):
            for event in ("licences.fetched", "caller.refused", "licences.fetched"):
                await writer.record(an_event(event, at=clock.now()))
    return tmp_path


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["audit", *map(str, arguments)])
    if isinstance(result.exception, ConfigurationInvalid):
        return 2, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_an_export_verifies_and_a_changed_one_does_not(folder: Path, kind: AuditKeyKind) -> None:
    public = folder / "public.pem"
    public.write_text(load_signer(KEYS[kind]).public_pem)
    target = folder / "all.zip"
    assert run("export", "--from", "2000-01-01", target)[0] == 0
    assert target.stat().st_mode & 0o077 == 0
    status, report = run("verify", target, "--anchor", folder / "audit.anchors", "--key", public)
    assert (status, "VALID" in report) == (0, True)
    data = target.read_bytes()
    place = data.index(b"licences.fetched")
    target.write_bytes(data[:place] + b"L" + data[place + 1 :])
    assert run("verify", target)[0] == 1


def test_a_folder_verifies_like_a_zip_and_reports_as_json(folder: Path) -> None:
    target = folder / "part"
    assert (
        run("export", "--from", "2000-01-01", "--kind", "licences.fetched", "--application", "portal", target)[0] == 0
    )
    status, report = run("verify", "--json", target)
    assert status == 0
    told = msgspec.json.decode(report)
    assert told["verdict"] == "VALID"
    assert [step["name"] for step in told["steps"]][:2] == ["files", "manifest"]
    (target / "note.txt").write_text("x")
    assert run("verify", target)[0] == 1
    (target / "note.txt").unlink()
    (target / "link").symlink_to(target / "README.md")
    assert run("verify", target)[0] == 1


def test_timestamps_are_examined_where_anchors_are_named(folder: Path) -> None:
    target = folder / "part"
    assert run("export", "--from", "2000-01-01", target)[0] == 0
    anchors = folder / "anchors"
    anchors.mkdir()
    status, report = run("verify", "--tsa-trust", anchors, target)
    assert (status, "no checkpoint bears a timestamp" in report) == (1, True)
    assert run("verify", "--tsa-trust", folder / "missing", target)[0] == 2
    stamped = next((target / "checkpoints").glob("*.json"))
    (target / "checkpoints" / f"{stamped.name}.tst").write_bytes(b"token")
    assert "were not examined" in run("verify", target)[1]


def test_an_export_is_an_event_with_the_account_that_made_it(folder: Path) -> None:
    run("export", "--from", "2000-01-01", "--to", "2100-01-01", folder / "one.zip")
    entries = unpack((folder / "one.zip").read_bytes())["entries.jsonl"].decode()
    assert '"kind":"audit.exported"' in entries
    assert '"role":"command"' in entries


def test_what_is_expired_is_removed_and_the_rest_verifies(folder: Path) -> None:
    status, said = run("prune", "--dry-run")
    assert (status, "can be removed" in said) == (0, True)
    count = len([line for line in said.splitlines() if line.startswith("✓")])
    assert count == 2  # SECURITY and TECHNICAL of five years ago; USE is kept for six
    status, said = run("prune")
    assert len([line for line in said.splitlines() if line.startswith("✓")]) == count
    assert "0 个分区" in run("prune")[1]
    assert run("export", "--from", "2000-01-01", folder / "rest.zip")[0] == 0
    assert run("verify", folder / "rest.zip")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "--from", "never", "new.zip"), "--from is no instant"),
        (("export", "--from", "2000-01-01", "--kind", "none", "new.zip"), "no kind of event"),
        (("export", "--from", "2000-01-01", "."), "exists already"),
        (("verify", "none.zip"), "No such file"),
    ],
    ids=["instant", "kind", "target", "file"],
)
def test_what_cannot_be_done_is_said(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    status, _ = run(*arguments)
    assert status == 2


def test_settings_that_are_missing_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIWANG_MODE", "development")
    monkeypatch.delenv("YIWANG_AUDIT_KEY")
    assert "YIWANG_AUDIT_KEY is not set" in run("export", "--from", "2000-01-01", folder / "new.zip")[1]
    monkeypatch.setenv("YIWANG_AUDIT_YEARS", "USE=1")
    assert "YIWANG_AUDIT_YEARS" in run("prune")[1]
    monkeypatch.delenv("YIWANG_AUDIT_YEARS")
    monkeypatch.setenv("YIWANG_DATABASE", f"sqlite:///{folder / 'other.sqlite'}")
    assert "schema" in run("prune")[1]


def test_files_that_are_none_are_unusable(folder: Path) -> None:
    wrong = folder / "wrong"
    wrong.write_bytes(b"nothing")
    assert run("verify", wrong)[0] == 2
    run("export", "--from", "2000-01-01", folder / "good.zip")
    assert run("verify", folder / "good.zip", "--anchor", wrong)[0] == 2
    assert run("verify", folder / "good.zip", "--key", wrong)[0] == 2


# ---- by hand


def _by_hand(folder: Path) -> subprocess.CompletedProcess[str]:
    (script,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )


def _openssl(folder: Path, kind: AuditKeyKind) -> str:
    (shell,) = re.findall(r"```\n(cd march\n.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    shell = shell.removeprefix("cd march\n").replace("python3", sys.executable)
    if kind is AuditKeyKind.SM2:
        shell = shell.replace("-sha256", "-sm3 -sigopt distid:1234567812345678")
    done = subprocess.run(["sh", "-c", shell], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout


@pytest.mark.parametrize("arguments", [(), ("--kind", "licences.fetched")], ids=["all", "part"])
def test_the_page_checks_an_export_with_nothing_but_python(folder: Path, arguments: tuple[str, ...]) -> None:
    target = folder / "march"
    run("export", "--from", "2000-01-01", *arguments, target)
    done = _by_hand(target)
    assert done.returncode == 0, done.stderr
    assert "entries are proven" in done.stdout
    for name in ("entries.jsonl", "chains.jsonl", "manifest.json"):
        whole = (target / name).read_bytes()
        place = len(whole) // 2
        (target / name).write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert _by_hand(target).returncode != 0 or name == "manifest.json"  # which the signature guards
        (target / name).write_bytes(whole)


@pytest.mark.group("openssl", needs="openssl 3 with SM2")
def test_openssl_checks_the_signatures(folder: Path, kind: AuditKeyKind) -> None:
    target = folder / "march"
    run("export", "--from", "2000-01-01", target)
    said = _openssl(target, kind)
    assert "Verified OK" in said
    assert "failure" not in said.lower()
    assert said.count("Verified OK") == 1 + len(list(target.glob("checkpoints/*.json")))
    (target / "manifest.json").write_bytes((target / "manifest.json").read_bytes() + b" ")
    assert "failure" in _openssl(target, kind).lower()
