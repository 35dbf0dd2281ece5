# ruff: noqa: ASYNC240 - small local files
"""Checkpoints, exports and removal on both databases: what is in them proves itself, what is set back is found."""

import hashlib
import json
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from certs.audit_keys import AuditSignatures
from gateway.core.audit.anchors import read_anchors
from gateway.core.audit.catalogue import LEAST_YEARS, Retention
from gateway.core.audit.checkpoint import Checkpoint, read_checkpoint
from gateway.core.audit.container import pack
from gateway.core.audit.export import ENTRIES
from gateway.core.audit.findings import Verdict
from gateway.core.audit.reading import AuditChoice
from gateway.core.audit.retention import parse_years
from gateway.core.errors import ConfigurationInvalid, StoreUnavailable, SystemFailure
from gateway.core.outcome import Fault, Outcome
from gateway.settings import load_settings
from gateway.store.audit import exporting
from gateway.store.audit.checkpoints import Checkpoints, Sealing
from gateway.store.audit.epochs import LEASE
from gateway.store.audit.exporting import Exporting, Span
from gateway.store.audit.opening import opened_audit
from gateway.store.audit.pruning import Pruning, ends
from gateway.store.audit.reading import AuditEntries
from gateway.store.audit.writer import AuditWriter, audit_writer
from gateway.store.database import Database, database
from gateway.store.tables.audit import chains, checkpoints
from tests.audit.making import P256, judge
from tests.audit.samples import NOON, AuditClock, an_event, verify_chains

TEN_MINUTES = timedelta(minutes=10)
EVERYTHING = Span(since=NOON - timedelta(days=1), until=NOON + timedelta(days=4_000))


@pytest.fixture
def clock() -> AuditClock:
    return AuditClock()


@pytest.fixture
async def writer(any_database: Database, clock: AuditClock) -> AsyncIterator[AuditWriter]:
    async with audit_writer(any_database, clock, alone=True) as opened:
        yield opened


@pytest.fixture
def anchors(tmp_path: Path) -> Path:
    return tmp_path / "audit.anchors"


@pytest.fixture
def making(any_database: Database, clock: AuditClock, anchors: Path) -> Checkpoints:
    return Checkpoints(any_database, clock, Sealing(signer=P256, every=TEN_MINUTES, anchors=anchors))


async def _made(making: Checkpoints) -> Checkpoint:
    made = await making.make(now=True)
    assert made is not None
    return made


async def test_a_checkpoint_says_where_every_chain_is(
    any_database: Database, writer: AuditWriter, making: Checkpoints
) -> None:
    await writer.record(an_event())
    made = await _made(making)
    assert made.number == 1
    async with any_database.reading() as connection:
        rows = {row.name: row for row in await connection.execute(select(chains))}
        row = (await connection.execute(select(checkpoints))).one()
    assert {one.chain: (one.count, one.head) for one in made.chains} == {
        name: (chain.length, chain.head) for name, chain in rows.items()
    }
    assert read_checkpoint(row.record.encode()) == made
    assert AuditSignatures().is_signed(P256.public_pem, row.record.encode(), row.signature)


async def test_checkpoints_come_when_they_are_due_and_something_happened(
    writer: AuditWriter, making: Checkpoints, clock: AuditClock
) -> None:
    assert await making.make() is not None
    await writer.record(an_event())
    assert await making.make() is None  # not due
    clock.step(minutes=10)
    second = await making.make()
    assert second is not None
    assert second.number == 2
    clock.step(minutes=10)
    assert await making.make() is None  # nothing happened
    assert await making.make(now=True) is None


async def test_each_checkpoint_follows_the_one_before_and_is_anchored(
    writer: AuditWriter, making: Checkpoints, anchors: Path
) -> None:
    made = [await _made(making)]
    for _ in range(2):
        await writer.record(an_event())
        made.append(await _made(making))
    assert [one.previous for one in made[1:]] == [one.digest() for one in made[:-1]]
    assert [one.checkpoint for one in read_anchors(anchors.read_bytes())] == made


async def test_two_replicas_make_one_checkpoint(
    any_database: Database, database_url: str, writer: AuditWriter, making: Checkpoints, clock: AuditClock
) -> None:
    await writer.record(an_event())
    async with database(database_url, clock) as other:
        assert await making.make() is not None
        assert await Checkpoints(other, clock, Sealing(signer=P256, every=TEN_MINUTES)).make() is None


async def test_chains_of_a_past_month_or_a_dead_replica_are_sealed(
    any_database: Database, writer: AuditWriter, making: Checkpoints, clock: AuditClock
) -> None:
    await writer.record(an_event())
    assert not any(one.sealed for one in (await _made(making)).chains)
    dead = AuditWriter(any_database, clock)
    await dead.begin(alone=False)
    clock.step(seconds=LEASE.total_seconds() + 1)
    await writer.flush()
    sealed = [one for one in (await _made(making)).chains if one.sealed]
    assert len(sealed) == 1  # the dead one's, in which it began
    clock.step(days=31)
    await writer.flush()
    await writer.record(an_event())
    made = await _made(making)
    assert sum(one.sealed for one in made.chains) == 2
    await writer.record(an_event())
    later = {one.chain for one in (await _made(making)).chains}
    assert not later & {one.chain for one in made.chains if one.sealed}  # said once, and never again


async def test_a_database_that_is_away_delays_checkpoints_only(clock: AuditClock) -> None:
    class Away:
        kind = "sqlite"

        async def transact(self, work: object) -> object:
            raise StoreUnavailable("away")

    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        if len(pauses) == 2:
            raise LookupError
        pauses.append(seconds)

    making = Checkpoints(Away(), clock, Sealing(signer=P256, every=TEN_MINUTES))  # type: ignore[arg-type] # stands in
    with capture_logs() as logs, pytest.raises(LookupError):
        await making.run(pause)
    assert pauses == [300, 300]
    assert [line["event"] for line in logs] == ["audit.checkpoint.failed"] * 2


class Stamps:
    """A Timestamper that gives a made-up token, or fails."""

    def __init__(self, failure: SystemFailure | None = None) -> None:
        self.failure = failure
        self.asked: list[bytes] = []

    async def stamp(self, sha256: bytes) -> bytes:
        self.asked.append(sha256)
        if self.failure is not None:
            raise self.failure
        return b"token"


async def test_a_checkpoint_is_timestamped_where_there_is_an_authority(
    any_database: Database, writer: AuditWriter, clock: AuditClock
) -> None:
    stamps = Stamps()
    making = Checkpoints(any_database, clock, Sealing(signer=P256, every=TEN_MINUTES, timestamper=stamps))
    made = await _made(making)
    assert stamps.asked == [hashlib.sha256(made.record()).digest()]
    files = await Exporting(any_database, clock, P256).make(EVERYTHING)
    assert files["checkpoints/0000000001.json.tst"] == b"token"
    assert judge(files).verdict is Verdict.VALID


async def test_a_checkpoint_holds_without_its_timestamp(
    any_database: Database, writer: AuditWriter, clock: AuditClock
) -> None:
    stamps = Stamps(SystemFailure(Outcome.UNAVAILABLE, Fault.NETWORK, "no answer"))
    making = Checkpoints(any_database, clock, Sealing(signer=P256, every=TEN_MINUTES, timestamper=stamps))
    with capture_logs() as logs:
        await _made(making)
    assert "audit.unstamped" in [line["event"] for line in logs]


# ---- exports


async def test_an_export_of_everything_is_valid_and_complete(
    any_database: Database, writer: AuditWriter, making: Checkpoints, clock: AuditClock, anchors: Path
) -> None:
    events = [an_event(at=NOON + timedelta(seconds=number)) for number in range(20)]
    for event in events[:10]:
        await writer.record(event)
    await making.make(now=True)
    clock.step(days=31)
    for event in events[10:]:
        await writer.record(event)
    await making.make(now=True)
    files = await Exporting(any_database, clock, P256).make(EVERYTHING)
    exported = {json.loads(line)["event"]["id"] for line in files[ENTRIES].splitlines()}
    assert exported == set(await verify_chains(any_database))
    report = judge(files, anchors=read_anchors(anchors.read_bytes()), trusted=frozenset({P256.key}))
    assert report.verdict is Verdict.VALID
    assert judge(dict(files)).verdict is Verdict.VALID
    assert pack(files) == pack(dict(reversed(files.items())))


async def test_an_export_of_a_part_is_valid_and_has_that_part(
    any_database: Database, writer: AuditWriter, making: Checkpoints, clock: AuditClock, anchors: Path
) -> None:
    wanted = an_event(application="hall", at=NOON + timedelta(seconds=30))
    for event in (an_event(), an_event(application="hall"), wanted, an_event("use.opened", application="hall")):
        await writer.record(event)
        await making.make(now=True)
    span = Span(
        since=NOON + timedelta(seconds=1),
        until=NOON + timedelta(minutes=1),
        kinds=("licences.fetched",),
        applications=("hall",),
    )
    files = await Exporting(any_database, clock, P256).make(span)
    assert [json.loads(line)["event"]["id"] for line in files[ENTRIES].splitlines()] == [wanted.id]
    assert judge(files, anchors=read_anchors(anchors.read_bytes())).verdict is Verdict.VALID


async def test_what_no_checkpoint_covers_is_not_exported(
    any_database: Database, writer: AuditWriter, making: Checkpoints, clock: AuditClock
) -> None:
    covered, later = an_event(), an_event()
    await writer.record(covered)
    await making.make(now=True)
    await writer.record(later)
    files = await Exporting(any_database, clock, P256).make(EVERYTHING)
    assert covered.id in files[ENTRIES].decode()
    assert later.id not in files[ENTRIES].decode()
    assert judge(files).verdict is Verdict.VALID


async def test_an_export_is_bounded(
    any_database: Database, writer: AuditWriter, clock: AuditClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_ENTRIES", 2)
    for _ in range(3):
        await writer.record(an_event())
    with pytest.raises(ConfigurationInvalid, match="more than 2"):
        await Exporting(any_database, clock, P256).make(EVERYTHING)


# ---- set back


async def test_a_restored_backup_is_found_at_the_next_start_and_by_its_exports(
    sqlite_file: Path, tmp_path: Path, clock: AuditClock, anchors: Path
) -> None:
    file, backup = tmp_path / "gateway.sqlite", tmp_path / "backup.sqlite"
    shutil.copyfile(sqlite_file, file)
    sealing = Sealing(signer=P256, every=TEN_MINUTES, anchors=anchors)

    async def serve(*, further: int) -> dict[str, bytes]:
        async with database(f"sqlite:///{file}", clock) as opened:
            async with opened_audit(opened, clock, sealing) as writer:
                for _ in range(further):
                    await writer.record(an_event())
            clock.step(minutes=1)
            return await Exporting(opened, clock, P256).make(EVERYTHING)

    await serve(further=3)
    shutil.copyfile(file, backup)
    lost = await serve(further=2)
    assert judge(lost, anchors=read_anchors(anchors.read_bytes())).verdict is Verdict.VALID
    for rest in tmp_path.glob("gateway.sqlite*"):
        rest.unlink()
    shutil.copyfile(backup, file)
    with capture_logs() as logs:
        went_on = await serve(further=5)
    assert [line["reason"] for line in logs if line["event"] == "audit.forked"] == ["absent"]
    assert judge(went_on).verdict is Verdict.VALID  # by itself it is sound
    assert judge(went_on, anchors=read_anchors(anchors.read_bytes())).verdict is Verdict.INVALID


async def test_a_start_without_anchors_or_with_the_right_ones_is_quiet(
    any_database: Database, clock: AuditClock, tmp_path: Path
) -> None:
    anchors = tmp_path / "audit.anchors"
    sealing = Sealing(signer=P256, every=TEN_MINUTES, anchors=anchors)
    with capture_logs() as logs:
        for _ in range(2):
            async with opened_audit(any_database, clock, sealing) as writer:
                await writer.record(an_event())
        anchors.write_bytes(b"")
        async with opened_audit(any_database, clock, sealing):
            pass
    assert not [line for line in logs if line["log_level"] == "error"]


async def test_another_checkpoint_under_an_anchored_number_is_told(
    any_database: Database, clock: AuditClock, tmp_path: Path
) -> None:
    sealing = Sealing(signer=P256, every=TEN_MINUTES, anchors=tmp_path / "audit.anchors")
    async with opened_audit(any_database, clock, sealing):
        pass
    async with any_database.writing() as connection:
        await connection.execute(update(checkpoints).values(record=checkpoints.c.record + " "))
    with capture_logs() as logs:
        await Checkpoints(any_database, clock, sealing).look_back()
    assert [line["reason"] for line in logs] == ["different"]


async def test_without_a_key_there_are_chains_and_a_warning(any_database: Database, clock: AuditClock) -> None:
    with capture_logs() as logs:
        async with opened_audit(any_database, clock, None) as writer:
            await writer.record(an_event())
    assert "audit.unsigned" in [line["event"] for line in logs]
    assert len(await verify_chains(any_database)) == 2
    async with any_database.reading() as connection:
        assert not list(await connection.execute(select(checkpoints)))


# ---- removal


@pytest.fixture
def pruning(any_database: Database, clock: AuditClock) -> Pruning:
    return Pruning(any_database, clock, AuditSignatures(), parse_years(""))


async def test_expired_partitions_go_and_the_rest_still_verifies(
    any_database: Database, writer: AuditWriter, making: Checkpoints, clock: AuditClock, pruning: Pruning
) -> None:
    old = an_event("caller.refused")
    used = an_event()
    await writer.record(old)
    await writer.record(used)
    clock.step(days=40)
    await writer.flush()
    await making.make(now=True)
    assert await pruning.expired() == []
    clock.step(days=365 * 3)
    await writer.flush()
    expired = await pruning.expired()
    assert sorted(one.retention for one in expired) == [Retention.SECURITY, Retention.TECHNICAL]
    for one in expired:
        await pruning.prune(one, writer)
    assert await pruning.expired() == []
    chained = await verify_chains(any_database)
    assert old.id not in chained
    assert used.id in chained
    await making.make(now=True)
    files = await Exporting(any_database, clock, P256).make(EVERYTHING)
    assert judge(files).verdict is Verdict.VALID
    told = await AuditEntries(any_database).find(AuditChoice(kinds=("audit.pruned",)), 10, None)
    assert {event.note["chain"] for event in told} == {one.name for one in expired}
    assert all(event.note["checkpoint"] == 1 for event in told)


async def test_what_is_not_sealed_is_never_expired(writer: AuditWriter, clock: AuditClock, pruning: Pruning) -> None:
    await writer.record(an_event())
    clock.step(days=365 * 50)
    assert await pruning.expired() == []


async def test_nothing_goes_whose_checkpoint_does_not_prove_it(
    any_database: Database, writer: AuditWriter, making: Checkpoints, clock: AuditClock, pruning: Pruning
) -> None:
    await writer.record(an_event())
    clock.step(days=365 * 20)
    await writer.flush()
    await making.make(now=True)
    async with any_database.writing() as connection:
        await connection.execute(update(chains).where(chains.c.retention == "USE").values(head="00" * 32))
    (changed,) = [one for one in await pruning.expired() if one.retention is Retention.USE]
    with pytest.raises(ConfigurationInvalid, match="does not prove"):
        await pruning.prune(changed, writer)
    async with any_database.writing() as connection:
        await connection.execute(update(checkpoints).values(signature=b"0"))
    with pytest.raises(ConfigurationInvalid, match="does not prove"):
        await pruning.prune(changed, writer)


@pytest.mark.parametrize(
    ("month", "years", "ended"),
    [("2026-03", 6, "2032-04-01"), ("2026-12", 1, "2028-01-01"), ("2026-01", 3, "2029-02-01")],
)
def test_a_month_is_kept_from_its_end(month: str, years: int, ended: str) -> None:
    assert ends(month, years).isoformat() == f"{ended}T00:00:00+00:00"


def test_classes_can_be_kept_longer_and_never_shorter() -> None:
    assert parse_years("") == LEAST_YEARS
    assert parse_years("USE=8, ADMIN=12") == {**LEAST_YEARS, Retention.USE: 8, Retention.ADMIN: 12}
    for wrong, said in (("USE=5", "too short"), *((one, "read") for one in ("OTHER=9", "USE", "USE=x", "USE=9999"))):
        with pytest.raises(ValueError, match=said):
            parse_years(wrong)


def test_a_gateway_does_not_start_with_years_that_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIWANG_AUDIT_YEARS", "USE=8")
    assert load_settings().audit_kept[Retention.USE] == 8
    monkeypatch.setenv("YIWANG_AUDIT_YEARS", "USE=5")
    with pytest.raises(ConfigurationInvalid, match="YIWANG_AUDIT_YEARS: keeps events of class USE too short"):
        load_settings()
