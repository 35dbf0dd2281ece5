"""Following one record: as it is now, and each version after that which its follower gets to see."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, TypeVar

T = TypeVar("T")
LOOK_SECONDS: Final = 2.0
"""How often whoever follows looks by himself, should nobody tell him."""


async def follow(
    record_id: str,
    find: Callable[[], Awaitable[tuple[int, T, bool] | None]],
    changes: Callable[[], AbstractAsyncContextManager[AsyncIterator[str]]],
    look: float = LOOK_SECONDS,
) -> AsyncGenerator[T, None]:
    """The record as it is found, whenever its version has risen, until it has ended or is gone, or nobody tells more.

    Args:
        record_id: its id.
        find: its version, what is shown of it, and whether it has ended.
        changes: ids of records that change, separated by spaces; nothing relies on it.
        look: seconds after which it is looked at all the same.
    """
    async with changes() as told:
        news = asyncio.create_task(_next(told))
        try:
            shown = 0
            while True:
                found = await find()
                if found is not None and found[0] > shown:
                    shown = found[0]
                    yield found[1]
                if found is None or found[2]:
                    return
                while (await asyncio.wait({news}, timeout=look))[0]:
                    ids = news.result()
                    if ids is None:
                        return
                    news = asyncio.create_task(_next(told))
                    if record_id in ids.split():
                        break
        finally:
            news.cancel()
            await asyncio.gather(news, return_exceptions=True)


async def _next(changes: AsyncIterator[str]) -> str | None:
    return await anext(changes, None)
