"""One grant, three gateways on one PostgreSQL, many callers: its quota is given and no record more, and none after."""

import asyncio
import base64
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from adapters.sandbox.world.generate import World
from certs.audit_keys import AuditSignatures
from certs.record_cipher import AesGcmRecordCipher
from gateway.cli.demo.queries import OPEN_USE
from gateway.core.audit.references import References
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.quota import Usage
from gateway.core.sharing.receipts import Proof, verify_receipt
from gateway.core.sharing.terms import Quota
from gateway.store.database import Database, database
from gateway.store.sharing.grants import SqlGrants
from gateway.store.sharing.purse import SqlPurse
from gateway.store.sharing.resources import SqlResources
from gateway.system_clock import SystemClock
from tests.sharing_use.site import a_grant, a_resource, some_terms
from tests.soak.client import Answer, Connection, Unanswered
from tests.soak.fleet import Fleet, fleet

ASK = """query Ask($use: ID!, $grant: ID!, $parameters: JSON!) {
  sharedRecords(use: $use, grant: $grant, parameters: $parameters) { records receipt sources { outcome } }
}"""
REVOKE = """mutation Revoke($input: RevokeGrantInput!) {
  revokeGrant(input: $input) { grant { revokedAt } problems { message } }
}"""
QUOTA_GRANT = "soak-quota"
REVOKED_GRANTS = tuple(f"soak-revoked-{number}" for number in range(5))
GRANTS = (QUOTA_GRANT, *REVOKED_GRANTS)
EXHAUSTED = "YW-SH-23"
CLOSED = frozenset({"YW-SH-21", "YW-SU-04"})
"""The grant had ended when the use was decided, or when it was to be given."""

TIMEOUT_MS = 20_000
PEOPLE = 40
"""Fewer than one officer may ask for in a short time."""


@dataclass
class Given:
    """What callers were told under one grant.

    Attributes:
        records: as callers counted them; ``receipts`` what came with each of those answers.
        after: records of answers that were asked for after the revocation had returned; ``read_after`` those of answers
            that were taken from the quota before it and read after it, the last of them ``latest`` seconds after it.
    """

    records: int = 0
    receipts: list[dict[str, Any]] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    after: int = 0
    read_after: int = 0
    latest: float = 0.0
    revoked_at: float | None = None


def quota(folder: Path, *, records: int, callers: int, gateways: int = 3) -> dict[str, Any]:
    """Callers ask until they are refused; then again under grants that are revoked in the middle, one by one.

    Returns:
        ``holds``; for every round how many records callers, receipts, the audit and the database count.
    """
    with fleet(folder, "postgresql", gateways) as up:
        return asyncio.run(_rounds(up, folder, records, callers))


async def _rounds(up: Fleet, folder: Path, records: int, callers: int) -> dict[str, Any]:
    async with database(up.database, SystemClock()) as db:
        await _granted(db, up, folder, records)
        started = time.monotonic()
        first = await _asked(up, QUOTA_GRANT, callers)
        seconds = time.monotonic() - started
        ended = {grant: await _revoked(up, db, grant, callers, records // 5) for grant in REVOKED_GRANTS}
        purse = SqlPurse(db, SystemClock())
        used = {grant: (await purse.usage(grant)).in_all for grant in GRANTS}
    audited, verified = await asyncio.to_thread(_audited, up, folder)
    exact = _told(folder, first, used[QUOTA_GRANT], audited[QUOTA_GRANT])
    revoked = [
        {
            **_told(folder, given, used[grant], audited[grant]),
            "usedWhenRevocationReturned": at_once.in_all,
            "recordsAskedForAfter": given.after,
            "recordsReadAfter": given.read_after,
            "millisecondsAfter": round(given.latest * 1000, 1),
        }
        for grant, (given, at_once) in ended.items()
    ]
    return {
        "gateways": len(up.gateways),
        "callers": callers,
        "quota": records,
        "answersPerSecond": round(first.records / seconds, 1),
        "untilRefused": exact,
        "revoked": revoked,
        "auditVerifies": verified,
        "holds": exact["agree"]
        and first.records == records
        and set(first.refusals) == {EXHAUSTED}
        and all(one["agree"] for one in revoked)
        and all(_is_ended(given, at_once) for given, at_once in ended.values())
        and verified,
    }


def _is_ended(given: Given, at_once: Usage) -> bool:
    """Whether nothing was spent under a grant after its revocation, and nothing given to whoever asked after it."""
    return at_once.in_all == given.records and given.after == 0 and set(given.refusals) <= CLOSED


async def _granted(db: Database, up: Fleet, folder: Path, records: int) -> None:
    """The resource, a grant of so many records, and those of so many that nobody is refused before they are revoked."""
    world, now = up.world, SystemClock().now()
    assert await SqlResources(db, SystemClock()).put([a_resource()])
    grants = SqlGrants(db, AesGcmRecordCipher.parse((folder / "record.key").read_bytes()))
    for name in GRANTS:
        assert await grants.add(_grant(world, name, records if name == QUOTA_GRANT else records * 100, now))


def _grant(world: World, name: str, most: int, now: Any) -> Grant:
    body = world.officer.body.code
    terms = some_terms(
        items=frozenset({world.item}),
        applications=frozenset({"*"}),
        bodies=frozenset({body}),
        quota=Quota(None, most),
        valid_from=now - timedelta(hours=1),
        valid_until=now + timedelta(days=1),
    )
    return a_grant(name, terms=terms, requester=body, issued_at=now)


async def _revoked(up: Fleet, db: Database, grant: str, callers: int, enough: int) -> tuple[Given, Usage]:
    """What was given under a grant that is revoked once ``enough`` records are, and what was used at that moment."""
    given = Given()
    asking = asyncio.create_task(_asked(up, grant, callers, given))
    while given.records < enough and not asking.done():  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.01)
    connection = Connection(up.gateways[0].port, up.tokens["officer"])
    asked = {"id": grant, "reason": "purpose-ended", "expectedVersion": 1}
    answer = await connection.ask(REVOKE, {"input": asked}, TIMEOUT_MS)
    given.revoked_at = time.monotonic()
    used = await SqlPurse(db, SystemClock()).usage(grant)
    connection.close()
    if not (answer.data.get("revokeGrant") or {}).get("grant"):
        raise RuntimeError(f"the grant is not revoked: {answer.body}")
    return await asking, used


async def _asked(up: Fleet, grant: str, callers: int, given: Given | None = None) -> Given:
    """What all callers got, each at the next gateway, until each was refused."""
    given = given or Given()
    numbers = [person.number for person in up.world.people[:PEOPLE]]
    turns = count()

    async def caller(number: int) -> None:
        connection = Connection(up.gateways[number % len(up.gateways)].port, up.tokens["officer"])
        use = await _use(up, connection)
        is_refused = False
        while not is_refused:
            asked_at = time.monotonic()
            parameters = {"idNumber": numbers[next(turns) % len(numbers)]}
            try:
                answer = await connection.ask(ASK, {"use": use, "grant": grant, "parameters": parameters}, TIMEOUT_MS)
            except Unanswered as error:
                given.failures[str(error)] += 1
                continue
            is_refused = _noted(given, answer, asked_at)
        connection.close()

    await asyncio.gather(*map(caller, range(callers)))
    return given


def _noted(given: Given, answer: Answer, asked_at: float) -> bool:
    """Whether the caller was refused."""
    found = answer.data.get("sharedRecords")
    if found is None:
        for error in answer.body.get("errors", ()):
            given.refusals[error["extensions"].get("number", error["extensions"]["code"])] += 1
        return True
    many = len(found["records"])
    given.records += many
    given.receipts.append(found["receipt"])
    if many == 0:
        given.failures[str(found["sources"][0]["outcome"])] += 1
    if given.revoked_at is not None and many:
        given.read_after += many
        given.latest = time.monotonic() - given.revoked_at
        given.after += many if asked_at > given.revoked_at else 0
    return False


async def _use(up: Fleet, connection: Connection) -> str:
    declared = {"statutory": {"item": up.world.item, "case": up.world.case, "note": "soak"}}
    answer = await connection.ask(OPEN_USE, {"input": declared}, TIMEOUT_MS)
    return str(answer.data["openUse"]["use"]["id"])


def _told(folder: Path, given: Given, used: int, audited: int) -> dict[str, Any]:
    """What everyone counts; ``agree`` if that is the same number, and every receipt verifies and is another one."""
    public_pem = (folder / "audit.key.pub.pem").read_text("utf-8")
    receipts = [one for one in given.receipts if one is not None and _verifies(one, public_pem)]
    by_receipts = sum(one["receipt"]["rows"] for one in receipts)
    distinct = len({one["receipt"]["id"] for one in receipts})
    counts = {"callers": given.records, "receipts": by_receipts, "audit": audited, "database": used}
    return {
        "records": counts,
        "answers": len(given.receipts),
        "receiptsThatVerify": len(receipts),
        "refusals": dict(given.refusals),
        "failures": dict(given.failures),
        "agree": len(set(counts.values())) == 1 and len(given.receipts) == len(receipts) == distinct,
    }


def _verifies(receipt: dict[str, Any], public_pem: str) -> bool:
    """Whether it is in its group, and the group's statement is signed."""
    record, statement = (_canonical(receipt[name]) for name in ("receipt", "statement"))
    proof = Proof(**{**receipt["proof"], "path": tuple(receipt["proof"]["path"])})
    verify_receipt(record, proof)
    signature = base64.b64decode(receipt["signature"])
    is_of_it = (receipt["statement"]["root"], receipt["statement"]["count"]) == (proof.root, proof.count)
    return is_of_it and AuditSignatures().is_signed(public_pem, statement, signature)


def _canonical(value: Any) -> bytes:
    """RFC 8785 of texts, whole numbers, lists and objects whose names are of the basic plane."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _audited(up: Fleet, folder: Path) -> tuple[Counter[str], bool]:
    """How many records the audit says were given under each grant, and whether it verifies."""
    export = folder / "audit-export"
    made = up.command("audit", "export", "--from", "2026-01-01T00:00:00+08:00", str(export))
    verified = up.command("audit", "verify", str(export))
    references = References(AesGcmRecordCipher.parse((folder / "record.key").read_bytes()))
    names = {references.of_record("grant", grant): grant for grant in GRANTS}
    counts: Counter[str] = Counter()
    if made.returncode == 0:
        with (export / "entries.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                entry = json.loads(line)
                event = entry.get("event", entry)
                if event.get("kind") == "records.shared" and event.get("ending", "DONE") == "DONE":
                    counts[names[event["about"]]] += event["count"]
    return counts, made.returncode == verified.returncode == 0
