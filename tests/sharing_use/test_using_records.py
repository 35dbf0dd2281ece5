"""Records are used under a grant: what leaves of an answer, and what never does."""

import asyncio
import base64
from collections.abc import Awaitable
from typing import Any

import msgspec
import pytest
from msgspec import convert

from adapters.sandbox.faults import FaultKind
from certs.audit_keys import AuditSignatures
from gateway.core import problems
from gateway.core.audit.canonical import canonical
from gateway.core.audit.reading import AuditChoice
from gateway.core.caller import Person, Role
from gateway.core.errors import Refusal
from gateway.core.licence import Holder
from gateway.core.masking import mask_name
from gateway.core.outcome import Outcome
from gateway.core.problems import Problem
from gateway.core.sharing.parties import Party
from gateway.core.sharing.reasons import DEFAULT_REASONS
from gateway.core.sharing.receipts import Proof, verify_receipt
from gateway.core.sharing.resources import ItemType, Service
from gateway.core.sharing.scope import InRegion, OneOf, Scope
from gateway.core.sharing.terms import Access, Quota
from gateway.services.sharing.decide_use import SharedRequest
from gateway.services.sharing.fetch_shared import SharedRecords
from gateway.store.audit.reading import AuditEntries
from tests.sharing.making import ITEM, OFFICE, OWNER, PROVIDER, START
from tests.sharing_use.site import ALL, ITEMS, OFFICER, SIGNER, STAFF, SYSTEM, Site, a_grant, a_resource, some_terms


async def test_only_what_is_opened_leaves_and_masked_as_the_grant_says(site: Site) -> None:
    await site.grants.add(a_grant())
    found = await site.ask()
    (record,) = found.records
    truth = site.register.register.person(site.person)
    assert truth is not None
    assert record["idNumber"] == site.person
    assert record["name"] == mask_name(str(truth["xm"]))
    assert record["phone"] == f"{str(truth['lxdh'])[:3]}****{str(truth['lxdh'])[-4:]}"
    assert record["months"] == int(str(truth["jfys"]))
    assert str(record["since"]).replace("-", "") == truth["cbrq"]
    assert len(str(record["employer"])) == 64
    assert record.keys() == {"idNumber", "name", "phone", "state", "months", "since", "employer"}
    assert found.withheld.keys() == {"born", "region", "address", "employerName", "base", "updated"}
    (source,) = found.sources
    assert (source.outcome, source.notice) == (Outcome.OK, None)


async def test_an_answer_takes_from_the_quota_and_is_in_the_audit_before_it_leaves(site: Site) -> None:
    await site.grants.add(a_grant())
    await site.ask()
    usage = await site.purse.usage("g-1")
    assert (usage.on_day, usage.in_all) == (1, 1)
    (event,) = await AuditEntries(site.db).uses_of(site.references.every_of_holder(holder(site)), 10, None)
    assert (event.kind, event.count, event.use.item if event.use else None) == ("records.shared", 1, ITEM)
    assert set(event.shown) == some_terms().opened
    assert event.systems[0].sha256
    assert site.person not in event.record().decode()


async def test_every_answer_has_a_receipt_that_proves_it(site: Site) -> None:
    await site.grants.add(a_grant())
    found = await site.ask()
    assert found.receipt is not None
    kept = await site.receipts.find(found.receipt["receipt"]["id"])
    assert kept is not None
    assert kept.proof is not None
    receipt = verify_receipt(kept.record, kept.proof)
    assert receipt == verify_receipt(canonical(found.receipt["receipt"]), convert(found.receipt["proof"], Proof))
    assert (receipt.rows, receipt.grants, receipt.resource_version) == (1, ("g-1",), 1)
    statement = canonical(found.receipt["statement"])
    signature = base64.b64decode(found.receipt["signature"])
    assert AuditSignatures().is_signed(SIGNER.public_pem, statement, signature)
    assert site.person not in kept.record.decode()


async def test_a_receipt_names_the_bytes_that_the_provider_answered(site: Site) -> None:
    await site.grants.add(a_grant())
    found = await site.ask()
    assert found.receipt is not None
    (reply,) = found.receipt["receipt"]["replies"]
    (record,) = await AuditEntries(site.db).uses_of(site.references.every_of_holder(holder(site)), 10, None)
    assert record.systems[0].sha256 == (reply["sha256"],)
    assert reply["size"] > 0


async def test_fields_that_were_not_asked_for_are_dropped_and_reported(site: Site) -> None:
    await site.grants.add(a_grant())
    site.fault(FaultKind.MORE_FIELDS)
    found = await site.ask(fields=("state",))
    assert [record.keys() for record in found.records] == [{"state"}]
    assert "剔除" in (found.sources[0].notice or "")
    (event,) = await AuditEntries(site.db).uses_of(site.references.every_of_holder(holder(site)), 10, None)
    assert event.note["dropped"] == 11


async def test_a_record_of_somebody_else_is_held_back_and_reported(site: Site) -> None:
    await site.grants.add(a_grant())
    site.fault(FaultKind.OTHER_PERSON)
    found = await site.ask()
    assert [record["idNumber"] for record in found.records] == [site.person]
    assert "他人" in (found.sources[0].notice or "")
    assert found.receipt is not None
    assert found.receipt["receipt"]["withheld"] == {"FOREIGN": 1}
    assert (await site.purse.usage("g-1")).in_all == 1


async def test_rows_outside_of_the_scope_stay_here_though_the_judging_field_is_not_opened(site: Site) -> None:
    elsewhere = Scope((InRegion("region", frozenset({"110000"})),))
    await site.grants.add(a_grant(terms=some_terms(scope=elsewhere)))
    found = await site.ask()
    assert found.records == ()
    assert found.receipt is not None
    assert found.receipt["receipt"]["withheld"] == {"OUTSIDE": 1}


async def test_nothing_leaves_that_was_revoked_while_the_provider_was_asked(site: Site) -> None:
    grant = a_grant()
    await site.grants.add(grant)
    spend = site.purse.spend

    async def revoke_first(*asked: Any) -> Any:
        ended = grant.revoke(DEFAULT_REASONS, "misuse", by=OWNER, party=Party.PROVIDER, at=START)
        assert await site.grants.change(grant, ended)
        return await spend(*asked)

    site.purse.spend = revoke_first  # type: ignore[method-assign,assignment] # what happens between asking and spending
    await refused(problems.SHARED_GRANT_CHANGED, site.ask())
    assert await site.receipts.of_grant("g-1", None, 10) == []
    (event,) = await AuditEntries(site.db).find(AuditChoice(kinds=("records.shared",)), 10, None)
    assert (event.ending.value, event.count, event.shown) == ("REFUSED", None, ())


async def test_what_the_quota_does_not_cover_stays_here(site: Site) -> None:
    await site.grants.add(a_grant(terms=some_terms(quota=Quota(2, None))))
    await site.ask()
    await site.ask()
    await refused(problems.QUOTA_EXHAUSTED, site.ask())
    asked = site.sandbox.calls.all()[SYSTEM]
    await refused(problems.QUOTA_EXHAUSTED, site.ask())
    assert site.sandbox.calls.all()[SYSTEM] == asked  # the provider is not asked for what nobody may have


async def test_who_gives_the_data_may_count_too_and_deny_what_the_quota_does_not_cover(site: Site) -> None:
    await site.grants.add(a_grant(terms=some_terms(quota=Quota(1, None))))
    await site.ask()
    site.fault(FaultKind.EXPIRED)
    await refused(problems.QUOTA_EXHAUSTED, site.ask())
    asked = site.sandbox.calls.all()[SYSTEM]
    await refused(problems.QUOTA_EXHAUSTED, site.ask())
    assert site.sandbox.calls.all()[SYSTEM] == asked


async def test_many_at_once_never_use_more_than_the_quota(site: Site) -> None:
    await site.grants.add(a_grant(terms=some_terms(quota=Quota(9, None))))
    answers = await asyncio.gather(*(site.ask() for _ in range(24)), return_exceptions=True)
    given = [answer for answer in answers if isinstance(answer, SharedRecords)]
    assert len(given) == 9
    assert (await site.purse.usage("g-1")).on_day == 9
    assert len(await site.receipts.of_grant("g-1", None, 100)) == 9


async def test_pages_lead_through_everything_once(site: Site) -> None:
    await site.grants.add(a_grant(resource=STAFF, terms=staff_terms()))
    firm = site.register.register.firms[0]
    everyone = site.register.register.staff(firm)
    assert everyone is not None
    seen: list[object] = []
    after = None
    for _ in range(20):
        found = await site.ask({"employer": firm}, first=30, after=after)
        assert len(found.records) <= 30
        seen += [record["idNumber"] for record in found.records]
        after = found.cursor
        if after is None:
            break
    assert seen == [record["gmsfhm"] for record in everyone]
    assert len(seen) > 30


async def test_a_cursor_is_of_no_use_to_anybody_else_or_for_another_question(site: Site) -> None:
    await site.grants.add(a_grant(resource=STAFF, terms=staff_terms()))
    first, second, *_ = site.register.register.firms
    found = await site.ask({"employer": first}, first=5)
    assert found.cursor is not None
    await refused(problems.CURSOR_INVALID, site.ask({"employer": second}, after=found.cursor))
    await refused(problems.CURSOR_INVALID, site.ask({"employer": first}, after=found.cursor[:-2]))
    colleague = msgspec.structs.replace(OFFICER, subject="officer-2")
    await refused(problems.CURSOR_INVALID, site.ask({"employer": first}, after=found.cursor, call=site.call(colleague)))


async def test_a_parameter_narrows_and_is_sent_in_the_providers_code(site: Site) -> None:
    await site.grants.add(a_grant(resource=STAFF, terms=staff_terms()))
    firm = site.register.register.firms[0]
    found = await site.ask({"employer": firm, "state": "暂停缴费"}, first=200)
    assert {record["state"] for record in found.records} == {"暂停缴费"}


async def test_a_scope_of_several_values_is_held_to_here(site: Site) -> None:
    scope = Scope((OneOf("state", frozenset({"终止缴费"})),))
    await site.grants.add(a_grant(resource=STAFF, terms=staff_terms(scope=scope)))
    firm = site.register.register.firms[0]
    found = await site.ask({"employer": firm}, first=200)
    assert {record["state"] for record in found.records} == {"终止缴费"}


@pytest.mark.parametrize(
    "parameters",
    [None, [], "x", {"idNumber": 1.5}, {"idNumber": None}, {"idNumber": ["x"]}, {str(n): "x" for n in range(51)}],
    ids=str,
)
async def test_parameters_are_texts_and_numbers_by_the_names_of_fields(site: Site, parameters: Any) -> None:
    await site.grants.add(a_grant())
    request = SharedRequest(use="use-1", grant="g-1", parameters=parameters)
    with pytest.raises(Refusal) as caught:
        await site.fetch(request, site.call())
    assert caught.value.problem is problems.SHARED_PARAMETERS_INVALID


@pytest.mark.parametrize("parameters", [{}, {"idNumber": "*"}, {"idNumber": "42%"}, {"idNumber": ""}, {"name": "例安"}])
async def test_nobody_can_ask_for_everybody(site: Site, parameters: dict[str, object]) -> None:
    await site.grants.add(a_grant())
    with pytest.raises(Refusal) as caught:
        await site.ask(parameters)
    assert caught.value.problem is problems.GRANT_PARAMETER
    assert caught.value.values["keys"] == "idNumber"


@pytest.mark.parametrize(
    ("person", "application", "problem"),
    [
        (msgspec.structs.replace(OFFICER, body=PROVIDER), "portal", problems.GRANT_DENIED),
        (OFFICER, "elsewhere", problems.GRANT_DENIED),
        (msgspec.structs.replace(OFFICER, body=OFFICE), "portal", problems.GRANT_UNKNOWN),
        (msgspec.structs.replace(OFFICER, role=Role.CITIZEN, body=None), "portal", problems.GRANT_UNKNOWN),
    ],
)
async def test_a_grant_is_only_for_those_whom_it_names(
    site: Site, person: Person, application: str, problem: Problem
) -> None:
    await site.grants.add(a_grant())
    await refused(problem, site.ask(call=site.call(person, application)))
    await refused(problem, site.ask(call=site.call(person, application), parameters={"idNumber": []})) if (
        problem is problems.GRANT_UNKNOWN
    ) else None


async def test_a_grant_that_is_not_there_is_unknown(site: Site) -> None:
    await refused(problems.GRANT_UNKNOWN, site.ask())


async def test_a_use_that_reaches_one_person_reaches_nobody_else(site: Site) -> None:
    await site.grants.add(a_grant())
    other = site.sandbox.world.people[1].number
    site.use = msgspec.structs.replace(site.use, reaches=Holder("111", other))
    await refused(problems.SHARED_OTHER_HOLDER, site.ask())
    assert (await site.ask({"idNumber": other})).records[0]["idNumber"] == other


async def test_a_grant_gives_no_more_than_those_above_it(site: Site) -> None:
    await site.grants.add(a_grant("above", terms=some_terms(fields={"state": Access.SHOW})))
    await site.grants.add(a_grant("g-1", terms=some_terms(fields=ALL), parent="above"))
    found = await site.ask()
    assert [record.keys() for record in found.records] == [{"state"}]
    assert (await site.purse.usage("above")).in_all == 1
    assert found.receipt is not None
    assert found.receipt["receipt"]["grants"] == ("g-1", "above") or found.receipt["receipt"]["grants"] == [
        "g-1",
        "above",
    ]


async def test_somebody_whom_the_provider_does_not_know_costs_nothing_and_is_recorded(site: Site) -> None:
    await site.grants.add(a_grant())
    found = await site.ask({"idNumber": "420102190001010000"})
    assert (found.records, found.sources[0].outcome) == ((), Outcome.NOT_FOUND)
    assert found.receipt is not None
    assert (await site.purse.usage("g-1")).in_all == 0


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [(FaultKind.ERROR, Outcome.UPSTREAM_FAULT), (FaultKind.EXPIRED, Outcome.DENIED), (FaultKind.HTML, None)],
)
async def test_a_provider_that_fails_is_reported_and_nothing_is_given(
    site: Site, kind: FaultKind, outcome: Outcome | None
) -> None:
    await site.grants.add(a_grant())
    site.fault(kind)
    found = await site.ask()
    assert (found.records, found.receipt, found.cursor) == ((), None, None)
    assert found.sources[0].outcome is (outcome or Outcome.UPSTREAM_FAULT)
    assert (await site.purse.usage("g-1")).in_all == 0


async def test_a_resource_that_nothing_serves_is_a_conflict(site: Site) -> None:
    await site.grants.add(a_grant())
    await site.resources.put([a_resource(service=None, version=2)])
    await refused(problems.SHARED_NOT_SERVED, site.ask())


async def test_a_system_that_is_not_there_is_not_asked(site: Site) -> None:
    await site.grants.add(a_grant())
    await site.resources.put([a_resource(service=Service("elsewhere", "person"), version=2)])
    assert (await site.ask()).sources[0].outcome is Outcome.NOT_ASKED


async def test_an_operation_that_is_not_there_is_not_asked(site: Site) -> None:
    await site.grants.add(a_grant())
    await site.resources.put([a_resource(service=Service(SYSTEM, "elsewhere"), version=2)])
    assert (await site.ask()).sources[0].outcome is Outcome.NOT_ASKED


@pytest.mark.parametrize("first", [0, 501])
async def test_a_page_has_its_bounds(site: Site, first: int) -> None:
    await refused(problems.LIMIT_OUT_OF_RANGE, site.ask(first=first))


@pytest.mark.parametrize("fields", [(), ("x",) * 501])
async def test_fields_have_their_bounds(site: Site, fields: tuple[str, ...]) -> None:
    await site.grants.add(a_grant())
    await refused(problems.SHARED_FIELDS_INVALID, site.ask(fields=fields))


async def test_a_value_that_is_none_of_its_type_is_null_and_reported(site: Site) -> None:
    await site.grants.add(a_grant())
    items = tuple(msgspec.structs.replace(item, type=ItemType.INTEGER) for item in ITEMS if item.name != "idNumber")
    key = next(item for item in ITEMS if item.name == "idNumber")
    await site.resources.put([a_resource(items=(key, *items), version=2)])
    found = await site.ask()
    assert found.records[0]["state"] is None
    assert "无法读取" in (found.sources[0].notice or "")


def staff_terms(**changes: Any) -> Any:
    fields = dict.fromkeys(("employer", "idNumber", "name", "state"), Access.SHOW)
    return some_terms(fields=fields, quota=Quota(None, None), **changes)


def holder(site: Site) -> Holder:
    return Holder("111", site.person)


async def refused(problem: Problem, asked: Awaitable[object]) -> None:
    with pytest.raises(Refusal) as caught:
        await asked
    assert caught.value.problem is problem
