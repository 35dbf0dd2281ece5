"""Verifying a whole audit in its database: every chain and checkpoint, and anchors that were carried out of reach."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.core.audit.anchors import Anchored
from gateway.core.audit.canonical import canonical, parse
from gateway.core.audit.chain import Chain, ChainInvalid, read_header
from gateway.core.audit.checkpoint import FIRST, Checkpoint, SignatureVerifier, Standing, read_checkpoint
from gateway.core.audit.events import read_event
from gateway.store.audit.chaining import entry_row, read_chain
from gateway.store.database import Database
from gateway.store.tables.audit import chains, checkpoints, entries, keys

_AT_ONCE = 1_000
_Standings = Mapping[str, Sequence[tuple[int, Standing]]]
"""Of each chain, where the checkpoints say it stood: their number and its standing, in order."""


async def verify_audit(database: Database, verifier: SignatureVerifier, anchors: Sequence[Anchored]) -> list[str]:
    """What is wrong with the audit, the first thing of each chain and checkpoint; nothing if all of it is proven.

    Raises:
        StoreUnavailable: the database cannot be reached.
    """
    async with database.reading(snapshot=True) as connection:
        wrong, read = await _checkpoints(connection, verifier)
        standings: defaultdict[str, list[tuple[int, Standing]]] = defaultdict(list)
        for number, checkpoint in read.items():
            for standing in checkpoint.chains:
                standings[standing.chain].append((number, standing))
        pems = {row.key: row.public_pem for row in await connection.execute(select(keys))}
        wrong += _anchored(read, pems, verifier, anchors)
        known = list(await connection.execute(select(chains).order_by(chains.c.began_at, chains.c.name)))
        for row in known:
            try:
                await _verify_chain(connection, row, standings)
            except ValueError as error:
                wrong.append(f"the audit's chain {row.name}: {error}")
        missing = standings.keys() - {row.name for row in known}
        wrong += [f"the audit's chain {name}: it is missing" for name in sorted(missing)]
    return wrong


async def _checkpoints(
    connection: AsyncConnection, verifier: SignatureVerifier
) -> tuple[list[str], dict[int, Checkpoint]]:
    """What is wrong with the checkpoints, and those that can be read."""
    wrong: list[str] = []
    found: dict[int, Checkpoint] = {}
    previous = FIRST
    asked = select(checkpoints, keys.c.public_pem).join(keys, keys.c.key == checkpoints.c.key)
    async for row in _rows(connection, asked.order_by(checkpoints.c.number)):
        record = row.record.encode()
        try:
            checkpoint = read_checkpoint(record)
            if verifier.key_of(row.public_pem) != row.key or not verifier.is_signed(
                row.public_pem, record, row.signature
            ):
                raise ChainInvalid("its signature does not prove it")
            if (row.number, checkpoint.number) != (len(found) + 1, len(found) + 1) or checkpoint.previous != previous:
                raise ChainInvalid("it does not follow the one before it")
        except ValueError as error:
            wrong.append(f"the audit's checkpoint {row.number}: {error}")
            break  # what follows hangs in the air
        found[row.number], previous = checkpoint, checkpoint.digest()
    return wrong, found


def _anchored(
    read: Mapping[int, Checkpoint], pems: Mapping[str, str], verifier: SignatureVerifier, anchors: Sequence[Anchored]
) -> list[str]:
    wrong = []
    for anchor in anchors:
        number, pem = anchor.checkpoint.number, pems.get(anchor.signed.key)
        here = read.get(number)
        if pem is None or not verifier.is_signed(pem, anchor.signed.record, anchor.signed.signature):
            wrong.append(f"the audit's anchor {number}: no key of the database proves it")
        elif here is None or here.digest() != anchor.checkpoint.digest():
            kind = "the checkpoint is missing" if here is None else "the checkpoint is another one"
            wrong.append(f"the audit's anchor {number}: {kind}, so the audit has forked or was set back")
    return wrong


async def _verify_chain(connection: AsyncConnection, row: Row[Any], standings: _Standings) -> None:
    """Raises ValueError unless the chain is what its header and all checkpoints say."""
    header = read_header(row.header.encode())
    said = (header.name, header.epoch, header.ordinal, header.retention.value, header.month)
    if said != (row.name, row.epoch, row.ordinal, row.retention, row.month):
        raise ChainInvalid("its header is another one's")
    mine = standings.get(row.name, ())
    sealed_in = next((number for number, standing in mine if standing.sealed), None)
    if row.sealed_in != sealed_in:
        raise ChainInvalid("it was not sealed when it says so")
    if row.pruned_at is not None and sealed_in is None:
        raise ChainInvalid("it was removed before it was sealed")
    if row.pruned_at is not None:
        end = read_chain(row)
        reached = {end.count: end}
        mine = mine[-1:]  # of what was removed, how it ended is left
        if (await connection.execute(select(entries.c.number).where(entries.c.chain == row.name).limit(1))).first():
            raise ChainInvalid("it was removed and has entries")
    else:
        counts = {standing.count for _, standing in mine}
        end, reached = await _grown(connection, Chain.begin(header), counts)
    for number, standing in mine:
        chain = reached.get(standing.count)
        stood = chain and (chain.head.hex(), chain.tree.root().hex())
        if stood != (standing.head, standing.root) or (standing.sealed and standing.count != row.length):
            raise ChainInvalid(f"it is not as checkpoint {number} says")
    if end != read_chain(row):
        raise ChainInvalid("its entries do not lead to its head")


async def _grown(connection: AsyncConnection, chain: Chain, counts: set[int]) -> tuple[Chain, dict[int, Chain]]:
    """The chain with all its entries, and as it was at each of these counts that it reaches."""
    reached = {0: chain}
    async for row in _rows(connection, select(entries).where(entries.c.chain == chain.name).order_by(entries.c.number)):
        told = parse(row.record.encode())
        event = canonical(told.get("event") if isinstance(told, dict) else None)
        chain, link = chain.append(event)
        if entry_row(chain.name, read_event(event), link) != row._asdict():
            raise ChainInvalid(f"entry {row.number} is not the one that was chained there")
        if chain.count in counts:
            reached[chain.count] = chain
    return chain, reached


async def _rows(connection: AsyncConnection, asked: Any) -> AsyncIterator[Row[Any]]:  # noqa: ANN401 - a Select
    result = await connection.stream(asked.execution_options(yield_per=_AT_ONCE))
    async for row in result:
        yield row
