from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tools import groups

pytest_plugins = ["pytester"]
CONFTEST = (Path(__file__).parents[1] / "conftest.py").read_text("utf-8")
PLAIN = ("-p", "no:randomly", "-p", "no:asyncio")
TESTS = """
import pytest

@pytest.mark.group("php", needs="php-cli and php-soap")
def test_with_php():
    pass

def test_without():
    pass
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.Pytester]:
    """A suite of its own, whose session leaves the log of the one around it as it was."""
    log = structlog.get_config()
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TESTS)
    pytester.makeini("[pytest]\nmarkers =\n  group: groups")
    yield pytester
    assert structlog.get_config() == log


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "present", lambda _name: False)


@pytest.mark.usefixtures("bare")
def test_an_absent_group_is_skipped_and_named_at_the_end(project: pytest.Pytester) -> None:
    result = project.runpytest_inprocess(*PLAIN)
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*groups that did not run*", "php: needs php-cli and php-soap (1 tests)"])
    assert result.ret == 0


@pytest.mark.usefixtures("bare")
def test_an_absent_group_fails_in_ci(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert project.runpytest_inprocess(*PLAIN).ret == 1


def test_a_present_group_runs(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "present", lambda _name: True)
    project.runpytest_inprocess(*PLAIN).assert_outcomes(passed=2)


@pytest.mark.usefixtures("bare")
def test_an_unknown_group_is_refused(project: pytest.Pytester) -> None:
    project.makepyfile(test_typo="import pytest\n@pytest.mark.group('phq', needs='x')\ndef test_it(): pass")
    result = project.runpytest_inprocess(*PLAIN)
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_packages_are_installed_after_an_update_only_where_they_cannot_be_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps: list[str] = []

    def run(arguments: list[str]) -> bool:
        steps.append(arguments[0])
        return len(steps) > 1

    monkeypatch.setattr(groups, "present", lambda _name: False)
    monkeypatch.setattr("tools.groups.shutil.which", lambda _name: "/usr/bin/apt-get")
    monkeypatch.setattr("tools.groups.os.geteuid", lambda: 0)
    assert groups.install(["php"], run) == []
    assert steps == ["install", "update", "install"]
    assert groups.install(["php"], lambda _arguments: False) == ["apt-get could not install php-cli php-soap"]
    monkeypatch.setattr("tools.groups.os.geteuid", lambda: 1000)
    assert groups.install(["php"], lambda _arguments: pytest.fail("asked for root's work")) == []
