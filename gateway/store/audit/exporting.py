"""Reading what an export is made of: from one snapshot, and only what a checkpoint covers."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.audit.chain import read_header
from gateway.core.audit.checkpoint import Checkpoint, CheckpointSigner, Signed, read_checkpoint
from gateway.core.audit.export import MOST_ENTRIES, Chosen, ExportedChain, ExportedEntry, build_export
from gateway.core.clock import Clock
from gateway.core.errors import ConfigurationInvalid
from gateway.store.database import Database
from gateway.store.tables.audit import chains, checkpoints, entries, keys

_NAMES_AT_ONCE = 500


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """What to export: events from ``since`` until before ``until``, of some kinds and applications or of all."""

    since: datetime
    until: datetime
    kinds: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()


class Exporting:
    """Makes exports."""

    def __init__(self, database: Database, clock: Clock, signer: CheckpointSigner) -> None:
        self._database = database
        self._clock = clock
        self._signer = signer

    async def make(self, span: Span) -> dict[str, bytes]:
        """The files of an export, by name.

        Raises:
            ConfigurationInvalid: there are too many entries for one export.
            StoreUnavailable: the database cannot be reached.
        """
        async with self._database.reading(snapshot=True) as connection:
            signed = await _signed(connection)
            read = {number: read_checkpoint(one.record) for number, one in signed.items()}
            found = await _chosen(connection, span)
            standing = _covering(read)
            exported = [
                await _exported(connection, row, found[row.name], standing[row.name])
                for row in await _chains(connection, sorted(found.keys() & standing.keys()))
            ]
            pems = {row.key: row.public_pem for row in await connection.execute(select(keys))}
        exported = [chain for chain in exported if chain.entries]
        chosen = Chosen(
            since=span.since.astimezone(UTC).isoformat(),
            until=span.until.astimezone(UTC).isoformat(),
            kinds=span.kinds,
            applications=span.applications,
        )
        named = {chain.checkpoint: signed[chain.checkpoint] for chain in exported}
        return build_export(chosen, exported, named, pems, self._signer, self._clock.now().astimezone(UTC))


_Standings = list[tuple[int, int]]
"""Of one chain: number of a checkpoint and how many entries it covers, in order."""


def _covering(read: dict[int, Checkpoint]) -> dict[str, _Standings]:
    found: defaultdict[str, _Standings] = defaultdict(list)
    for number in sorted(read):
        for standing in read[number].chains:
            found[standing.chain].append((number, standing.count))
    return found


async def _signed(connection: AsyncConnection) -> dict[int, Signed]:
    rows = await connection.execute(select(checkpoints).order_by(checkpoints.c.number))
    return {
        row.number: Signed(record=row.record.encode(), key=row.key, signature=row.signature, token=row.token)
        for row in rows
    }


async def _chosen(connection: AsyncConnection, span: Span) -> dict[str, list[ExportedEntry]]:
    asked = select(entries.c.chain, entries.c.number, entries.c.record).where(
        entries.c.at >= span.since, entries.c.at < span.until
    )
    if span.kinds:
        asked = asked.where(entries.c.kind.in_(span.kinds))
    if span.applications:
        asked = asked.where(entries.c.application.in_(span.applications))
    asked = asked.order_by(entries.c.chain, entries.c.number).limit(MOST_ENTRIES + 1)
    found: defaultdict[str, list[ExportedEntry]] = defaultdict(list)
    count = 0
    for row in await connection.execute(asked):
        found[row.chain].append(ExportedEntry(row.number, row.record.encode()))
        count += 1
    if count > MOST_ENTRIES:
        raise ConfigurationInvalid(
            f"there are more than {MOST_ENTRIES} such entries", "export a shorter time, or fewer kinds"
        )
    return found


async def _chains(connection: AsyncConnection, names: Sequence[str]) -> list[Row[Any]]:
    rows: list[Row[Any]] = []
    for start in range(0, len(names), _NAMES_AT_ONCE):
        some = select(chains).where(chains.c.name.in_(names[start : start + _NAMES_AT_ONCE]))
        rows += await connection.execute(some)
    return sorted(rows, key=lambda row: (row.began_at, row.name))


async def _exported(
    connection: AsyncConnection, row: Row[Any], chosen: list[ExportedEntry], standings: _Standings
) -> ExportedChain:
    number, count = standings[-1]
    hashes = await connection.scalars(
        select(entries.c.hash).where(entries.c.chain == row.name, entries.c.number <= count).order_by(entries.c.number)
    )
    return ExportedChain(
        header=read_header(row.header.encode()),
        hashes=[bytes.fromhex(text) for text in hashes],
        checkpoint=number,
        entries=[entry for entry in chosen if entry.number <= count],
        earlier=[covered for _, covered in standings],
    )
