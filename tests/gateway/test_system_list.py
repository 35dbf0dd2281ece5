"""`yiwang system list`, `disable`, `enable` and `maintenance` against a scripted gateway, and the board itself."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner, Result

from gateway.cli import system_list
from gateway.cli.main import app
from gateway.cli.remote import Remote
from gateway.cli.system_board import Board
from gateway.cli.system_list import Asking, Watching
from gateway.core.errors import ConfigurationInvalid
from gateway.core.text import Language
from gateway.system_clock import SystemClock

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
TOKEN = "canary-token"


def system(code: str, state: str = "UP", **changes: Any) -> dict[str, Any]:
    health = {
        "since": (NOW - timedelta(minutes=5)).isoformat(),
        "lastSuccess": (NOW - timedelta(seconds=3)).isoformat(),
        "lastError": None,
        "fault": None,
        "p95Milliseconds": 41.7,
        "errorShare": 0.0125,
    }
    health.update({key: changes.pop(key) for key in list(changes) if key in health})
    return {"code": code, "state": state, "health": health, "notice": None, "maintenance": [], **changes}


DOWN = system("bus", "DOWN", lastError="UNAVAILABLE: the connection was refused", fault="NETWORK", lastSuccess=None)
OFF = system(
    "city",
    "DISABLED",
    notice={"id": "n", "text": "数据迁移\x1b[31m", "ends": (NOW + timedelta(hours=2)).isoformat()},
    maintenance=[
        {"id": "w", "text": "例行", "begins": NOW.isoformat(), "ends": (NOW + timedelta(hours=1)).isoformat()}
    ],
)


class Gateway:
    """Answers GraphQL by a function and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], dict[str, Any]] = lambda _: {
            "data": {"systems": {"nodes": [system("acceptance"), DOWN, OFF]}}
        }
        self.events = b""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                content = outer.events
                if "event-stream" not in self.headers["accept"]:
                    outer.asked.append(body)
                    content = json.dumps(outer.answer(body)).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    running = Gateway()
    monkeypatch.setenv("YIWANG_URL", running.url)
    monkeypatch.setenv("YIWANG_TOKEN", TOKEN)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    yield running
    running.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["system", *arguments])


# ---- the board


def drawn(*systems: dict[str, Any], language: Language = Language.EN, width: int = 80) -> list[str]:
    return [line.plain for line in Board(language, width).lines(systems, NOW)]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_board_fits_its_width_whatever_systems_say(language: Language, width: int) -> None:
    long = system("x" * 40, "DEGRADED", lastError="很长的说明" * 60, fault="THEIRS")
    assert all(
        cell_len(line) <= width for line in drawn(system("acceptance"), DOWN, OFF, long, language=language, width=width)
    )


def test_trouble_comes_first_and_is_told_in_words_not_in_colour_alone() -> None:
    lines = drawn(system("acceptance"), OFF, DOWN)
    assert [line.split()[0] for line in lines[3:] if not line.startswith(" ")] == ["bus", "city", "acceptance"]
    assert lines[3].split() == ["bus", "✗", "DOWN", "5m", "never", "42", "ms", "1.2%", "NETWORK"]
    assert lines[4].strip() == "UNAVAILABLE: the connection was refused"
    assert lines[0].startswith("3 systems  ✗ DOWN 1  – DISABLED 1  ✓ UP 1  12:00:00")


def test_a_notice_is_shown_with_its_end_and_nothing_that_a_terminal_obeys() -> None:
    lines = drawn(OFF, language=Language.ZH)
    assert lines[4] == "    数据迁移 [31m  至 03-02 14:00"
    assert lines[5] == "    维护 03-02 12:00–03-02 13:00：例行"


def test_columns_of_chinese_stand_below_each_other() -> None:
    lines = drawn(system("a"), system("bb", "DEGRADED", fault="OURS", lastError="x"), language=Language.ZH)
    places = {cell_len(line[: line.index(mark)]) for line, mark in ((lines[3], "!"), (lines[5], "✓"))}
    assert len(places) == 1


# ---- the commands


def test_the_list_is_printed_once(gateway: Gateway) -> None:
    result = run("list", "--state", "down", "--region", "420100")
    assert result.exit_code == 0
    assert "✗ DOWN" in result.stdout
    assert gateway.asked[0]["variables"] == {"state": "DOWN", "region": "420100"}


def test_json_is_what_the_gateway_said(gateway: Gateway) -> None:
    assert json.loads(run("list", "--json").stdout)[1] == DOWN
    assert len(gateway.asked) == 1


def test_a_state_that_is_none_and_two_forms_at_once_are_refused(gateway: Gateway) -> None:
    assert isinstance(run("list", "--state", "tired").exception, ConfigurationInvalid)
    assert isinstance(run("list", "--watch", "--json").exception, ConfigurationInvalid)
    assert gateway.asked == []


def test_watching_without_a_terminal_prints_a_line_for_every_change_and_survives_an_outage(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_list, "POLL_SECONDS", 0.01)
    answers: list[dict[str, Any]] = [{"errors": []}, {"data": {"systems": {"nodes": [DOWN, system("city")]}}}]
    gateway.answer = lambda _: answers.pop(0)
    watching = Watching(Asking(Remote.of_environment(), None, None), Language.EN, SystemClock(), rounds=3)
    watching.tell([system("bus"), system("city")])
    told = [line.split("  ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    assert told == [
        "bus  … → UP",
        "city  … → UP",
        "bus  UP → DOWN  NETWORK  UNAVAILABLE: the connection was refused",
    ]


def test_watching_on_a_terminal_draws_in_place_and_says_when_the_gateway_is_away(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system_list, "POLL_SECONDS", 0.01)
    gateway.answer = lambda _: {"errors": []}
    drawn_boards: list[str] = []

    class Live:
        def __init__(self, **_: object) -> None: ...
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...
        def update(self, group: Any, **_: object) -> None:
            drawn_boards.append("\n".join(line.plain for line in group.renderables))

    monkeypatch.setattr(system_list, "Live", Live)
    Watching(Asking(Remote.of_environment(), None, None), Language.EN, SystemClock(), rounds=2).draw([DOWN])
    assert "does not answer" not in drawn_boards[0]
    assert "the gateway does not answer; this is how it was" in drawn_boards[1]
    assert "✗ DOWN" in drawn_boards[1]
    assert capsys.readouterr().out == ""


def test_a_change_is_heard_over_the_subscription(gateway: Gateway) -> None:
    gateway.events = b':\n\nevent: next\ndata: {"data": {}}\n\nevent: complete\ndata:\n\n'
    changed = threading.Event()
    Asking(Remote.of_environment(), None, None).listen(changed)
    assert changed.is_set()


def test_ctrl_c_ends_watching_cleanly(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Watching, "tell", interrupted)
    result = run("list", "--watch")
    assert (result.exit_code, result.stdout) == (0, "")
    assert gateway.asked


# ---- closing


def closing(gateway: Gateway, problems: tuple[dict[str, str], ...] = ()) -> None:
    def answer(body: dict[str, Any]) -> dict[str, Any]:
        if "noticeVersion" in body["query"]:
            known = body["variables"]["code"] == "city"
            return {"data": {"system": {"noticeVersion": 7, "maintenance": []} if known else None}}
        return {"data": {"done": {"system": {"code": "city", "state": "DISABLED"}, "problems": list(problems)}}}

    gateway.answer = answer


def test_a_system_is_disabled_on_the_version_that_is_there(gateway: Gateway) -> None:
    closing(gateway)
    result = run("disable", "city", "--notice-zh", "迁移", "--notice-en", "moving", "--until", "2026-03-02T20:00")
    assert (result.exit_code, result.stderr) == (0, "✓ city DISABLED\n")
    assert gateway.asked[1]["variables"]["input"] == {
        "code": "city",
        "expectedVersion": 7,
        "noticeZh": "迁移",
        "noticeEn": "moving",
        "until": "2026-03-02T12:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        (("enable", "city"), {}),
        (("maintenance", "city", "--cancel", "w1"), {"window": "w1"}),
        (
            ("maintenance", "city", "--from", "2026-03-02T20:00+08:00", "--to", "2026-03-02T13:00Z"),
            {
                "noticeZh": "系统维护",
                "noticeEn": "maintenance",
                "begins": "2026-03-02T12:00:00+00:00",
                "ends": "2026-03-02T13:00:00+00:00",
            },
        ),
    ],
    ids=["enable", "cancel", "plan"],
)
def test_it_is_enabled_maintained_and_let_alone_again(
    gateway: Gateway, arguments: tuple[str, ...], values: dict[str, str]
) -> None:
    closing(gateway)
    assert run(*arguments).exit_code == 0
    assert gateway.asked[1]["variables"]["input"] == {"code": "city", "expectedVersion": 7, **values}


def test_problems_are_told_in_the_gateways_words(gateway: Gateway) -> None:
    closing(gateway, ({"message": "changed", "remedy": "read again"},))
    error = run("enable", "city").exception
    assert isinstance(error, ConfigurationInvalid)
    assert (error.what, error.remedy) == ("changed", "read again")


@pytest.mark.parametrize(
    "arguments",
    [("enable", "mars"), ("maintenance", "city"), ("maintenance", "city", "--from", "soon", "--to", "later")],
    ids=["unknown", "no window", "no instant"],
)
def test_what_cannot_be_done_is_said(gateway: Gateway, arguments: tuple[str, ...]) -> None:
    closing(gateway)
    assert isinstance(run(*arguments).exception, ConfigurationInvalid)
