"""The board of systems as text: one line a system, in words and colours, and what is wrong below it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.text import Text as Line

from gateway.core.clock import CHINA
from gateway.core.text import Language, Text

NARROWEST: Final = 60
_GAP: Final = "  "


class _State(msgspec.Struct, frozen=True):
    mark: str
    name: Text
    style: str


_STATES: Final[Mapping[str, _State]] = {
    "DOWN": _State("✗", Text("中断", "DOWN"), "bold red"),
    "DEGRADED": _State("!", Text("降级", "DEGRADED"), "bold yellow"),
    "DISABLED": _State("–", Text("停用", "DISABLED"), "cyan"),
    "UNKNOWN": _State("?", Text("未知", "UNKNOWN"), "magenta"),
    "UP": _State("✓", Text("正常", "UP"), "green"),
}
"""By GraphQL's name, the worst first; a mark and a word each, so that colour is never needed."""

_FAULTS: Final[Mapping[str, Text]] = {
    "THEIRS": Text("对方", "THEIRS"),
    "OURS": Text("我方", "OURS"),
    "NETWORK": Text("网络", "NETWORK"),
}
_HEADINGS: Final = (
    Text("系统", "SYSTEM"),
    Text("状态", "STATE"),
    Text("持续", "SINCE"),
    Text("上次应答", "ANSWERED"),
    Text("P95", "P95"),
    Text("失败", "ERRORS"),
    Text("责任方", "CULPRIT"),
)
_RIGHT: Final = frozenset({2, 3, 4, 5})
_AGO: Final = Text("{span}前", "{span} ago")
_NEVER: Final = Text("从未", "never")
_UNTIL: Final = Text("至 {until}", "until {until}")
_PLANNED: Final = Text("维护 {begins}–{ends}：{text}", "maintenance {begins}–{ends}: {text}")
_COUNTED: Final = Text("{count} 个系统", "{count} systems")
_SPANS: Final = ((86_400, "d"), (3_600, "h"), (60, "m"))
_HEALTHY: Final = frozenset({"UP", "UNKNOWN"})

System = Mapping[str, Any]
"""A system as GraphQL gives it."""


class Board:
    """Writes the board for readers of a language at so many columns."""

    def __init__(self, language: Language, width: int) -> None:
        self._language = language
        self._width = max(width, NARROWEST)

    def lines(self, systems: Sequence[System], now: datetime, note: str = "") -> Iterator[Line]:
        """Summary, headings, and the systems: those in trouble first.

        Args:
            systems: what GraphQL gave.
            now: by which ages are told.
            note: what stands at the end of the summary.
        """
        yield self._cut(self._summary(systems, now, note))
        yield Line("")
        order = list(_STATES)
        rows = [self._cells(system, now) for system in systems]
        headings = tuple(heading.render(self._language) for heading in _HEADINGS)
        widths = [max(cell_len(row[place]) for row in (headings, *rows)) for place in range(len(headings))]
        yield self._row(headings, widths, "bold")
        ranked = sorted(zip(systems, rows, strict=True), key=lambda one: (order.index(one[0]["state"]), one[0]["code"]))
        for system, cells in ranked:
            yield self._row(cells, widths, _STATES[system["state"]].style)
            yield from (self._cut(Line(f"    {remark}", style)) for remark, style in self._remarks(system))

    def change(self, system: System, before: str, now: datetime) -> str:
        """A change of state in one line, for logs."""
        parts = [now.isoformat(timespec="seconds"), system["code"], f"{before} → {system['state']}"]
        if system["state"] not in _HEALTHY:
            parts += [system["health"]["fault"] or "", *(remark for remark, _ in self._remarks(system))]
        return _GAP.join(filter(None, parts))

    def _summary(self, systems: Sequence[System], now: datetime, note: str) -> Line:
        line = Line(_COUNTED.render(self._language, count=len(systems)), "bold")
        for name, state in _STATES.items():
            count = sum(system["state"] == name for system in systems)
            if count:
                line.append(f"{_GAP}{state.mark} {state.name.render(self._language)} {count}", state.style)
        line.append(f"{_GAP}{now.astimezone(CHINA):%H:%M:%S}", "dim")
        if note:
            line.append(f"{_GAP}{note}", "bold red")
        return line

    def _cells(self, system: System, now: datetime) -> tuple[str, ...]:
        health = system["health"]
        state = _STATES[system["state"]]
        answered, p95, share = health["lastSuccess"], health["p95Milliseconds"], health["errorShare"]
        in_trouble = system["state"] in {"DOWN", "DEGRADED"}
        ago = _NEVER.render(self._language)
        if answered is not None:
            ago = _AGO.render(self._language, span=_span(now - _instant(answered)))
        return (
            system["code"],
            f"{state.mark} {state.name.render(self._language)}",
            _span(now - _instant(health["since"])),
            ago,
            "–" if p95 is None else f"{p95:.0f} ms",
            "–" if share is None else f"{share:.1%}",
            _FAULTS[health["fault"]].render(self._language) if in_trouble and health["fault"] else "",
        )

    def _remarks(self, system: System) -> Iterator[tuple[str, str]]:
        """What is to be said of a system besides its figures, and in which style."""
        notice, health = system["notice"], system["health"]
        if notice is not None:
            until = _UNTIL.render(self._language, until=_short(notice["ends"])) if notice["ends"] else ""
            yield _GAP.join(filter(None, (_plain(notice["text"]), until))), "cyan"
        elif system["state"] in {"DOWN", "DEGRADED"}:
            yield _plain(health["lastError"] or ""), "default"
        for window in system["maintenance"]:
            if notice is None or window["id"] != notice["id"]:
                yield self._planned(window), "dim"

    def _planned(self, window: System) -> str:
        return _PLANNED.render(
            self._language, begins=_short(window["begins"]), ends=_short(window["ends"]), text=_plain(window["text"])
        )

    def _row(self, cells: Sequence[str], widths: Sequence[int], style: str) -> Line:
        padded = [
            " " * (width - cell_len(cell)) + cell if place in _RIGHT else set_cell_size(cell, width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        line = Line(padded[0])
        for place, cell in enumerate(padded[1:], start=1):
            line.append(_GAP)
            line.append(cell, style if place in {1, 6} or style == "bold" else "")
        line.rstrip()
        return self._cut(line)

    def _cut(self, line: Line) -> Line:
        line.truncate(self._width, overflow="ellipsis")
        return line


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _short(text: str) -> str:
    """The moment in China, to the minute."""
    return f"{_instant(text).astimezone(CHINA):%m-%d %H:%M}"


def _span(span: timedelta) -> str:
    """A duration in its largest unit: 45s, 12m, 3h, 2d."""
    seconds = max(0, int(span.total_seconds()))
    for unit, letter in _SPANS:
        if seconds >= unit:
            return f"{seconds // unit}{letter}"
    return f"{seconds}s"


def _plain(text: str) -> str:
    """The text without what a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)
