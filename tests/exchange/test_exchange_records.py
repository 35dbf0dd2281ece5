"""Records under an approved request, and the catalogue that leads to them."""

from collections import Counter

from adapters.sandbox.exchange.holdings import RESOURCES
from adapters.sandbox.exchange.service import CATALOGUE_PAGE
from adapters.sandbox.exchange.service import ShareExchange as SandboxExchange
from adapters.sandbox.faults import FaultKind
from gateway.core.outcome import Outcome
from gateway.core.sharing.resources import InformationItem, ItemType, Masking, Sensitivity, SharingType
from tests.exchange.site import FIELDS, FIRM, HOUSEHOLD, STAFF, SYSTEM, Site
from tests.sandbox.callers import system_of

MEMBER = frozenset({"creditCode", "idNumber", "post"})


async def test_the_catalogue_comes_in_pages_and_is_whole(site: Site) -> None:
    catalogue = await site.exchange.catalogue(site.call())

    assert (catalogue.outcome, catalogue.unreadable, catalogue.notice) == (Outcome.OK, (), None)
    assert [one.number for one in catalogue.resources] == list(RESOURCES)
    assert site.sandbox.calls.of(SYSTEM, "catalogue/list") == -(-len(RESOURCES) // CATALOGUE_PAGE) > 1
    staff = next(one for one in catalogue.resources if one.number == STAFF)
    assert (staff.code, staff.sharing, staff.keys, staff.parameters, staff.operation) == (
        "307102/00008",
        SharingType.CONDITIONAL,
        ("creditCode",),
        frozenset({"post"}),
        "staff",
    )
    assert staff.items[1] == InformationItem(
        name="idNumber",
        title="公民身份号码",
        length=18,
        sensitivity=Sensitivity.SENSITIVE,
        masking=Masking.CITIZEN_ID,
    )
    assert staff.items[4].type is ItemType.DATE
    assert staff.published_on is not None


async def test_an_approved_request_opens_its_fields_of_the_person_who_is_asked_for(site: Site) -> None:
    status = await site.approved()

    answer = await site.ask(status.access)

    assert answer.outcome is Outcome.OK
    assert [set(record) for record in answer.records] == [set(FIELDS)]
    assert answer.records[0]["idNumber"] == site.person


async def test_without_the_secret_of_an_approval_that_holds_nothing_is_opened(site: Site) -> None:
    status = await site.approved("K1")
    firm = await site.approved("K2", resource=FIRM, fields=("creditCode", "status"))
    narrow = await site.approved("K3", fields=("idNumber",))

    answers = [await site.ask(access) for access in (None, "guess", firm.access, narrow.access)]
    site.decide("K1", "end")
    answers.append(await site.ask(status.access))

    assert [answer.outcome for answer in answers] == [Outcome.INVALID, *[Outcome.DENIED] * 4]
    assert not any(answer.records for answer in answers)


async def test_the_secret_of_an_approval_is_in_no_record_of_calls_and_no_text_of_a_question(site: Site) -> None:
    status = await site.approved()
    assert status.access

    answer = await site.ask(status.access)

    assert status.access not in repr(answer) + repr(site.records)
    assert site.records


async def test_more_records_than_a_day_has_are_refused(site: Site) -> None:
    status = await site.approved(per_day=1)

    answers = [await site.ask(status.access) for _ in range(2)]
    site.clock.step(86_400)
    answers.append(await site.ask(status.access))

    assert [answer.outcome for answer in answers] == [Outcome.OK, Outcome.DENIED, Outcome.OK]
    assert answers[1].code == "B0429"


async def test_the_staff_of_a_firm_comes_page_by_page_and_can_be_narrowed(site: Site) -> None:
    staff = system_of(site.sandbox, SYSTEM, SandboxExchange).records.staff
    firm = max(staff, key=lambda number: len(staff[number]))
    status = await site.approved(resource=STAFF, fields=tuple(MEMBER))
    asked = {"operation": "staff", "number": STAFF, "fields": MEMBER, "limit": 3}

    found: list[object] = []
    answer = await site.ask(status.access, parameters={"creditCode": firm}, **asked)
    found += answer.records
    while answer.cursor is not None:
        answer = await site.ask(status.access, parameters={"creditCode": firm}, cursor=answer.cursor, **asked)
        found += answer.records
    narrowed = await site.ask(status.access, parameters={"creditCode": firm, "post": "技术"}, **asked)

    assert len(staff[firm]) > 3
    assert found == [{name: one[name] for name in MEMBER} for one in staff[firm]]
    assert {record["post"] for record in narrowed.records} <= {"技术"}


async def test_what_nobody_has_is_not_found(site: Site) -> None:
    status = await site.approved()

    answer = await site.ask(status.access, parameters={"idNumber": "420102190001010000"})

    assert answer.outcome is Outcome.NOT_FOUND


async def test_fields_that_nobody_asked_for_are_noticed_and_not_read(site: Site) -> None:
    status = await site.approved()
    site.fault(FaultKind.MORE_FIELDS)

    answer = await site.ask(status.access)

    unread = {name for name, value in answer.records[0].items() if value is None}
    assert unread == {"sex", "born", "address", "head", "updated"}


async def test_somebody_elses_record_can_be_told_by_the_key_that_it_echoes(site: Site) -> None:
    status = await site.approved()
    site.fault(FaultKind.OTHER_PERSON)

    answer = await site.ask(status.access)

    assert Counter(record["idNumber"] == site.person for record in answer.records) == {True: 1, False: 1}


async def test_the_number_of_the_resource_is_what_the_exchange_is_asked_with(site: Site) -> None:
    status = await site.approved()

    answer = await site.ask(status.access, number=FIRM)

    assert HOUSEHOLD != FIRM
    assert answer.outcome in {Outcome.DENIED, Outcome.INVALID}
