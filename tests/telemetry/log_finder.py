"""Finds the log lines of the code: what is logged where, at which level, with which fields."""

import ast
from collections.abc import Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
PACKAGES = ("gateway", "adapters", "schema", "certs")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log", "fatal", "warn", "msg"}


class Line(msgspec.Struct, frozen=True):
    """One place that logs; ``event`` is None where it is no text that can be read off."""

    place: str
    level: str
    event: str | None
    fields: frozenset[str]
    is_open: bool
    """Whether it has fields that cannot be read off."""


def log_lines(root: Path = ROOT) -> list[Line]:
    """Every log line of the product, the sandbox aside, which is no part of the service."""
    files = sorted(file for package in PACKAGES for file in (root / package).rglob("*.py"))
    return [line for file in files if "sandbox" not in file.parts for line in lines_of(file, root)]


def lines_of(file: Path, root: Path) -> Iterator[Line]:
    """Those of one file: calls of methods of what ``structlog.get_logger`` gave."""
    text = file.read_text("utf-8")
    if "get_logger" not in text:
        return
    tree = ast.parse(text)
    loggers = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _is_get_logger(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS):
            continue
        owner = node.func.value
        is_logger = (isinstance(owner, ast.Name) and owner.id in loggers) or _is_get_logger(owner)
        if is_logger:
            yield _line(node, node.func.attr, f"{file.relative_to(root)}:{node.lineno}")


def _line(node: ast.Call, level: str, place: str) -> Line:
    first = node.args[0] if len(node.args) == 1 else None
    event = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
    fields = frozenset(keyword.arg for keyword in node.keywords if keyword.arg is not None)
    return Line(place, level, event, fields, is_open=any(keyword.arg is None for keyword in node.keywords))


def _is_get_logger(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    if isinstance(called, ast.Attribute):
        return called.attr == "get_logger" and isinstance(called.value, ast.Name) and called.value.id == "structlog"
    return isinstance(called, ast.Name) and called.id == "get_logger"
