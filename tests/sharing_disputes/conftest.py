from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.store.database import database
from gateway.system_clock import SystemClock
from tests.sharing_disputes.hall import Hall
from tests.sharing_disputes.upstream import UpstreamHall
from tests.store.databases import sqlite_copy


@pytest.fixture
async def hall(tmp_path: Path, sqlite_file: Path) -> AsyncIterator[Hall]:
    """The use cases over SQLite; what the databases differ in is tested of the store."""
    async with database(sqlite_copy(sqlite_file, tmp_path), SystemClock()) as opened:
        made = Hall(opened)
        await made.bureau.stock()
        yield made


@pytest.fixture
async def upstream(tmp_path: Path, sqlite_file: Path) -> AsyncIterator[UpstreamHall]:
    """Likewise, with a record that came from an exchange."""
    async with database(sqlite_copy(sqlite_file, tmp_path), SystemClock()) as opened:
        yield await UpstreamHall(opened).open()
