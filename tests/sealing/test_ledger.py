"""Steps of sealings that are written together, whatever the stores beneath are."""

from collections.abc import Sequence
from typing import Any

import pytest

from gateway.core.audit.references import References
from gateway.core.audit.seal_kinds import SEAL_USED
from gateway.core.errors import StoreUnavailable
from gateway.core.records import Also
from gateway.core.seals.sealing import Sealing
from gateway.core.tasks import Claim, LeaseLost, Rest, Step
from gateway.services.sealing.ledger import Ledger, Move
from gateway.services.sealing.seal_log import SealLog
from tests.sealing.test_sealing_machine import a_sealing, intended
from tests.services.fakes import START
from tests.services.trail import MemoryTrail
from tests.store.keys import a_cipher


class Stores:
    """Tasks, sealings and files that note what is written; ``tries`` transactions begin before one is committed."""

    def __init__(self) -> None:
        self.lost: set[int] = set()
        self.changed: set[str] = set()
        self.tries = 1
        self.written: list[str] = []
        self.files: list[str] = []
        self.told: list[str] = []
        self.is_away = False

    def check(self, claim: Claim) -> None:
        raise AssertionError("nothing is sent")

    async def settle(self, steps: Sequence[Step], also: Also | None = None) -> frozenset[int]:
        for _ in range(self.tries):
            transaction = object()
            for step in steps:
                if step.claim.id not in self.lost and step.also is not None:
                    await step.also(transaction)
            assert also is not None
            await also(transaction)
        return frozenset(self.lost)

    async def apply(self, transaction: object, changes: Sequence[tuple[Sealing, Sealing]]) -> frozenset[str]:
        self.written = [after.id for _, after in changes]
        return frozenset(after.id for _, after in changes) - self.changed

    async def keep_all(self, transaction: object, small: Sequence[tuple[Any, bytes]]) -> None:
        self.files = [file for file, _ in small]

    async def tell(self, ids: Sequence[str]) -> None:
        if self.is_away:
            raise StoreUnavailable("away")
        self.told += ids


@pytest.fixture
def stores() -> Stores:
    return Stores()


def ledger(stores: Stores) -> tuple[Ledger, MemoryTrail]:
    trail = MemoryTrail()
    given: Any = stores
    return Ledger(given, given, given, SealLog(trail, References(a_cipher()))), trail


def a_move(number: int, ledger: Ledger, then: Any = Rest.DONE, **changed: Any) -> Move:
    before = a_sealing(id=f"s-{number}")
    after = intended(before)
    claim = Claim(id=number, kind="k", subject=before.id, group=None, attempt=1, fence=1, until=START)
    return Move(claim, then, before, after, ledger.log.event(SEAL_USED, after), **changed)


async def test_what_belongs_to_a_step_is_written_with_it_and_only_then(stores: Stores) -> None:
    written, trail = ledger(stores)
    extra: list[str] = []

    async def also(_: object) -> None:
        extra.append("made")

    given: Any = "file-1"
    stores.lost, stores.changed = {2}, {"s-3"}
    moves = [
        a_move(1, written, small=(given, b""), also=(also,)),
        a_move(2, written, small=(given, b""), also=(also,)),
        a_move(3, written, small=(given, b""), also=(also,)),
        a_move(4, written, Rest.HELD),
    ]
    assert await written.write(moves) == {1, 4}
    assert stores.written == ["s-1", "s-3", "s-4"]
    assert stores.files == ["file-1"]
    assert extra == ["made"]
    assert len(trail.held) == 2
    assert stores.told == ["s-1"]


async def test_a_transaction_that_is_tried_again_begins_anew(stores: Stores) -> None:
    written, _ = ledger(stores)
    stores.tries = 3
    assert await written.write([a_move(1, written)]) == {1}
    assert stores.written == ["s-1"]


async def test_of_nothing_nothing_is_written(stores: Stores) -> None:
    written, trail = ledger(stores)
    assert await written.write([]) == frozenset()
    stores.lost = {1}
    assert await written.write([a_move(1, written)]) == frozenset()
    assert not trail.held
    await written.leave([], Rest.DONE)


async def test_whoever_lost_one_is_told(stores: Stores) -> None:
    written, _ = ledger(stores)
    stores.lost = {1}
    with pytest.raises(LeaseLost):
        await written.write_one(a_move(1, written))


async def test_those_who_follow_may_be_told_nothing(stores: Stores) -> None:
    written, _ = ledger(stores)
    stores.is_away = True
    assert await written.write([a_move(1, written)]) == {1}


async def test_a_step_without_a_line_or_a_file_is_written_too(stores: Stores) -> None:
    written, trail = ledger(stores)
    move = a_move(1, written)
    bare = Move(move.claim, move.then, move.before, move.after)
    assert await written.write([bare]) == {1}
    assert not trail.held
