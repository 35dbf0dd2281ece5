"""A gateway that runs does the day of data sharing by itself, and leaves the next one to be done."""

import asyncio
from datetime import timedelta
from pathlib import Path

from structlog.testing import capture_logs

from gateway.bootstrap.addresses import database_address
from gateway.core.clock import china_date
from gateway.services.sharing.share_day import KIND_DAY, day_task
from gateway.store.database import database
from gateway.store.tasks import SqlTasks
from tests.seal_register.live import CLOCK
from tests.sharing_service.live import a_sharing_gateway, served


async def test_a_day_that_is_due_is_done_and_the_next_one_waits(tmp_path: Path) -> None:
    settings = await a_sharing_gateway(tmp_path)
    today = day_task(china_date(CLOCK.now()))
    is_due = today.due_at <= CLOCK.now()
    with capture_logs() as lines:
        async with served(settings), asyncio.timeout(240):
            while is_due and not any(line["event"] == "sharing.day" for line in lines):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
    async with database(database_address(settings), CLOCK) as opened:
        counts = (await SqlTasks(opened, CLOCK).counts())[KIND_DAY]
    following = day_task(china_date(CLOCK.now()) + timedelta(days=1)) if is_due else today
    assert (counts.due, counts.oldest_due_at) == (1, following.due_at)
