"""Tests wait for servers as long as a slow and busy machine needs: no client of theirs gives up before a minute."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
LEAST = 60
CLIENTS = {"AsyncClient", "Client"}
REQUESTS = {"get", "post", "put", "patch", "delete", "head", "options", "request", "stream"}


def hasty(text: str) -> Iterator[int]:
    """The lines of calls of httpx that open sockets and wait for less than a minute, as they do if nothing is said."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        called, given = node.func, {word.arg: word.value for word in node.keywords}
        if not isinstance(called.value, ast.Name) or called.value.id != "httpx":
            continue
        if called.attr not in CLIENTS | REQUESTS or "transport" in given:  # within this process there are no time-outs
            continue
        seconds = given.get("timeout")
        is_named = isinstance(seconds, ast.Constant) and isinstance(seconds.value, int | float)
        if not is_named or seconds.value < LEAST:  # type: ignore[union-attr] # it is a constant
            yield node.lineno


def test_no_client_of_a_test_gives_up_before_a_minute() -> None:
    door = TESTS / "servers" / "client.py"
    found = [
        f"{file.relative_to(TESTS)}:{line}: use tests.servers.client.http_client"
        for file in TESTS.rglob("*.py")
        if file != door
        if "httpx." in (text := file.read_text("utf-8"))
        for line in hasty(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("call", "is_hasty"),
    [
        ("httpx.AsyncClient(trust_env=False)", True),
        ("httpx.Client(timeout=10)", True),
        ("httpx.get(url)", True),
        ("httpx.AsyncClient(timeout=SOON)", True),
        ("httpx.AsyncClient(timeout=None)", True),
        ("httpx.AsyncClient(timeout=60)", False),
        ("httpx.AsyncClient(transport=transport)", False),
        ("httpx.URL(address)", False),
        ("client.get(url)", False),
    ],
)
def test_a_client_is_hasty_unless_it_says_how_long_it_waits(call: str, is_hasty: bool) -> None:
    assert list(hasty(call)) == [1] * is_hasty
