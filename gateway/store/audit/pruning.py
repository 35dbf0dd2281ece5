"""Removing what is expired: whole chains that a signed checkpoint has sealed; what they were stays on record."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.audit.catalogue import AUDIT_PRUNED, Retention
from gateway.core.audit.checkpoint import SignatureVerifier, read_checkpoint
from gateway.core.audit.events import Actor, Event
from gateway.core.clock import Clock
from gateway.core.errors import ConfigurationInvalid
from gateway.store.audit.writer import AuditWriter
from gateway.store.database import Database
from gateway.store.tables.audit import chains, checkpoints, entries, keys

_log = structlog.get_logger("audit")


class Expired(msgspec.Struct, frozen=True):
    """A chain whose time is over."""

    name: str
    retention: Retention
    month: str
    length: int


class Pruning:
    """Finds and removes expired chains."""

    def __init__(
        self, database: Database, clock: Clock, verifier: SignatureVerifier, years: Mapping[Retention, int]
    ) -> None:
        self._database = database
        self._clock = clock
        self._verifier = verifier
        self._years = years

    async def expired(self) -> list[Expired]:
        """Sealed chains whose month ended more than their class's years ago, oldest first."""
        asked = (
            select(chains)
            .where(chains.c.sealed_in.is_not(None), chains.c.pruned_at.is_(None))
            .order_by(chains.c.month, chains.c.name)
        )
        now = self._clock.now()
        async with self._database.reading() as connection:
            rows = list(await connection.execute(asked))
        found = [Expired(row.name, Retention(row.retention), row.month, row.length) for row in rows]
        return [one for one in found if ends(one.month, self._years[one.retention]) <= now]

    async def prune(self, expired: Expired, writer: AuditWriter, actor: Actor | None = None) -> None:
        """Remove one expired chain's entries; the event that says so is in the same transaction.

        Raises:
            ConfigurationInvalid: the checkpoint that sealed it does not prove what it was, so nothing is removed.
        """
        event = await self._database.transact(lambda connection: self._prune(connection, expired, writer, actor))
        await writer.settled(event)
        _log.info("audit.pruned", chain=expired.name, entries=expired.length, retention=expired.retention.value)

    async def _prune(
        self, connection: AsyncConnection, expired: Expired, writer: AuditWriter, actor: Actor | None
    ) -> Event:
        now = self._clock.now()
        row = (await connection.execute(_sealed(expired.name))).one()
        if not self._proves(row):
            raise ConfigurationInvalid(
                f"checkpoint {row.number} does not prove the chain {expired.name}",
                "verify an export of the audit before anything is removed",
            )
        await connection.execute(delete(entries).where(entries.c.chain == expired.name))
        await connection.execute(update(chains).where(chains.c.name == expired.name).values(pruned_at=now))
        event = Event(
            id=secrets.token_hex(16),
            kind=AUDIT_PRUNED.code,
            at=now,
            actor=actor,
            count=row.length,
            note={
                "chain": row.name,
                "head": row.head,
                "retention": row.retention,
                "month": row.month,
                "checkpoint": row.number,
            },
        )
        await writer.within(event)(connection)
        return event

    def _proves(self, row: Row[Any]) -> bool:
        if not self._verifier.is_signed(row.public_pem, row.record.encode(), row.signature):
            return False
        standings = read_checkpoint(row.record.encode()).chains
        sealed = (row.name, row.length, row.head, True)
        return any((one.chain, one.count, one.head, one.sealed) == sealed for one in standings)


def ends(month: str, years: int) -> datetime:
    """When the events of a month have been kept for so many years."""
    year, number = int(month[:4]) + years, int(month[5:])
    return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)


def _sealed(name: str) -> Any:  # noqa: ANN401 - a Select over three tables
    return (
        select(chains, checkpoints.c.number, checkpoints.c.record, checkpoints.c.signature, keys.c.public_pem)
        .join(checkpoints, checkpoints.c.number == chains.c.sealed_in)
        .join(keys, keys.c.key == checkpoints.c.key)
        .where(chains.c.name == name, chains.c.pruned_at.is_(None))
        .with_for_update(of=chains)
    )
