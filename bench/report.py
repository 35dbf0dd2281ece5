"""Figures as a table for people."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from bench.frame import Figure

_HEAD = ("", "目标 goal", "结果 figure", "每核秒 per CPU s", "")
_MARKS = {True: "✓ 达到 met", False: "✗ 未达 not met", None: "–"}


def table(figures: Sequence[Figure]) -> str:
    """One line for each figure: what it is, goal, figure, the same by the processor's time, met or not."""
    rows = [_HEAD, *map(_row, figures)]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(_padded, row, widths, (False, True, True, True, False))).rstrip() for row in rows)


def facts(machine: Mapping[str, Any]) -> str:
    """The machine in one line a fact."""
    return "\n".join(f"  {name:16} {'–' if value is None else value}" for name, value in machine.items())


def _row(figure: Figure) -> tuple[str, str, str, str, str]:
    subject, unit = figure.subject, "/s" if figure.subject.rival is None else "×"
    goal = "–" if subject.goal is None else f"{subject.goal:g}{unit}"
    judged = (
        "未测 not measured" if figure.judged is None else f"{figure.judged:{'.0f' if unit == '/s' else '.2f'}}{unit}"
    )
    title = f"{subject.name}  {subject.chinese} · {subject.english}"
    return title, goal, judged, f"{figure.processor_rate:.0f}", _MARKS[figure.met]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, width: int, right: bool) -> str:  # noqa: FBT001 # mapped over a row
    blanks = " " * (width - _width(text))
    return blanks + text if right else text + blanks
