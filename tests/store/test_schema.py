"""The schema is looked at with one query when a gateway starts, and changed only if there is none."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.core.errors import ConfigurationInvalid
from gateway.store import migrate, schema
from gateway.store.database import Options, database
from gateway.system_clock import SystemClock

CLOCK = SystemClock()
START = """
import asyncio, sys
from gateway.store import schema
from gateway.store.database import database
from gateway.system_clock import SystemClock
async def main():
    async with database(sys.argv[1], SystemClock()) as opened:
        await schema.ensure(opened)
asyncio.run(main())
print("alembic" in sys.modules)
"""


def test_the_newest_revision_is_known_without_alembic() -> None:
    assert migrate.newest() == schema.HEAD


async def test_an_empty_database_gets_the_schema_and_one_that_has_it_is_left_alone(bare_url: str) -> None:
    async with database(bare_url, CLOCK, Options(serves=True)) as opened:
        await schema.ensure(opened)
        assert (await migrate.status(bare_url)).current == schema.HEAD
        await schema.ensure(opened)
        async with opened.reading() as connection:
            assert (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalars().all() == [
                schema.HEAD
            ]


async def test_an_older_schema_stops_serving_with_the_remedy(database_url: str) -> None:
    await migrate.downgrade(database_url, f"{int(schema.HEAD) - 1:04d}")
    async with database(database_url, CLOCK) as opened:
        with pytest.raises(ConfigurationInvalid, match=r"yiwang db upgrade"):
            await schema.ensure(opened)


async def test_a_schema_that_was_taken_down_to_nothing_is_made_anew(database_url: str) -> None:
    await migrate.downgrade(database_url, "base")
    async with database(database_url, CLOCK) as opened:
        await schema.ensure(opened)
    assert (await migrate.status(database_url)).current == schema.HEAD


def test_alembic_is_loaded_only_when_the_schema_has_to_be_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gateway.sqlite'}"
    loaded = [
        subprocess.run(
            [sys.executable, "-c", START, url], capture_output=True, text=True, timeout=240, check=True
        ).stdout
        for _ in range(2)
    ]
    assert loaded == ["True\n", "False\n"]
