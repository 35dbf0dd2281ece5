"""Empty databases with this program's schema, one for each test, on SQLite and on PostgreSQL."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from gateway.store import migrate
from gateway.store.database import Database, database
from gateway.system_clock import SystemClock
from tests.servers.postgres import Server, postgres
from tests.store import compiled

KINDS = ("sqlite", "postgresql")
_TEMPLATE = "yiwang_template"
_numbers = count(1)

compiled.share()


def sqlite_template(folder: Path) -> Path:
    """A SQLite file with the schema and nothing else."""
    file = folder / "template.sqlite"
    _upgrade(f"sqlite:///{file}")
    return file


def postgres_template(server: Server) -> None:
    """The same as a database of the server, to be copied."""
    server.sql(f"CREATE DATABASE {_TEMPLATE}")
    _upgrade(server.url(_TEMPLATE))


def _upgrade(url: str) -> None:
    """In a thread of its own: an asynchronous test may be what asks for the first database."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(migrate.upgrade(url))).result()


@contextmanager
def postgres_copy(server: Server, *, empty: bool = False) -> Iterator[str]:
    """The address of a new database; ``empty`` has no tables at all."""
    name = f"test_{next(_numbers)}"
    server.sql(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else _TEMPLATE}")
    yield server.url(name)
    server.sql(f"DROP DATABASE {name} WITH (FORCE)")


def sqlite_copy(template: Path, folder: Path, *, empty: bool = False) -> str:
    """Likewise on SQLite."""
    file = folder / f"test_{next(_numbers)}.sqlite"
    if not empty:
        shutil.copyfile(template, file)
    return f"sqlite:///{file}"


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests of this process."""
    with postgres(tmp_path_factory.mktemp("postgres")) as server:
        postgres_template(server)
        yield server


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema and nothing else, to be copied."""
    return sqlite_template(tmp_path_factory.mktemp("sqlite"))


@contextmanager
def open_url(request: pytest.FixtureRequest, kind: str, *, empty: bool = False) -> Iterator[str]:
    """The address of a new database of this kind, ``empty`` or with this program's schema and no rows."""
    if kind == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        yield sqlite_copy(request.getfixturevalue("sqlite_file"), folder, empty=empty)
        return
    with postgres_copy(request.getfixturevalue("postgres_server"), empty=empty) as url:
        yield url


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database with this program's schema and no rows: once on SQLite, once on PostgreSQL."""
    with open_url(request, request.param) as url:
        yield url


@pytest.fixture(params=KINDS)
def bare_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database that has no tables yet."""
    with open_url(request, request.param, empty=True) as url:
        yield url


@pytest.fixture
async def any_database(database_url: str) -> AsyncIterator[Database]:
    """That database, open; a second one on the same address is ``database(database_url, clock)``."""
    async with database(database_url, SystemClock()) as opened:
        yield opened
