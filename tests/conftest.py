"""Groups of tests that need what a bare machine lacks: skipped without it, named at the end, a failure in CI."""

import os
from collections.abc import Callable
from functools import cache

import pytest

from tools import groups

PROPERTY = "skipped_group"

present: Callable[[str], bool] = cache(groups.present)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests of groups whose needs are not there."""
    for item in items:
        for marker in item.iter_markers("group"):
            name, needs = str(marker.args[0]), str(marker.kwargs["needs"])
            if name not in groups.GROUPS:
                raise pytest.UsageError(f"{item.nodeid}: no group is called {name!r}; add it to tools/groups.py")
            if not present(name):
                # A property of the report travels from a worker to the process that writes the summary.
                item.user_properties.append((PROPERTY, f"{name}: needs {needs}"))
                item.add_marker(pytest.mark.skip(reason=f"group {name} needs {needs}"))


def skipped_groups(reporter: pytest.TerminalReporter) -> dict[str, int]:
    """How many tests of each absent group were skipped, by ``name: needs ...``."""
    counts: dict[str, int] = {}
    for report in reporter.stats.get("skipped", []):
        for name, value in getattr(report, "user_properties", ()):
            if name == PROPERTY:
                counts[str(value)] = counts.get(str(value), 0) + 1
    return counts


def in_ci() -> bool:
    """Whether a skipped group is a failure."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> object:
    """Fail the session in CI for a skipped group."""
    result = yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if in_ci() and reporter and skipped_groups(reporter) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the groups that did not run, and what would let them."""
    counts = skipped_groups(terminalreporter)
    if counts:
        terminalreporter.section("groups that did not run" + (" (a failure in CI)" if in_ci() else ""))
        for group, count in sorted(counts.items()):
            terminalreporter.line(f"{group} ({count} tests)")
