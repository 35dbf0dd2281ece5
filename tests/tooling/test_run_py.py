import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import commands, survey, testing
from tools.environment import Environment
from tools.trouble import Trouble

ROOT = Path(__file__).parents[2]


def test_help_names_every_command_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run(["--help"]) == 0
    shown = capsys.readouterr().out
    for command in commands.COMMANDS.values():
        assert command.usage in shown
        assert command.chinese in shown
        assert command.english in shown


@pytest.mark.parametrize("name", ["test", "check", "bench", "soak", "lock"])
def test_every_command_explains_itself_without_an_environment(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run([name, "--help"]) == 0
    assert f"run.py {name}" in capsys.readouterr().out


def test_an_unknown_command_is_refused_with_the_one_that_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run(["dmeo"]) == 2
    assert "did you mean 'demo'?" in capsys.readouterr().err


def test_an_unknown_check_is_refused_with_the_one_that_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run(["check", "typs"]) == 2
    assert "did you mean 'types'?" in capsys.readouterr().err


def test_what_does_not_exist_yet_is_said_and_not_played(tmp_path: Path) -> None:
    for run in (commands.bench, commands.soak):
        with pytest.raises(Trouble, match="does not exist"):
            run(Environment(tmp_path, {}), [])


def test_run_py_starts_from_anywhere_and_needs_nothing_installed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", ROOT / "run.py", "help"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "demo" in done.stdout.decode()


def test_a_stamped_environment_is_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tools").mkdir()
    for name in ("requirements.lock", "pyproject.toml", "tools/build.txt"):
        (tmp_path / name).write_text(name)
    environment = Environment(tmp_path, {})
    made = []

    def make(self: Environment) -> None:
        made.append(self)
        for name in ("python", "yiwang"):
            self.program(name).parent.mkdir(parents=True, exist_ok=True)
            self.program(name).touch()
        (self.home / "run.stamp").write_text(self._digest())

    monkeypatch.setattr(Environment, "_make", make)
    environment.ready()
    environment.ready()
    assert len(made) == 1
    (tmp_path / "requirements.lock").write_text("another")
    environment.ready()
    assert len(made) == 2
    environment.program("yiwang").unlink()
    environment.ready()
    assert len(made) == 3


def test_a_home_that_cannot_be_written_moves_the_cache_into_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert Environment(tmp_path, {"HOME": f"{tmp_path}/file"})._cache() == tmp_path / ".tools" / "cache"
    assert Environment(tmp_path, {})._cache() == tmp_path / ".tools" / "cache"
    assert Environment(tmp_path, {"HOME": f"{tmp_path}/home"})._cache() == tmp_path / "home" / ".cache" / "uv"
    assert Environment(tmp_path, {"UV_CACHE_DIR": "/c"})._cache() == Path("/c")


def test_the_closing_line_counts_every_test(tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    report.write_text('<testsuites><testsuite tests="9" failures="1" errors="2" skipped="3"/></testsuites>')
    assert testing.closing(report, 1) == "3 passed, 3 failed, 3 skipped"
    report.write_text("<broken")
    assert testing.closing(report, 3) == "0 passed, 1 failed"


def test_what_tests_write_is_in_memory_where_there_is_room_and_gone_unless_they_failed(tmp_path: Path) -> None:
    with testing.scratch(tmp_path, room=1) as near, testing.scratch(tmp_path / "none") as other:
        assert near.is_relative_to(tmp_path)
        assert not other.is_relative_to(tmp_path)
        (near / "log").mkdir(parents=True)
        os.mkfifo(near / "pipe")
        testing.keep(near, tmp_path / "kept", wanted=True)
    assert not near.parent.exists()
    assert [one.name for one in (tmp_path / "kept").iterdir()] == ["log"]
    testing.keep(near, tmp_path / "kept", wanted=False)
    assert not (tmp_path / "kept").exists()
    with testing.scratch(tmp_path, room=2**60) as far:
        assert not far.is_relative_to(tmp_path)


def test_long_modules_and_unfinished_places_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "gateway"
    folder.mkdir()
    word = "TO" + "DO"
    (folder / "long.py").write_text("x = 1\n" * 401)
    (folder / "open.py").write_text(
        f'"""{word} in a text is data."""\nx = 1  # {word}: mend\ndef f():\n    raise NotImplementedError\n'
    )
    (folder / "page.md").write_text(f"`{word}` is quoted\n\n```\n{word}\n```\n\n{word}: write\n")
    assert survey.sizes(tmp_path) == ["gateway/long.py: 401 lines, 400 at the most; are these two jobs?"]
    assert [finding.split(" ")[0] for finding in survey.unfinished(tmp_path)] == [
        "gateway/open.py:2:",
        "gateway/open.py:4:",
        "gateway/page.md:7:",
    ]
