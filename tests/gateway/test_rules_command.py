from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.sandbox.world.generate import World, generate
from gateway.cli.demo.rules import write_rules
from gateway.cli.main import app
from gateway.core.errors import ConfigurationInvalid

OPEN, CLOSED, UNUSABLE = 0, 1, 2


@pytest.fixture(scope="module")
def world() -> World:
    return generate(7, date(2026, 3, 2), size=100)


@pytest.fixture
def book(tmp_path: Path, world: World) -> str:
    write_rules(tmp_path / "rules.toml", world)
    return str(tmp_path / "rules.toml")


def asked(world: World, **changes: str) -> list[str]:
    officer = world.officer
    options = {
        "application": "demo-hall",
        "role": "officer",
        "basis": "STATUTORY",
        "item": world.item,
        "type": world.types[0].code,
        "body": officer.body.code,
        "region": officer.region,
        **changes,
    }
    return [word for name, value in options.items() for word in (f"--{name}", value)]


def test_a_sound_book_is_counted(book: str) -> None:
    done = CliRunner().invoke(app, ["rules", "check", book])
    assert (done.exit_code, "2 个事项" in done.output) == (OPEN, True)


def test_an_unsound_book_is_refused_with_its_reasons(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text("edition = 2\n", "utf-8")
    done = CliRunner().invoke(app, ["rules", "check", str(file)])
    assert isinstance(done.exception, ConfigurationInvalid)


def test_why_names_the_rule_the_mask_and_what_is_missing(book: str, world: World) -> None:
    done = CliRunner().invoke(app, ["rules", "why", book, *asked(world)])
    lines = {line.split()[0]: line for line in done.output.splitlines()}
    assert done.exit_code == OPEN
    assert lines["state"].split()[1:] == ["SHOW", "officers"]
    assert lines["holders.number"].split()[1:] == ["MASK", "officers"]
    assert lines["face"].split()[1] == "WITHHOLD"
    assert "no rule opens this field" in lines["face"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"role": "auditor"}, "no rule opens anything to this role"),
        ({"basis": "HOLDER"}, "no rule opens anything on this basis"),
        ({"region": "429004"}, "not handled in the person's region"),
        ({"item": "unknown"}, "the item is not in the catalogue"),
    ],
)
def test_why_says_which_condition_fails(book: str, world: World, changes: dict[str, str], reason: str) -> None:
    done = CliRunner().invoke(app, ["rules", "why", book, *asked(world, **changes), "--field", "state"])
    assert (done.exit_code, reason in done.output) == (CLOSED, True), done.output


def test_an_unknown_field_is_refused_with_those_there_are(book: str, world: World) -> None:
    done = CliRunner().invoke(app, ["rules", "why", book, *asked(world), "--field", "stat"])
    assert done.exit_code == UNUSABLE
