from collections.abc import AsyncIterator

import pytest

from gateway.store.database import database
from tests.services.fakes import ManualClock
from tests.sharing_exchange.branch import Branch
from tests.store.databases import any_database, database_url, open_url, postgres_server, sqlite_file

__all__ = ["any_database", "database_url", "postgres_server", "sqlite_file"]


@pytest.fixture
async def branch(request: pytest.FixtureRequest) -> AsyncIterator[Branch]:
    """One that can ask its exchange what became of a key."""
    with open_url(request, "sqlite") as url:
        async with database(url, ManualClock()) as db:
            yield await Branch(db).open()
