"""Checkpoints in the database: made now and then by whichever replica is first, anchored in a file outside."""

import asyncio
import hashlib
import json
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import structlog
from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.audit.anchors import anchor_line
from gateway.core.audit.checkpoint import FIRST, Checkpoint, CheckpointSigner, Signed, Standing, Timestamper
from gateway.core.clock import Clock
from gateway.core.defects import trace
from gateway.core.errors import StoreConflict, StoreUnavailable, SystemFailure
from gateway.store.audit.chaining import MOST_IN_CHAIN, read_chain
from gateway.store.audit.epochs import living
from gateway.store.database import Database
from gateway.store.tables.audit import chains, checkpoints, keys

_TAIL = 1_000_000
"""Bytes at the end of the anchors' file in which the last line is looked for."""

_log = structlog.get_logger("audit")
Pause = Callable[[float], Awaitable[None]]


class Sealing(msgspec.Struct, frozen=True, kw_only=True):
    """How checkpoints are made.

    Attributes:
        every: at most one in this time, and none where nothing has happened.
        anchors: the file to which each is appended; operations carry it away.
        timestamper: gives each a timestamp token.
    """

    signer: CheckpointSigner
    every: timedelta
    anchors: Path | None = None
    timestamper: Timestamper | None = None


def sealing_of(
    signer: CheckpointSigner, minutes: int, anchors: Path | None, timestamper: Timestamper | None = None
) -> Sealing:
    """How settings have checkpoints made."""
    return Sealing(signer=signer, every=timedelta(minutes=minutes), anchors=anchors, timestamper=timestamper)


class Checkpoints:
    """Makes checkpoints."""

    def __init__(self, database: Database, clock: Clock, sealing: Sealing) -> None:
        self._database = database
        self._clock = clock
        self._sealing = sealing

    async def run(self, pause: Pause = asyncio.sleep) -> None:
        """Make a checkpoint whenever one is due, until cancelled; a database that is away is tried again."""
        while True:
            await pause(self._sealing.every.total_seconds() / 2)
            try:
                await self.make()
            except (StoreUnavailable, OSError) as error:
                _log.error("audit.checkpoint.failed", trace=trace(error))

    async def make(self, *, now: bool = False) -> Checkpoint | None:
        """A new checkpoint, if one is due (or ``now``) and anything happened since the last; it is anchored.

        Raises:
            StoreUnavailable: the database cannot be reached.
            OSError: the file of anchors cannot be written; the checkpoint is made nevertheless.
        """
        try:
            made = await self._database.transact(lambda connection: self._make(connection, due=now))
        except StoreConflict:
            return None  # another replica made the same number
        if made is None:
            return None
        checkpoint, signed = made
        _log.info("audit.checkpoint", number=checkpoint.number, root=checkpoint.root, chains=len(checkpoint.chains))
        if self._sealing.anchors is not None:
            await asyncio.to_thread(append_anchor, self._sealing.anchors, anchor_line(signed))
        if self._sealing.timestamper is not None:
            await self._stamp(checkpoint.number, signed, self._sealing.timestamper)
        return checkpoint

    async def look_back(self) -> None:
        """Tell operations if the last anchor says that the database has lost or changed checkpoints.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        anchored = await asyncio.to_thread(last_anchor, self._sealing.anchors) if self._sealing.anchors else None
        if anchored is None:
            return
        asked = select(checkpoints.c.record).where(checkpoints.c.number == anchored[0])
        async with self._database.reading() as connection:
            record = (await connection.execute(asked)).scalar_one_or_none()
        if record is None or hashlib.sha256(record.encode()).hexdigest() != anchored[1]:
            _log.error("audit.forked", anchored=anchored[0], reason="absent" if record is None else "different")

    async def _make(self, connection: AsyncConnection, *, due: bool) -> tuple[Checkpoint, Signed] | None:
        now = self._clock.now()
        newest = select(checkpoints).order_by(checkpoints.c.number.desc()).limit(1)
        last = (await connection.execute(newest)).first()
        if last is not None and not due and now - last.at < self._sealing.every:
            return None
        rows = list(await connection.execute(_unsealed()))
        alive = set(await connection.scalars(living(now)))
        standings = [_standing(row, alive, now) for row in rows]
        number, previous = _following(last)
        checkpoint = Checkpoint.make(number, now.astimezone(UTC), previous, standings)
        if not standings or (last is not None and json.loads(last.record)["root"] == checkpoint.root):
            return None
        record, signer = checkpoint.record(), self._sealing.signer
        signed = Signed(record=record, key=signer.key, signature=await asyncio.to_thread(signer.sign, record))
        if (await connection.execute(select(keys.c.key).where(keys.c.key == signer.key))).first() is None:
            row = {"key": signer.key, "public_pem": signer.public_pem, "first_used_at": now}
            await connection.execute(insert(keys).values(row))
        await connection.execute(
            insert(checkpoints).values(
                number=number, at=now, record=record.decode(), key=signed.key, signature=signed.signature
            )
        )
        sealed = [standing.chain for standing in standings if standing.sealed]
        if sealed:
            await connection.execute(update(chains).where(chains.c.name.in_(sealed)).values(sealed_in=number))
        return checkpoint, signed

    async def _stamp(self, number: int, signed: Signed, timestamper: Timestamper) -> None:
        """Add a timestamp; without one the checkpoint still holds, and operations are told."""
        try:
            token = await timestamper.stamp(hashlib.sha256(signed.record).digest())
        except SystemFailure as failure:
            _log.warning("audit.unstamped", number=number, reason=failure.notice)
            return
        await self._database.transact(lambda connection: _keep_token(connection, number, token))


def append_anchor(file: Path, line: bytes) -> None:
    """Append a line, on the disk when this returns."""
    with file.open("ab", buffering=0) as opened:
        opened.write(line)
        os.fsync(opened.fileno())


def last_anchor(file: Path) -> tuple[int, str] | None:
    """Number and digest of the checkpoint that was anchored last; None for a file that is not there or empty."""
    try:
        with file.open("rb") as opened:
            opened.seek(0, 2)
            opened.seek(max(0, opened.tell() - _TAIL))
            lines = opened.read().splitlines()
    except FileNotFoundError:
        return None
    if not lines:
        return None
    anchored = json.loads(lines[-1])["checkpoint"]
    record = msgspec.convert(anchored, Checkpoint)
    return record.number, record.digest()


def _unsealed() -> Any:  # noqa: ANN401 - a Select of whole rows
    return select(chains).where(chains.c.sealed_in.is_(None)).order_by(chains.c.name).with_for_update()


def _following(last: Row[Any] | None) -> tuple[int, str]:
    if last is None:
        return 1, FIRST
    return last.number + 1, hashlib.sha256(last.record.encode()).hexdigest()


def _standing(row: Row[Any], alive: set[str], now: datetime) -> Standing:
    chain = read_chain(row)
    is_over = row.month < f"{now.astimezone(UTC):%Y-%m}" or row.epoch not in alive or row.length >= MOST_IN_CHAIN
    return Standing(
        chain=chain.name, count=chain.count, head=chain.head.hex(), root=chain.tree.root().hex(), sealed=is_over
    )


async def _keep_token(connection: AsyncConnection, number: int, token: bytes) -> None:
    await connection.execute(update(checkpoints).where(checkpoints.c.number == number).values(token=token))
