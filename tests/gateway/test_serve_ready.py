"""What `yiwang serve` says once it is up, and why it cannot be."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import adapters.systems
from certs.audit_keys import generate_audit_key
from certs.id_sealer import AesSivIdSealer
from certs.record_cipher import AesGcmRecordCipher
from certs.tokens import DevelopmentIssuer
from gateway.cli.files import write_private
from gateway.cli.issuers import write_issuers
from gateway.cli.serve import announce
from gateway.core.system import Health, SystemState, SystemView
from gateway.system_clock import SystemClock

MANIFESTS = Path(adapters.systems.__path__[0]).resolve()
SERVES = 'serves = { ports = ["LicenceSource"], regions = ["420100"], types = ["*"], issuers = ["*"] }'
SETTINGS = ("app-key", "app-secret", "account", "username", "password", "access-id", "access-token")
"""What the systems of these tests are given beside their address, together."""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Settings of a gateway with a system that opens, one whose host is not allowed, and one whose hosts are none."""
    systems = [
        f'[[system]]\nmanifest = "{MANIFESTS}/{code}"\nhosts = ["{host}"]\n{SERVES}\n'
        '[system.settings]\nurl = "http://10.0.0.1/v1"\n' + "".join(f'{name} = "made-up"\n' for name in SETTINGS)
        for code, host in (
            ("city-licences", "10.0.0.1"),
            ("civil-register", "10.0.0.2"),
            ("province-licences", "no host"),
        )
    ]
    write_private(tmp_path / "systems.toml", "\n".join(systems).encode())
    write_private(tmp_path / "id.key", AesSivIdSealer.generate_key())
    write_issuers(tmp_path, DevelopmentIssuer.generate(SystemClock()))
    write_private(tmp_path / "record.key", AesGcmRecordCipher.generate_key())
    (tmp_path / "rules.toml").write_text("edition = 1\n")
    named = {"SYSTEMS": "systems.toml", "ID_KEY": "id.key", "ISSUERS": "issuers.toml", "RULES": "rules.toml"}
    write_private(tmp_path / "audit.key", generate_audit_key())
    named |= {"RECORD_KEY": "record.key", "AUDIT_KEY": "audit.key"}
    settings = {f"YIWANG_{name}": str(tmp_path / file) for name, file in named.items()}
    settings["YIWANG_DATABASE"] = f"sqlite:///{tmp_path / 'gateway.sqlite'}"
    return {**os.environ, **settings, "YIWANG_MODE": "development", "YIWANG_PORT": "0", "YIWANG_OPS_PORT": "0"}


def test_opened_and_failed_systems_are_counted_apart_and_one_event_says_it_is_ready(
    environment: dict[str, str],
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "serve"], env=environment, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stderr is not None
            lines = []
            for line in running.stderr:
                lines.append(line)
                if "serve.ready" in line:
                    break
            running.send_signal(signal.SIGTERM)
            lines += running.communicate(timeout=240)[1].splitlines(keepends=True)
        finally:
            running.kill()
    [ready] = [json.loads(line) for line in lines if "serve.ready" in line]
    assert ready["opened"] == ["city-licences"]
    assert list(ready["failed"]) == ["civil-register", "province-licences"]
    assert "allowed hosts" in ready["failed"]["civil-register"]
    assert ready["failed"]["province-licences"].startswith("hosts of province-licences: ")
    assert not ready["address"].endswith(":0/graphql")
    told = [line for line in lines if not line.startswith("{")]
    assert told[0] == f"✓ {ready['address']} · systems: 1 opened, 2 failed\n"
    assert told[1] == f"✗ civil-register: {ready['failed']['civil-register']}\n"


def test_reasons_are_shown_as_they_are_whatever_brackets_they_hold(capsys: pytest.CaptureFixture[str]) -> None:
    down = Health(since=SystemClock().now(), state=SystemState.DOWN, last_error="the url [/v1] is none")
    view = SystemView(
        code="city",
        title_zh="库",
        title_en="library",
        level="city",
        regions=(),
        state=SystemState.DOWN,
        health=down,
        active_version=None,
        serves=(),
    )
    with capture_logs() as logs:
        announce("http://127.0.0.1:1/graphql", [view])
    assert "systems: 0 opened, 1 failed\n✗ city: the url [/v1] is none\n" in capsys.readouterr().err
    assert [entry["event"] for entry in logs] == ["serve.ready"]


def test_a_port_in_use_is_told_with_a_remedy(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "gateway.cli", "serve"],
            env={**environment, "YIWANG_PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert done.returncode == 2
    assert f"port {port} of 127.0.0.1 cannot be opened" in done.stderr
    assert "YIWANG_PORT" in done.stderr
    assert "serve.ready" not in done.stderr
