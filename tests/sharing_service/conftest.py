import pytest

from gateway.store.database import Database
from tests.sharing_service.offices import Bureau
from tests.store.databases import any_database, database_url, postgres_server, sqlite_file

__all__ = ["any_database", "database_url", "postgres_server", "sqlite_file"]


@pytest.fixture
async def bureau(any_database: Database) -> Bureau:
    made = Bureau(any_database)
    await made.stock()
    return made
