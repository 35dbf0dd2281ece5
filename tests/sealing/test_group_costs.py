"""What a group costs: the same transactions and statements whatever its size, and each seal looked up once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from gateway.core.seals.sealing import SealingState
from gateway.services.sealing.asking import DocumentRequest
from tests.sealing.bench import Bench
from tests.sealing.making import a_document

TRANSACTIONS = 3
"""Of a group: it is claimed, its uses are written down, and its results are."""
STATEMENTS = 18
"""Three of them look which kinds of tasks there are."""
TELLING = (1, 4)
"""What is added where somebody follows: a transaction, and its statements."""


@contextmanager
def statements() -> Iterator[list[str]]:
    """All that is asked of databases until the block ends; what is asked for many rows at once counts once."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def begun(found: Sequence[str]) -> int:
    return sum(one.startswith("BEGIN") for one in found)


async def test_a_group_costs_the_same_whatever_its_size(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    costs, asked = [], 0
    find = bench.register.find

    async def counted(seal: str) -> Any:
        nonlocal asked
        asked += 1
        return await find(seal)

    monkeypatch.setattr(bench.register, "find", counted)
    for size in (2, 30):
        asked = 0
        costs.append(await cost(bench, size))
        assert asked == 2  # as it is asked for, and as it is sealed
    assert costs == [(TRANSACTIONS, STATEMENTS)] * 2


async def test_those_who_follow_are_told_of_a_group_at_once(bench: Bench) -> None:
    async with bench.sealings.changes() as changes:
        found = await cost(bench, 3)
        assert len((await anext(changes)).split()) == 3
    assert found == (TRANSACTIONS + TELLING[0], STATEMENTS + TELLING[1])


async def cost(bench: Bench, size: int) -> tuple[int, int]:
    """Transactions and statements of a group that is sealed."""
    documents = [
        DocumentRequest(f"{size}-{number}", await bench.upload(a_document(f"{size} {number}")))
        for number in range(size)
    ]
    sealings = await bench.asked(documents=tuple(documents))
    worker = bench.worker()
    with statements() as found:
        assert await worker.once() == size
    assert {(await bench.now(one)).state for one in sealings} == {SealingState.RELEASED}
    return begun(found), len(found)
