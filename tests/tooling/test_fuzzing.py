"""`run.py soak fuzz`: changes keep their format's shape, findings are kept once, processes that end are followed."""

import json
import random
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.soak import fuzz
from tests.soak.fuzzing import engine, mutations
from tests.soak.fuzzing.readers import READERS, Reader
from tests.soak.fuzzing.runs import Fuzzing
from tools.environment import Environment


def cut(data: bytes, most: int) -> bytes:
    """Stands for the engine's own change."""
    return data[: min(most, max(1, len(data) - 1))]


@pytest.fixture(autouse=True)
def _handler() -> Iterator[None]:
    before = signal.getsignal(signal.SIGVTALRM)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


def reading(read: object) -> Reader:
    return replace(READERS["ofd"], read=read)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", READERS)
def test_every_reader_takes_what_it_begins_with(name: str, tmp_path: Path) -> None:
    reader = READERS[name]
    seeds = dict(reader.seeds())
    fuzzing = Fuzzing(reader, tmp_path, cut, most=600)
    for seed in seeds.values():
        assert len(seed) <= reader.longest
        fuzzing.one(seed)
    fuzzing.report()
    (status,) = tmp_path.glob("status-*.json")
    said = json.loads(status.read_text("utf-8"))
    assert said["findings"] == {}
    assert said["runs"] == len(seeds)
    assert said["taken"] == len(seeds)


@pytest.mark.parametrize("name", READERS)
def test_changes_are_bounded_and_the_same_again(name: str) -> None:
    reader = READERS[name]
    dice = random.Random(7)
    seeds = [seed for _, seed in reader.seeds() if len(seed) < 10_000][:4]
    different = 0
    for number in range(200):
        seed = dice.choice(seeds)
        once, again = (reader.change(seed, reader.longest, random.Random(number), cut) for _ in range(2))
        assert once == again
        assert len(once) <= reader.longest
        different += once != seed
    assert different > 100


def test_a_changed_element_leaves_the_lengths_around_it_right() -> None:
    data = dict(READERS["seals"].seeds())["seal-4"]
    for number in range(100):
        changed = mutations.change_der(data, 65_536, random.Random(number), lambda one, _: one + b"\0")
        assert mutations._parsed(changed) or changed == data + b"\0"


def test_what_is_no_package_or_no_der_is_changed_by_the_engine() -> None:
    for change in (mutations.change_ofd, mutations.change_der):
        assert change(b"\xff\xff\xff", 10, random.Random(3), cut) == b"\xff\xff"


def test_a_finding_is_kept_once_for_each_place_and_fuzzing_goes_on(tmp_path: Path) -> None:
    def read(data: bytes, _folder: Path) -> bool:
        if data == b"bad":
            raise KeyError("first")
        if data == b"worse":
            raise RecursionError
        return True

    fuzzing = Fuzzing(reading(read), tmp_path, cut)
    for data in (b"bad", b"bad", b"good", b"worse"):
        fuzzing.one(data)
    fuzzing.report()
    found = fuzz.gathered(tmp_path, [0])
    assert found["runs"] == 4
    assert found["taken"] == 1
    assert sorted(found["findings"].values()) == [1, 2]
    inputs = {file.read_bytes() for file in (tmp_path / "findings").glob("*.input")}
    assert inputs == {b"bad", b"worse"}
    (told,) = (tmp_path / "findings").glob("KeyError-*.txt")
    assert "KeyError: 'first'" in told.read_text("utf-8")


def test_an_input_that_never_ends_is_a_finding(tmp_path: Path) -> None:
    def read(_data: bytes, _folder: Path) -> bool:
        while True:
            pass

    fuzzing = Fuzzing(reading(read), tmp_path, cut, most=0.02)
    fuzzing.one(b"x")
    fuzzing.report()
    (finding,) = fuzz.gathered(tmp_path, [])["findings"]
    assert finding.startswith("Hang in ")


def test_a_process_that_an_input_ended_is_followed_by_another_and_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = [77, 0]
    moments = iter([0.0, 0.0, 30.0, 60.0])

    def ended(command: list[str], **_: object) -> SimpleNamespace:
        assert command[2:5] == ["tests.soak.fuzzing.process", "ofd", str(tmp_path.resolve())]
        (tmp_path / "findings").mkdir(exist_ok=True)
        (tmp_path / "findings" / "crash-1").touch()
        return SimpleNamespace(returncode=codes.pop(0))

    monkeypatch.setattr(fuzz, "subprocess", SimpleNamespace(run=ended, DEVNULL=None))
    monkeypatch.setattr(fuzz, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    found = fuzz.fuzz_reader(tmp_path, "ofd", 60, Path("engine"))
    assert found["starts"] == 2
    assert found["findings"] == {"crash-1": 1, "a process ended with 77": 1}


def test_nothing_run_or_anything_found_does_not_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = {"ofd": {"runs": 5, "findings": {}}, "pdf": {"runs": 5, "findings": {"crash-1": 1}}}
    monkeypatch.setattr(fuzz, "engine", lambda _: Path("engine"))
    monkeypatch.setattr(fuzz, "fuzz_reader", lambda _folder, reader, _seconds, _engine: results[reader])
    assert fuzz.fuzz(tmp_path, minutes=1, readers=["ofd"])["holds"]
    assert not fuzz.fuzz(tmp_path, minutes=1, readers=["ofd", "pdf"])["holds"]
    results["ofd"]["runs"] = 0
    assert not fuzz.fuzz(tmp_path, minutes=1, readers=["ofd"])["holds"]


def test_without_the_engine_the_suite_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: Path) -> Path:
        raise engine.EngineMissing("no wheel")

    monkeypatch.setattr(fuzz, "engine", missing)
    assert fuzz.fuzz(tmp_path, minutes=1) == {"reason": "no wheel", "holds": False}


def test_the_engine_is_installed_once_with_its_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    codes = [1, 0]

    def install(command: list[str], **_: object) -> SimpleNamespace:
        commands.append(command)
        Path(command[command.index("--target") + 1]).mkdir(parents=True, exist_ok=True)
        return SimpleNamespace(returncode=codes.pop(0))

    monkeypatch.setattr(Environment, "uv", lambda _: (["uv"], {}))
    monkeypatch.setattr(subprocess, "run", install)
    with pytest.raises(engine.EngineMissing):
        engine.engine(tmp_path)
    folder = engine.engine(tmp_path)
    assert engine.engine(tmp_path) == folder
    assert len(commands) == 2
    assert "--require-hashes" in commands[0]
    assert tmp_path in folder.parents
