"""The sealing service on SQLite, with a seal whose key is here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.sealing.bench import Bench, bench_on
from tests.sealing.making import a_seal
from tests.store.databases import open_url


@pytest.fixture
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    work = tmp_path / "work"
    work.mkdir()
    with open_url(request, "sqlite") as url:
        async with bench_on(url, work, a_seal()) as opened:
            yield opened
