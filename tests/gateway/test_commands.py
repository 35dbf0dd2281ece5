"""The list of commands: quick to read, and true to the modules that are imported only when one is run."""

import inspect
import json
import os
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli import main, seal, share, system
from gateway.cli.deferred import Deferred, defer

HEAVY = {"sqlalchemy", "alembic", "strawberry", "graphql", "zeep", "lxml", "cryptography", "uvicorn"}
"""What takes seconds to import together, and no client needs. (typer itself brings pydantic in.)"""

LOADED = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules}))))
from gateway.cli.main import main
main()
"""


@pytest.mark.parametrize(
    ("words", "status"),
    [
        pytest.param(["--help"], 0, id="help"),
        pytest.param(["system", "--help"], 0, id="help of a group"),
        pytest.param(["seal", "--help"], 0, id="help of a group that reads documents"),
        pytest.param(["system", "list"], 2, id="a client, told that no gateway is named"),
    ],
)
def test_reading_the_help_and_asking_a_gateway_load_none_of_what_serves(words: list[str], status: int) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("YIWANG_")}
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == status, done.stderr
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "typer" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize(
    "command",
    [pytest.param(one, id=one.place) for one in (*main.COMMANDS, *seal.COMMANDS, *share.COMMANDS, *system.COMMANDS)],
)
def test_the_list_says_of_a_command_what_the_command_says_of_itself(command: Deferred) -> None:
    found = command.find()
    own = found.info.help if isinstance(found, typer.Typer) else (inspect.getdoc(found) or "").partition("\n\n")[0]
    assert own == command.help


def test_a_command_that_is_found_late_has_its_own_options_and_errors() -> None:
    app = typer.Typer(add_completion=False)
    defer(app, [Deferred("check", "gateway.cli.rules:check", "?"), Deferred("rules", "gateway.cli.rules:app", "?")])
    for words in (["check"], ["rules", "check"]):
        missing = CliRunner().invoke(app, words)
        assert missing.exit_code == 2
        assert "Missing argument" in missing.stderr
    unknown = CliRunner().invoke(app, ["rules", "chekc"])
    assert unknown.exit_code == 2
    assert "No such command 'chekc'" in unknown.stderr
