"""`yiwang system list`: how the systems of a running gateway fare, once or as a live board."""

import json
import sys
import threading
from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer
from rich.console import Group
from rich.live import Live

from gateway.cli.console import out
from gateway.cli.language import terminal_language
from gateway.cli.remote import Remote
from gateway.cli.system_board import Board, System
from gateway.core.clock import Clock
from gateway.core.errors import ConfigurationInvalid
from gateway.core.text import Language, Text
from gateway.system_clock import SystemClock

POLL_SECONDS: Final = 2.0
_QUERY: Final = """
query Systems($state: SystemState, $region: RegionCode) {
  systems(state: $state, region: $region, first: 200) {
    nodes {
      code title level regions state serves
      health { since state lastSuccess lastError fault p95Milliseconds errorShare meanwhile }
      notice { id kind text begins ends }
      maintenance { id text begins ends }
      noticeVersion
    }
  }
}
"""
_SUBSCRIPTION: Final = "subscription { systemHealth { to } }"
_STATES: Final = ("UP", "DEGRADED", "DOWN", "DISABLED", "UNKNOWN")
_AWAY: Final = Text("网关没有应答，以下为此前的情况", "the gateway does not answer; this is how it was")


def list_systems(
    *,
    state: Annotated[str | None, typer.Option(help="只列此状态 · only those in this state")] = None,
    region: Annotated[str | None, typer.Option(help="只列服务此地区的 · only those that serve this region")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="持续显示，Ctrl-C 结束 · go on until Ctrl-C")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出 · print JSON")] = False,
) -> None:
    """接入系统的运行状况 · How the systems fare: state, last answer, errors, whose fault.

    Asks the gateway of YIWANG_URL with the token of YIWANG_TOKEN. With --watch on a terminal it is a live board,
    elsewhere a line for every change of state.
    """
    if state is not None and state.upper() not in _STATES:
        raise ConfigurationInvalid(f"there is no state {state}", f"use one of {', '.join(_STATES)}")
    ask = Asking(Remote.of_environment(), state.upper() if state else None, region)
    if as_json and watch:
        raise ConfigurationInvalid("--watch and --json do not go together", "leave one away")
    systems = ask()
    if as_json:
        typer.echo(json.dumps(systems, ensure_ascii=False, indent=2))
        return
    if watch:
        watching = Watching(ask, terminal_language(), SystemClock())
        try:
            watching.draw(systems) if sys.stdout.isatty() else watching.tell(systems)
        except KeyboardInterrupt:
            return
    for line in Board(terminal_language(), out.width).lines(systems, SystemClock().now()):
        out.print(line)


class Asking:
    """Asks a gateway for its systems, again and again, and hears that something has changed."""

    def __init__(self, remote: Remote, state: str | None, region: str | None) -> None:
        self._remote = remote
        self._variables = {"state": state, "region": region}

    def __call__(self) -> Sequence[System]:
        """The systems now; raises ConfigurationInvalid."""
        nodes: list[dict[str, Any]] = self._remote.ask(_QUERY, self._variables)["systems"]["nodes"]
        return nodes

    def listen(self, changed: threading.Event) -> None:
        """Set ``changed`` at every change of state, until the subscription ends; without one nothing is heard."""
        for _ in self._remote.listen(_SUBSCRIPTION):
            changed.set()


class Watching:
    """Shows systems until the process is interrupted.

    Args:
        ask: asks for them.
        language: the reader's.
        clock: by which ages are told.
        rounds: how often it looks; None for ever.
    """

    def __init__(self, ask: Asking, language: Language, clock: Clock, rounds: int | None = None) -> None:
        self._ask = ask
        self._language = language
        self._clock = clock
        self._rounds = rounds
        self._changed = threading.Event()
        threading.Thread(target=ask.listen, args=(self._changed,), daemon=True).start()

    def draw(self, systems: Sequence[System]) -> None:
        """A board that is drawn anew in place, at every change and every two seconds."""
        note = ""
        with Live(console=out, auto_refresh=False, screen=True) as live:
            while True:
                board = Board(self._language, out.width)
                live.update(Group(*board.lines(systems, self._clock.now(), note)), refresh=True)
                if self._is_over():
                    return
                found = self._look()
                note = _AWAY.render(self._language) if found is None else ""
                systems = systems if found is None else found

    def tell(self, systems: Sequence[System]) -> None:
        """A line for every system at first, then one for every change."""
        board = Board(self._language, out.width)
        states: dict[str, str] = {}
        while True:
            for system in systems:
                code, before = system["code"], states.get(system["code"], "…")
                if before != system["state"]:
                    typer.echo(board.change(system, before, self._clock.now()))
                    sys.stdout.flush()
                states[code] = system["state"]
            if self._is_over():
                return
            systems = self._look() or systems

    def _is_over(self) -> bool:
        if self._rounds is not None:
            self._rounds -= 1
        return self._rounds == 0

    def _look(self) -> Sequence[System] | None:
        """The systems a little later, or at once if one has changed; None if the gateway does not answer."""
        self._changed.wait(POLL_SECONDS)
        self._changed.clear()
        try:
            return self._ask()
        except ConfigurationInvalid:
            return None
