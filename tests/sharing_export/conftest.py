from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.store.database import Database, database
from tests.sandbox.callers import SteppedClock
from tests.sharing_export.office import Office, Register, a_staff_grant, an_office, staff
from tests.store.databases import sqlite_copy


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
async def db(sqlite_file: Path, tmp_path: Path, clock: SteppedClock) -> AsyncIterator[Database]:
    async with database(sqlite_copy(sqlite_file, tmp_path), clock) as opened:
        yield opened


@pytest.fixture
async def office(db: Database, clock: SteppedClock) -> AsyncIterator[Office]:
    """A process with a grant and a register of ten people, four on a page."""
    async with an_office(db, clock, Register(staff(10))) as opened:
        await opened.grants.add(a_staff_grant())
        yield opened
