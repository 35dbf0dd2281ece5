"""Telling replicas: messages are rows, committed with what they announce; a wake-up only says that there are some.

So nothing is lost where a notification is: while the listening connection is broken, behind a pooler that has none,
or on SQLite, where all who follow are in this process.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import structlog
from sqlalchemy import delete, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.clock import Clock
from gateway.core.errors import StoreUnavailable
from gateway.store.address import Kind
from gateway.store.tables.announcements import announcements, channels

KEPT = 1_000
"""Messages that a channel keeps: what a replica can miss and still catch up on."""
LONGEST_PAYLOAD = 2_000
POLL_SECONDS = 0.4
SAFETY_SECONDS = 5.0
"""How often those look who are woken: for a connection that is broken and does not know it yet."""
RECONNECT_SECONDS = 1.0
_SIGNAL = "yiwang"

_log = structlog.get_logger("database")
Reading = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


class Announcements:
    """The messages of all channels of one database."""

    def __init__(self, kind: Kind, reading: Reading, clock: Clock, seconds: float) -> None:
        self._kind = kind
        self._reading = reading
        self._clock = clock
        self._seconds = seconds
        self._followers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    async def announce(self, connection: AsyncConnection, channel: str, payload: str) -> None:
        """Leave a message in the connection's transaction; it takes the channel's lock until the end of it."""
        if len(payload.encode()) > LONGEST_PAYLOAD:
            raise ValueError("the payload of an announcement is too long")
        dialect = sqlite if self._kind == "sqlite" else postgresql
        count = dialect.insert(channels).values(channel=channel, version=1)
        count = count.on_conflict_do_update(index_elements=["channel"], set_={"version": channels.c.version + 1})
        version = (await connection.execute(count.returning(channels.c.version))).scalar_one()
        row = {"channel": channel, "version": version, "payload": payload, "announced_at": self._clock.now()}
        await connection.execute(insert(announcements).values(row))
        old = (announcements.c.channel == channel) & (announcements.c.version <= version - KEPT)
        await connection.execute(delete(announcements).where(old))
        await self.signal(connection, channel)

    async def signal(self, connection: AsyncConnection, channel: str) -> None:
        """Wake those who follow or watch the channel; nothing is kept of it, and nobody waits for a lock."""
        if self._kind == "postgresql":
            signal = {"signal": _SIGNAL, "channel": channel}
            await connection.execute(text("SELECT pg_notify(:signal, :channel)"), signal)

    def wake(self, channel: str | None = None) -> None:
        """Let those look who follow the channel, or all."""
        for name in [channel] if channel is not None else list(self._followers):
            for event in self._followers.get(name, ()):
                event.set()

    def is_needed(self, channel: str) -> bool:
        """Whether anybody may follow the channel; on SQLite all who do are here."""
        return self._kind != "sqlite" or channel in self._followers

    @contextmanager
    def watch(self, channel: str) -> Iterator[asyncio.Event]:
        """An event that is set by every wake-up of the channel until the block ends."""
        event = asyncio.Event()
        self._followers[channel].add(event)
        try:
            yield event
        finally:
            self._followers[channel].discard(event)
            if not self._followers[channel]:
                del self._followers[channel]

    @asynccontextmanager
    async def follow(self, channel: str) -> AsyncIterator[AsyncIterator[str]]:
        """The payloads that are announced from now on, in order, without end."""
        with self.watch(channel) as event:
            seen = await self._version(channel)
            async with aclosing(self._payloads(channel, seen, event)) as payloads:
                yield payloads

    async def _payloads(self, channel: str, seen: int, event: asyncio.Event) -> AsyncGenerator[str, None]:
        while True:
            event.clear()
            try:
                rows = await self._since(channel, seen)
            except StoreUnavailable:
                rows = []  # they are there when it is back
            for version, payload in rows:
                seen = version
                yield payload
            if not rows:
                try:
                    async with asyncio.timeout(self._seconds):
                        await event.wait()
                except TimeoutError:
                    continue

    async def _version(self, channel: str) -> int:
        async with self._reading() as connection:
            asked = select(channels.c.version).where(channels.c.channel == channel)
            return (await connection.execute(asked)).scalar_one_or_none() or 0

    async def _since(self, channel: str, version: int) -> list[tuple[int, str]]:
        asked = (
            select(announcements.c.version, announcements.c.payload)
            .where((announcements.c.channel == channel) & (announcements.c.version > version))
            .order_by(announcements.c.version)
            .limit(KEPT)
        )
        async with self._reading() as connection:
            return [(row.version, row.payload) for row in await connection.execute(asked)]


async def listen(connect: "Callable[[], Awaitable[asyncpg.Connection[Any]]]", announced: Announcements) -> None:
    """Wake followers as PostgreSQL notifies; a broken connection is made again. Ends when it is cancelled."""
    is_down = False
    while True:
        ended = asyncio.Event()
        try:
            connection: asyncpg.Connection[Any] = await connect()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if not is_down:
                _log.warning("database.listen.lost", reason=type(error).__name__)
            is_down = True
            await asyncio.sleep(RECONNECT_SECONDS)
            continue
        try:
            connection.add_termination_listener(lambda _, ended=ended: ended.set())
            await connection.add_listener(_SIGNAL, lambda _c, _pid, _signal, channel: announced.wake(channel))
            if is_down:
                _log.info("database.listen.back")
            is_down = False
            announced.wake()
            await ended.wait()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await asyncio.sleep(RECONNECT_SECONDS)
        finally:
            connection.terminate()
        is_down = True
