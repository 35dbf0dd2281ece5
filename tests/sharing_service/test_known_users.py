"""Applications and bodies that nobody knows are refused by name wherever terms are named, if anybody lists them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.caller import Application, Caller
from gateway.core.sharing.offices import Competence, Member, Offices
from gateway.core.sharing.rules import ShareRules
from gateway.core.text import Language
from gateway.services.sharing.decide_request import DecideRequest, Decision, DecisionRequest
from gateway.services.sharing.narrow_grant import NarrowGrant, NarrowRequest
from gateway.services.sharing.request_share import Change, RequestShare
from gateway.store.database import Database, database
from tests.sharing.making import HUB, OFFICE, PROVIDER, REQUESTER
from tests.sharing_service.offices import ASKER, CHECKER, GIVER, Bureau, Clock, asking, some_terms
from tests.sharing_service.test_request_to_grant import refused
from tests.store.databases import sqlite_copy

NOBODY = "91110000600037341L"


@pytest.fixture
async def db(sqlite_file: Path, tmp_path: Path) -> AsyncIterator[Database]:
    async with database(sqlite_copy(sqlite_file, tmp_path), Clock()) as opened:
        yield opened


@pytest.fixture
async def listing(db: Database) -> Bureau:
    """A gateway whose issuers file names one application beside those that call by tokens."""
    made = Bureau(db, applications=["hall"], own_office=OFFICE)
    await made.stock()
    return made


def naming(**changes: Any) -> Any:
    return asking(terms=some_terms(**changes))


async def test_a_draft_names_applications_and_bodies_that_are_known(listing: Bureau) -> None:
    refusal = await refused(problems.SHARE_APPLICATION_UNKNOWN, listing.request(naming(applications=("hal",)), ASKER))
    assert (refusal.field, refusal.values["codes"]) == ("input.terms.applications", "hal")
    assert "hal" in refusal.message(Language.ZH)
    assert "YIWANG_ISSUERS" in refusal.remedy(Language.EN)
    refusal = await refused(problems.SHARE_BODY_UNKNOWN, listing.request(naming(bodies=(HUB, NOBODY)), ASKER))
    assert (refusal.field, refusal.values["codes"]) == ("input.terms.bodies", NOBODY)
    many = naming(applications=tuple(f"{number}{'x' * 70}" for number in range(7)))
    codes = (await refused(problems.SHARE_APPLICATION_UNKNOWN, listing.request(many, ASKER))).values["codes"]
    assert codes == ", ".join(f"{number}{'x' * 63}" for number in range(5)) + " …"
    known = naming(applications=("hall", "portal", "*"), bodies=(REQUESTER, PROVIDER, HUB, OFFICE, "*"))
    assert (await listing.request(known, ASKER)).request.wanted.applications == {"hall", "portal", "*"}


async def test_what_was_named_before_can_be_decided_through_another_application(db: Database) -> None:
    bureau = Bureau(db, applications=["hall"])
    await bureau.stock()
    asked = (await bureau.request(asking(), ASKER)).request
    await bureau.step(CHECKER, asked.id, Decision.TAKE_UP)
    await bureau.step(CHECKER, asked.id, Decision.PASS)
    console = Caller(Application("console", "console"), GIVER.caller.person)
    done = await bureau.step(msgspec.structs.replace(GIVER, caller=console), asked.id, Decision.APPROVE)
    assert done.grant.terms.applications == {"portal"}, "the application that asked is listed nowhere"


async def test_so_do_a_revision_a_submission_a_decision_and_what_is_left_of_a_grant(db: Database) -> None:
    bureau = Bureau(db, applications=["hall"])
    await bureau.stock()
    draft = (await bureau.request(asking(submit=False), ASKER)).request
    change = Change(id=draft.id, expected_version=1, terms=some_terms(applications=("hal",)))
    await refused(problems.SHARE_APPLICATION_UNKNOWN, bureau.request.revise(change, ASKER))
    await refused(problems.SHARE_APPLICATION_UNKNOWN, bureau.request.submit(change, ASKER))
    await bureau.request.withdraw(draft.id, 1, ASKER)
    asked = (await bureau.request(asking(key="all", terms=some_terms(bodies=("*",))), ASKER)).request
    await bureau.step(CHECKER, asked.id, Decision.TAKE_UP)
    await bureau.step(CHECKER, asked.id, Decision.PASS)
    part = {"granted": some_terms(bodies=(NOBODY,)), "reason": "beyond-necessary"}
    refusal = await refused(problems.SHARE_BODY_UNKNOWN, bureau.step(GIVER, asked.id, Decision.APPROVE, **part))
    assert refusal.field == "input.granted.bodies"
    grant = (await bureau.step(GIVER, asked.id, Decision.APPROVE)).grant
    narrow = NarrowGrant(bureau.desk, bureau.grants)
    left = NarrowRequest(id=grant.id, expected_version=1, reason="misuse", bodies=(NOBODY,))
    assert (await refused(problems.SHARE_BODY_UNKNOWN, narrow(left, GIVER))).field == "input.bodies"
    elsewhere = Offices([Competence("420000", HUB)], [Member(HUB, "420000")])
    others = msgspec.structs.replace(bureau.desk, rules=ShareRules(bureau.desk.rules.deadlines, elsewhere))
    parties = msgspec.structs.replace(left, bodies=(REQUESTER, PROVIDER))
    assert (await NarrowGrant(others, bureau.grants)(parties, GIVER)).terms.bodies == {REQUESTER, PROVIDER}


async def test_who_lists_nobody_takes_every_code_and_a_list_that_came_later_hinders_no_narrowing(db: Database) -> None:
    before = Bureau(db)
    await before.stock()
    nobody = Offices([Competence("000000", HUB)])
    unlisted = msgspec.structs.replace(before.desk, rules=ShareRules(before.desk.rules.deadlines, nobody))
    terms = some_terms(applications=("hal", "portal"), bodies=(NOBODY, REQUESTER))
    asked = (await RequestShare(unlisted)(asking(terms=terms), ASKER)).request
    for who, decision in ((CHECKER, Decision.TAKE_UP), (CHECKER, Decision.PASS), (GIVER, Decision.APPROVE)):
        version = (await before.find(asked.id, ASKER) or asked).version
        done = await DecideRequest(unlisted)(
            DecisionRequest(id=asked.id, expected_version=version, decision=decision), who
        )
    assert done.grant is not None
    bureau = Bureau(db, applications=["hall"])
    left = NarrowRequest(id=done.grant.id, expected_version=1, reason="misuse", applications=("hal",))
    assert (await NarrowGrant(bureau.desk, bureau.grants)(left, GIVER)).terms.bodies == {NOBODY, REQUESTER}
