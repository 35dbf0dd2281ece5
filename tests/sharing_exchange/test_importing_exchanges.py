"""The catalogue of an exchange: sound resources are kept with their history, wrong ones are told and left."""

from typing import Any

import msgspec
import pytest

from gateway.core import problems
from gateway.core.outcome import Outcome
from gateway.core.sharing import importing_exchange
from gateway.core.sharing.exchange import ExchangeResource
from gateway.core.sharing.importing_exchange import import_exchange
from gateway.core.sharing.resources import (
    Authority,
    InformationItem,
    Masking,
    Resource,
    Sensitivity,
    Service,
    SharingType,
    Upstream,
)
from gateway.services.sharing.exchanges.import_exchange import ImportExchange
from tests.sharing.making import PROVIDER, a_resource
from tests.sharing_exchange.branch import Branch
from tests.sharing_exchange.refusals import refused
from tests.sharing_service.offices import CHECKER, HUB_OFFICE, NOBODY

ITEMS = (
    InformationItem(name="id", title="公民身份号码", masking=Masking.CITIZEN_ID, sensitivity=Sensitivity.PERSONAL),
    InformationItem(name="name", title="姓名"),
)


def listed(number: str = "R-8", code: str = "307101/00001", **changes: Any) -> ExchangeResource:
    made = ExchangeResource(
        number=number, code=code, title="户籍信息", provider=PROVIDER, items=ITEMS, sharing=SharingType.CONDITIONAL,
        condition="用于办理事项", keys=("id",), operation="household",
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def test_a_resource_of_an_exchange_is_decided_and_served_there() -> None:
    (made,) = import_exchange("exchange", [listed()], {}).resources
    assert (made.authority, made.upstream) == (Authority.UPSTREAM, Upstream("exchange", "R-8"))
    assert (made.service, made.version) == (Service("exchange", "household"), 1)
    (unserved,) = import_exchange("exchange", [listed(operation="")], {}).resources
    assert unserved.service is None


def test_what_has_not_changed_has_no_new_version_and_what_has_keeps_what_is_ours() -> None:
    (first,) = import_exchange("exchange", [listed()], {}).resources
    ours = msgspec.structs.replace(first, format="JSON", items=(*first.items[:1], _stricter(first.items[1])), version=3)
    again = import_exchange("exchange", [listed()], {ours.code: ours})
    assert (again.resources, again.unchanged) == ((), 1)
    (changed,) = import_exchange("exchange", [listed(title="户籍")], {ours.code: ours}).resources
    assert (changed.version, changed.title, changed.format) == (4, "户籍", "JSON")
    assert changed.items[1] == _stricter(first.items[1])


def _stricter(item: InformationItem) -> InformationItem:
    return msgspec.structs.replace(item, sensitivity=Sensitivity.SENSITIVE, masking=Masking.NAME)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (listed(code="x"), "code"),
        (listed(keys=()), "keys"),
        (listed(items=()), "items"),
        (listed(number="R" * 101), "number"),
        (listed(code=a_resource().code), "code"),
        (listed(code="307101/00009"), "code"),
    ],
    ids=["code", "no key", "no items", "number", "a local resource", "another exchange's"],
)
def test_a_wrong_resource_is_told_and_keeps_out_no_other(wrong: ExchangeResource, path: str) -> None:
    others: dict[str, Resource] = {
        a_resource().code: a_resource(),
        "307101/00009": a_resource(
            code="307101/00009", authority=Authority.UPSTREAM, upstream=Upstream("other", "R-1")
        ),
    }
    found = import_exchange("exchange", [wrong, listed("R-9", "307101/00002")], others)
    assert [one.code for one in found.resources] == ["307101/00002"]
    assert path in {one.finding.path for one in found.findings}
    assert {one.number for one in found.findings} == {wrong.number}


def test_what_stands_twice_is_taken_once_and_a_catalogue_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = [listed(), listed("R-9"), listed("R-8", "307101/00003")]
    found = import_exchange("exchange", twice, {})
    assert len(found.resources) == 1
    assert [(one.number, one.finding.path) for one in found.findings] == [("R-9", "code"), ("R-8", "number")]
    monkeypatch.setattr(importing_exchange, "MOST_RESOURCES", 1)
    cut = import_exchange("exchange", [listed(), listed("R-9", "307101/00002")], {})
    assert (len(cut.resources), [one.number for one in cut.findings]) == (1, ["R-9"])


async def test_the_hub_office_imports_and_everything_is_audited(branch: Branch) -> None:
    bring = ImportExchange(branch.desk, branch.exchanges)
    branch.exchange.resources = [listed(), listed("R-9", "bad")]
    branch.exchange.unreadable = ("R-10",)
    tried = await bring("exchange", HUB_OFFICE, dry_run=True)
    assert (tried.added, tried.left_out, tried.unreadable) == (1, 1, ("R-10",))
    assert await branch.desk.resources.find("307101/00001") is None
    done = await bring("exchange", HUB_OFFICE, dry_run=False)
    assert (done.added, done.changed, done.unchanged) == (1, 0, 0)
    assert (await branch.desk.resource("307101/00001")).upstream == Upstream("exchange", "R-8")
    assert (await bring("exchange", HUB_OFFICE, dry_run=False)).unchanged == 1
    assert [event.kind for event in branch.trail.held].count("resource.put") == 1


async def test_only_the_hub_office_imports_from_an_exchange_that_has_a_catalogue(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring = ImportExchange(branch.desk, branch.exchanges)
    await refused(problems.PERSON_MISSING, bring("exchange", NOBODY, dry_run=True))
    await refused(problems.EXCHANGE_IMPORT_FORBIDDEN, bring("exchange", CHECKER, dry_run=True))
    await refused(problems.EXCHANGE_UNKNOWN, bring("none", HUB_OFFICE, dry_run=True))
    for outcome, problem in (
        (Outcome.NOT_ASKED, problems.EXCHANGE_NO_CATALOGUE),
        (Outcome.TIMED_OUT, problems.SHARE_EXCHANGE_SILENT),
    ):
        branch.exchange.catalogues = outcome
        await refused(problem, bring("exchange", HUB_OFFICE, dry_run=True))
    branch.exchange.catalogues = Outcome.OK
    branch.exchange.resources = [listed()]

    async def put(*_: object) -> bool:
        return False

    monkeypatch.setattr(type(branch.desk.resources), "put", put)
    await refused(problems.CATALOGUE_CHANGED, bring("exchange", HUB_OFFICE, dry_run=False))
