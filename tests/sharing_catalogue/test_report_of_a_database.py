"""The yearly report over a real database: what was stored and when, a page at a time, for those who supervise."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert

from gateway.core import problems
from gateway.core.caller import Role
from gateway.core.sharing.grants import narrow
from gateway.core.sharing.reporting import Figure, PairCount, ReportLine
from gateway.core.sharing.resources import SharingType
from gateway.core.sharing.terms import Quota
from gateway.services.sharing import report_sharing
from gateway.services.sharing.decide_request import Decision
from gateway.services.sharing.report_sharing import ReportSharing
from gateway.store.database import Database
from gateway.store.sharing.receipts import SqlReceipts
from gateway.store.sharing.report import SqlShareReport
from gateway.store.tables.sharing import share_disputes
from tests.sharing.making import CODE, DAY, PROVIDER, REQUESTER, START, a_resource
from tests.sharing_service.offices import (
    ASKER,
    AUDITOR,
    CHECKER,
    CITIZEN,
    GIVER,
    HUB_OFFICE,
    NOBODY,
    Bureau,
    asking,
    call,
    person,
    some_terms,
)
from tests.sharing_service.test_request_to_grant import refused
from tests.sharing_store.test_receipt_store import kept
from tests.store.databases import any_database, database_url, postgres_server
from tests.store.keys import a_cipher

__all__ = ["any_database", "database_url", "postgres_server"]
OTHER = "91110000600037341L"


@pytest.fixture
async def bureau(any_database: Database) -> Bureau:
    made = Bureau(any_database)
    await made.stock()
    return made


def report_of(bureau: Bureau) -> ReportSharing:
    return ReportSharing(bureau.desk, SqlShareReport(bureau.database, a_cipher()))


def figures(line: ReportLine) -> dict[Figure, int]:
    return {figure: many for figure, many in line.figures.items() if many}


async def test_a_year_is_reported_as_it_was_stored(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_sharing, "_AT_ONCE", 1)
    await bureau.desk.resources.put(
        [a_resource(code="307001/00013", provider=OTHER, sharing=SharingType.UNCONDITIONAL)]
    )
    grants = []
    for key in ("a", "b", "c"):
        asked = await bureau.request(asking(key=key, terms=some_terms(valid_until=START + 300 * DAY)), ASKER)
        bureau.clock.step(DAY)
        await bureau.step(CHECKER, asked.request.id, Decision.TAKE_UP)
        await bureau.step(CHECKER, asked.request.id, Decision.PASS)
        bureau.clock.step(DAY)
        grants.append((await bureau.step(GIVER, asked.request.id, Decision.APPROVE)).grant)
    await bureau.revoke(grants[0].id, "misuse", 1, GIVER)
    await bureau.request(asking(key="draft", submit=False), ASKER)
    receipts = [kept(1, grant=grants[0].id, rows=3), kept(2, grant=grants[1].id, rows=4)]
    await SqlReceipts(bureau.database).add(
        [*receipts, kept(3, grant=grants[1].id, rows=50, at=START - timedelta(days=100))]
    )
    await disputed(bureau, "d-1", START)
    await disputed(bureau, "d-2", START - timedelta(days=100))
    bureau.clock.step(DAY)
    report = await report_of(bureau)(2026, AUDITOR)
    usual = {
        Figure.RECEIVED: 3,
        Figure.APPROVED: 3,
        Figure.DAYS: 2 + 2 + 0,  # the last one was asked for on a Friday, decided on the Sunday
        Figure.GRANTS: 2,
        Figure.RECORDS: 7,
        Figure.DISPUTES: 1,
    }
    assert figures(report.total) == usual | {Figure.CONDITIONAL: 1, Figure.UNCONDITIONAL: 1}
    lines = {line.body: figures(line) for line in report.providers}
    assert lines == {PROVIDER: usual | {Figure.CONDITIONAL: 1}, OTHER: {Figure.UNCONDITIONAL: 1}}
    assert [(line.body, figures(line)) for line in report.requesters] == [(REQUESTER, usual)]
    assert report.year.end == bureau.clock.now()
    past = await report_of(bureau)(2025, HUB_OFFICE)
    assert figures(past.total) == {Figure.RECORDS: 50, Figure.DISPUTES: 1}
    assert [event.note["what"] for event in bureau.trail.events if event.kind == "share.supervised"] == ["report"] * 2


async def disputed(bureau: Bureau, dispute: str, at: Any) -> None:
    row = {
        "id": dispute, "version": 1, "state": "REPORTED", "resource": CODE, "source": PROVIDER, "reporter": REQUESTER,
        "reported_at": at, "answered_at": None, "sealed": b"",
    }  # fmt: skip
    async with bureau.database.writing() as connection:
        await connection.execute(insert(share_disputes).values(row))


async def test_the_catalogue_and_grants_are_reported_as_they_were_at_the_end(bureau: Bureau) -> None:
    records = SqlShareReport(bureau.database, a_cipher())
    grant = (await bureau.approved()).grant
    below = msgspec.structs.replace(grant, id="below", terms=msgspec.structs.replace(grant.terms, quota=Quota(1, 1)))
    assert await bureau.desk.grants.add(narrow(grant, below)), "as under the grant of an exchange"
    decided = bureau.clock.now()
    assert await records.grants(decided) == [], "it was issued in that moment"
    bureau.clock.step(DAY)
    moment = bureau.clock.now()
    assert await records.grants(moment) == [PairCount(PROVIDER, REQUESTER, 1)]
    assert [one.version for one in await records.resources(moment, "", 9)] == [1]
    bureau.clock.step(DAY)
    await bureau.desk.resources.put([a_resource(sharing=SharingType.NOT_SHARED, version=2)])
    await bureau.revoke("below", "misuse", 1, GIVER)
    bureau.clock.step(DAY)
    assert [one.version for one in await records.resources(moment, "", 9)] == [1]
    assert [one.version for one in await records.resources(bureau.clock.now(), "", 9)] == [2]
    assert await records.resources(bureau.clock.now(), CODE, 9) == []
    assert await records.grants(moment) == [PairCount(PROVIDER, REQUESTER, 1)]
    assert await records.grants(bureau.clock.now()) == []


async def test_what_had_ended_before_the_year_is_not_read(bureau: Bureau) -> None:
    records = SqlShareReport(bureau.database, a_cipher())
    ended = (await bureau.request(asking(key="a"), ASKER)).request
    open_ = (await bureau.request(asking(key="b"), ASKER)).request
    await bureau.request.withdraw(ended.id, ended.version, ASKER)
    since, until = START - DAY, START + DAY
    both = sorted([ended.id, open_.id])
    assert [one.id for one in await records.requests(since, until, "", 9)] == both
    assert [one.id for one in await records.requests(since, until, both[0], 9)] == both[1:]
    assert [one.id for one in await records.requests(until, until + DAY, "", 9)] == [open_.id]
    assert await records.requests(since - DAY, since, "", 9) == []


async def test_only_supervision_reads_it_of_years_that_have_begun(bureau: Bureau) -> None:
    report = report_of(bureau)
    for who in (NOBODY, CITIZEN, ASKER, GIVER, CHECKER):
        await refused(problems.SHARE_SUPERVISION_FORBIDDEN, report(2026, who))
    for year in (1999, 2027):
        await refused(problems.SHARE_REPORT_YEAR, report(year, HUB_OFFICE))
    assert (await report(2000, call(person("ops", None, Role.OPERATIONS)))).total.figures == {}


async def test_a_report_has_no_more_lines_than_people_read(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    bureau.clock.step(DAY)
    monkeypatch.setattr(report_sharing, "MOST_BODIES", 0)
    await refused(problems.SHARE_TOO_MANY, report_of(bureau)(2026, HUB_OFFICE))
