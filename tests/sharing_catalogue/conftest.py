from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.store.database import database
from gateway.system_clock import SystemClock
from tests.sharing_catalogue.office import Office
from tests.store.databases import sqlite_copy, sqlite_file

__all__ = ["sqlite_file"]


@pytest.fixture
async def office(sqlite_file: Path, tmp_path: Path) -> AsyncIterator[Office]:
    async with database(sqlite_copy(sqlite_file, tmp_path), SystemClock()) as opened:
        yield Office(opened)
