"""Groups of tests that need what a bare machine lacks: skipped without it, named at the end, a failure in CI."""

import gc
import logging
import os
import re
from collections.abc import Callable, Generator, Iterator
from functools import cache

import pytest
import structlog

from gateway.web import overload
from tests import thoroughness
from tests.store.databases import (  # noqa: F401 - fixtures of every suite
    any_database,
    bare_url,
    database_url,
    postgres_server,
    sqlite_file,
)
from tests.untraced import covers, load_promised, untraced
from tools import groups

thoroughness.load()

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


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Read the tests without the tracer, and set what they are made of aside: no collection of garbage looks at it."""
    if session.config.pluginmanager.hasplugin("dsession"):  # the process that hands out tests reads none
        return (yield)
    load_promised()
    gc.disable()
    with untraced():
        result = yield
    gc.enable()
    gc.freeze()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run what covers nothing that is promised without coverage's tracer."""
    if covers(item.path):
        return (yield)
    with untraced():
        return (yield)


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


@pytest.fixture(scope="session", autouse=True)
def _never_overloaded() -> Iterator[None]:
    """A gateway of a test is as late as the machine is busy with other tests, and takes everything on all the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overload, "TOO_LATE", 3600.0)
        yield


CITIZEN_NUMBER = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9Xx](?![0-9A-Za-z])")


@pytest.fixture(scope="session", autouse=True)
def _nobody_in_the_logs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Everything that the suite makes the product log is kept, and at the end no citizen's number is in it."""
    kept = tmp_path_factory.mktemp("logs") / "suite.log"
    handler = logging.FileHandler(kept, encoding="utf-8")
    handler.setLevel(logging.WARNING)
    logging.getLogger().addHandler(handler)
    before = structlog.get_config()
    with kept.open("a", encoding="utf-8") as stream:
        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=repr),
            ],
            logger_factory=structlog.WriteLoggerFactory(stream),
            cache_logger_on_first_use=False,
        )
        yield
        structlog.configure(**before)  # a session may run inside another one
    logging.getLogger().removeHandler(handler)
    handler.close()
    found = [place.name for place in tmp_path_factory.getbasetemp().rglob("*.log") if has_citizen(place.read_bytes())]
    assert not found, f"a citizen's number stands in {found}"


def has_citizen(log: bytes) -> bool:
    """Whether something of the shape of a citizen id stands in a log."""
    return CITIZEN_NUMBER.search(log.decode("utf-8", "replace")) is not None
