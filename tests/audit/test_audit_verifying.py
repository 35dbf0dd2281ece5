"""A drill verifies the audit that was restored: what was changed, left out, set back or forked is found."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from certs.audit_keys import AuditSignatures
from gateway.core.audit.anchors import Anchored, anchor_line, read_anchors
from gateway.core.audit.canonical import canonical
from gateway.core.audit.checkpoint import FIRST, Checkpoint, Signed
from gateway.core.audit.merkle import Frontier
from gateway.core.audit.retention import parse_years
from gateway.store import backup as backups
from gateway.store.address import parse_address
from gateway.store.audit.checkpoints import Checkpoints, Sealing
from gateway.store.audit.pruning import Pruning
from gateway.store.audit.verifying import verify_audit
from gateway.store.audit.writer import AuditWriter, audit_writer
from gateway.store.database import Database, database
from gateway.store.tables.audit import chains, checkpoints, entries, keys
from tests.audit.making import P256, SIGNERS
from tests.audit.samples import AuditClock, an_event
from tests.store.databases import KINDS, open_url
from tests.thoroughness import tried

VERIFIER = AuditSignatures()
Damage = Callable[[AsyncConnection], Awaitable[None]]


def checkpoints_of(opened: Database, clock: AuditClock, anchors: Path | None = None) -> Checkpoints:
    return Checkpoints(opened, clock, Sealing(signer=P256, every=timedelta(minutes=10), anchors=anchors))


async def write(opened: Database, clock: AuditClock, anchors: Path) -> None:
    """A removed chain, a sealed one, one that grows; four checkpoints, anchored."""
    making = checkpoints_of(opened, clock, anchors)
    async with audit_writer(opened, clock, alone=True) as writer:
        for kind in ("caller.refused", "use.opened", "use.opened"):
            await writer.record(an_event(kind))
        await making.make(now=True)
        clock.step(days=4 * 366)
        await writer.flush()
        await making.make(now=True)
        await _prune(opened, writer, clock)
        for _ in range(3):
            await writer.record(an_event("use.opened", at=clock.now()))
        await making.make(now=True)
        await writer.record(an_event("use.opened", at=clock.now()))
        await making.make(now=True)


async def _prune(opened: Database, writer: AuditWriter, clock: AuditClock) -> None:
    pruning = Pruning(opened, clock, VERIFIER, parse_years(""))
    for one in await pruning.expired():
        await pruning.prune(one, writer)


def anchored(file: Path) -> list[Anchored]:
    return read_anchors(file.read_bytes())


@pytest.fixture
async def anchors(any_database: Database, tmp_path: Path) -> Path:
    """Where the anchors of an audit are that was written in the database."""
    await write(any_database, AuditClock(), tmp_path / "anchors")
    return tmp_path / "anchors"


async def test_an_audit_that_nobody_touched_verifies(any_database: Database, anchors: Path) -> None:
    assert await verify_audit(any_database, VERIFIER, anchored(anchors)) == []
    async with any_database.reading() as connection:
        removed = await connection.scalar(select(func.count()).where(chains.c.pruned_at.is_not(None)))
    assert removed == 2  # SECURITY and TECHNICAL of four years ago


async def test_an_empty_audit_verifies(any_database: Database) -> None:
    assert await verify_audit(any_database, VERIFIER, []) == []


def growing() -> Any:
    """Of the chain of uses that still grows."""
    newest = chains.c.sealed_in.is_(None) & (chains.c.retention == "USE")
    return select(chains.c.name).where(newest).scalar_subquery()


def entry(number: int) -> Any:
    return (entries.c.chain == growing()) & (entries.c.number == number)


async def change_record(connection: AsyncConnection) -> None:
    changed = func.replace(entries.c.record, "portal", "mortal")
    await connection.execute(update(entries).where(entry(1)).values(record=changed))


async def no_json(connection: AsyncConnection) -> None:
    await connection.execute(update(entries).where(entry(1)).values(record="x"))


async def no_entry(connection: AsyncConnection) -> None:
    await connection.execute(update(entries).where(entry(1)).values(record="[]"))


async def change_column(connection: AsyncConnection) -> None:
    await connection.execute(update(entries).where(entry(1)).values(actor="o-2"))


async def leave_one_out(connection: AsyncConnection) -> None:
    await connection.execute(delete(entries).where(entry(2)))


async def leave_the_last_out(connection: AsyncConnection) -> None:
    await connection.execute(delete(entries).where(entry(4)))


async def set_back(connection: AsyncConnection) -> None:
    """As if the last entry had never been, in all that this database says of the chain itself."""
    row = (await connection.execute(select(entries).where(entry(3)))).one()
    made = (await connection.execute(select(checkpoints.c.record).where(checkpoints.c.number == 3))).scalar_one()
    name = (await connection.execute(select(growing()))).scalar_one()
    assert name in made
    hashes = list(
        await connection.scalars(
            select(entries.c.hash).where(entries.c.chain == name, entries.c.number <= 3).order_by(entries.c.number)
        )
    )
    await connection.execute(delete(entries).where(entries.c.chain == name, entries.c.number == 4))
    peaks = _peaks(hashes)
    values = {"length": 3, "head": row.hash, "peaks": peaks}
    await connection.execute(update(chains).where(chains.c.name == name).values(values))


def _peaks(hashes: list[str]) -> str:
    tree = Frontier()
    for one in hashes:
        tree = tree.with_leaf(bytes.fromhex(one))
    return b"".join(tree.peaks).hex()


async def take_a_chain(connection: AsyncConnection) -> None:
    name = (await connection.execute(select(growing()))).scalar_one()
    await connection.execute(delete(entries).where(entries.c.chain == name))
    await connection.execute(delete(chains).where(chains.c.name == name))


async def rename(connection: AsyncConnection) -> None:
    await connection.execute(update(chains).where(chains.c.name == growing()).values(month="2025-01"))


async def unseal(connection: AsyncConnection) -> None:
    await connection.execute(update(chains).where(chains.c.pruned_at.is_not(None)).values(sealed_in=None))


async def remove_what_grows(connection: AsyncConnection) -> None:
    name = (await connection.execute(select(growing()))).scalar_one()
    await connection.execute(delete(entries).where(entries.c.chain == name))
    await connection.execute(update(chains).where(chains.c.name == name).values(pruned_at=chains.c.began_at))


async def remove_half(connection: AsyncConnection) -> None:
    sealed = chains.c.sealed_in.is_not(None) & (chains.c.retention == "USE")
    await connection.execute(update(chains).where(sealed).values(pruned_at=chains.c.began_at))


async def sign_otherwise(connection: AsyncConnection) -> None:
    await connection.execute(update(checkpoints).where(checkpoints.c.number == 2).values(signature=b"0"))


async def rename_the_key(connection: AsyncConnection) -> None:
    other = next(signer for signer in SIGNERS.values() if signer.key != P256.key)
    await connection.execute(update(keys).values(public_pem=other.public_pem))


async def take_a_checkpoint(connection: AsyncConnection) -> None:
    await connection.execute(delete(checkpoints).where(checkpoints.c.number == 1))


async def no_checkpoint(connection: AsyncConnection) -> None:
    await connection.execute(update(checkpoints).where(checkpoints.c.number == 1).values(record="{}"))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (change_record, "entry 1 is not the one"),
        (no_json, "no JSON"),
        (no_entry, "no event"),
        (change_column, "entry 1 is not the one"),
        (leave_one_out, "entry 3 is not the one"),
        (leave_the_last_out, "not as checkpoint 4 says"),
        (set_back, "not as checkpoint 4 says"),
        (take_a_chain, "it is missing"),
        (rename, "its header is another one's"),
        (unseal, "not sealed when it says so"),
        (remove_what_grows, "removed before it was sealed"),
        (remove_half, "it was removed and has entries"),
        (sign_otherwise, "checkpoint 2: its signature"),
        (rename_the_key, "checkpoint 1: its signature"),
        (take_a_checkpoint, "checkpoint 2: it does not follow"),
        (no_checkpoint, "checkpoint 1: a checkpoint cannot be read"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
@pytest.mark.parametrize("database_url", tried(["sqlite"], KINDS), indirect=True)  # the same statements read either
@pytest.mark.usefixtures("anchors")
async def test_what_was_done_to_it_is_found(any_database: Database, damage: Damage, said: str) -> None:
    async with any_database.writing() as connection:
        await damage(connection)
    wrong = await verify_audit(any_database, VERIFIER, [])
    assert any(said in line for line in wrong), wrong


async def test_entries_after_the_last_checkpoint_are_covered_by_the_chains_head(
    any_database: Database, anchors: Path
) -> None:
    clock = AuditClock(AuditClock().now() + timedelta(days=4 * 366))
    async with audit_writer(any_database, clock, alone=True) as writer:
        await writer.record(an_event("audit.read", at=clock.now()))
    assert await verify_audit(any_database, VERIFIER, anchored(anchors)) == []
    async with any_database.writing() as connection:
        await connection.execute(delete(entries).where(entries.c.kind == "audit.read"))
    (wrong,) = await verify_audit(any_database, VERIFIER, anchored(anchors))
    assert wrong.endswith("its entries do not lead to its head")


async def test_whoever_has_key_and_database_cannot_rewrite_what_was_carried_away(
    any_database: Database, anchors: Path
) -> None:
    async with any_database.writing() as connection:
        last = (await connection.execute(select(checkpoints).order_by(checkpoints.c.number.desc()).limit(1))).one()
        forged = canonical({**_told(last.record), "at": "2030-01-01T00:00:00+00:00"})
        values = {"record": forged.decode(), "signature": P256.sign(forged)}
        await connection.execute(update(checkpoints).where(checkpoints.c.number == last.number).values(values))
    assert await verify_audit(any_database, VERIFIER, []) == []
    (wrong,) = await verify_audit(any_database, VERIFIER, anchored(anchors))
    assert "anchor 4: the checkpoint is another one" in wrong
    async with any_database.writing() as connection:
        await connection.execute(delete(checkpoints).where(checkpoints.c.number == last.number))
    (wrong,) = await verify_audit(any_database, VERIFIER, anchored(anchors))
    assert "anchor 4: the checkpoint is missing" in wrong


def _told(record: str) -> dict[str, object]:
    told: dict[str, object] = json.loads(record)
    return told


@pytest.mark.usefixtures("anchors")
async def test_an_anchor_that_no_key_proves_is_told(any_database: Database) -> None:
    other = next(signer for signer in SIGNERS.values() if signer.key != P256.key)
    record = Checkpoint.make(1, AuditClock().now(), FIRST, []).record()
    signed = [
        Signed(record=record, key=other.key, signature=other.sign(record)),
        Signed(record=record, key=P256.key, signature=other.sign(record)),
    ]
    made = read_anchors(b"".join(anchor_line(one) for one in signed))
    wrong = await verify_audit(any_database, VERIFIER, made)
    assert wrong == ["the audit's anchor 1: no key of the database proves it"] * 2


@pytest.mark.parametrize(("one", "other"), [(one, other) for one in KINDS for other in KINDS])
async def test_a_drill_verifies_what_was_restored_and_finds_a_fork(
    request: pytest.FixtureRequest, tmp_path: Path, one: str, other: str
) -> None:
    clock, file = AuditClock(), tmp_path / "anchors"
    with open_url(request, one) as source, open_url(request, other, empty=True) as target:
        async with database(source, clock) as opened:
            await write(opened, clock, file)
        check = partial(verify_audit, verifier=VERIFIER, anchors=anchored(file))
        found = await backups.drill(
            parse_address(source), parse_address(target), tmp_path / "backup", clock, lambda _, __: None, [check]
        )
        assert found.wrong == ()
        async with database(target, clock) as restored:
            making = checkpoints_of(restored, clock, file)
            async with audit_writer(restored, clock, alone=True) as writer:
                await writer.record(an_event(at=clock.now()))
            await making.make(now=True)
        async with database(source, clock) as opened:
            assert await verify_audit(opened, VERIFIER, anchored(file)[:-1]) == []
            (wrong,) = await verify_audit(opened, VERIFIER, anchored(file))
            assert "has forked or was set back" in wrong
