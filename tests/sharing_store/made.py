"""Grants and what is drawn of them, and purses over one database as three replicas have them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import msgspec

from gateway.core.errors import StoreConflict
from gateway.core.records import Transaction
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.parties import Party
from gateway.core.sharing.reasons import DEFAULT_REASONS
from gateway.core.sharing.spending import Drawn
from gateway.core.sharing.terms import Quota
from gateway.store.database import Database, Options, database
from gateway.store.sharing.grants import SqlGrants
from gateway.store.sharing.purse import SqlPurse
from gateway.system_clock import SystemClock
from tests.sharing.making import CODE, HUB, OWNER, PROVIDER, REQUESTER, START, some_terms
from tests.store.keys import a_cipher


class Clock:
    """Stands at START until it is told to step."""

    def __init__(self) -> None:
        self.passed = timedelta(0)

    def now(self) -> datetime:
        return START + self.passed

    def monotonic(self) -> float:
        return self.passed.total_seconds()

    def step(self, passes: timedelta) -> None:
        self.passed += passes


class Also:
    """Counts how often what belongs to a change was kept."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, _transaction: Transaction) -> None:
        self.calls += 1


async def conflict(_transaction: Transaction) -> None:
    """What belongs to a change and cannot be kept, so that the change is not made either."""
    raise StoreConflict("it cannot be kept")


def a_grant(grant_id: str = "g-1", quota: Quota | None = None, **changes: Any) -> Grant:
    made = Grant(
        id=grant_id,
        request="q-1",
        resource=CODE,
        provider=PROVIDER,
        requester=REQUESTER,
        authority=HUB,
        terms=some_terms(quota=quota or Quota(100, 1_000)),
        issued_at=START,
    )
    return msgspec.structs.replace(made, **changes)


def revoked(grant: Grant, at: datetime = START) -> Grant:
    return grant.revoke(DEFAULT_REASONS, "misuse", by=OWNER, party=Party.PROVIDER, at=at)


def drawn(*grants: Grant) -> tuple[Drawn, ...]:
    return Drawn.of(grants)


def grants_in(db: Database) -> SqlGrants:
    return SqlGrants(db, a_cipher())


@asynccontextmanager
async def replicas(url: str, count: int, clock: Clock) -> AsyncIterator[list[SqlPurse]]:
    """Purses of processes of their own; none gives anything back when the block ends, as if they had died."""
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(database(url, SystemClock(), Options(connections=4))) for _ in range(count)
        ]
        yield [SqlPurse(one, clock) for one in opened]
