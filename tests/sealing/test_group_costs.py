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

TRANSACTIONS = 4
"""Of a group: it is claimed, its uses are written down, its results are, and those who follow are told."""
STATEMENTS = 21


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
        documents = [
            DocumentRequest(f"{size}-{number}", await bench.upload(a_document(f"{size} {number}")))
            for number in range(size)
        ]
        sealings = await bench.asked(documents=tuple(documents))
        worker, asked = bench.worker(), 0
        with statements() as found:
            assert await worker.once() == size
        assert {(await bench.now(one)).state for one in sealings} == {SealingState.RELEASED}
        assert asked == 1
        costs.append((begun(found), len(found)))
    assert costs == [(TRANSACTIONS, STATEMENTS)] * 2
