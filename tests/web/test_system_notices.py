"""Disabling and maintaining systems through GraphQL: what operations send, and what everybody reads."""

from typing import Any

import msgspec
import pytest

from gateway.core.caller import Person, Role
from tests.services.fakes import OFFICER
from tests.web.gateways import Gateway

OPERATIONS = msgspec.structs.replace(OFFICER, subject="ops", role=Role.OPERATIONS)
FIELDS = """
  system { code state noticeVersion notice { kind text begins ends } maintenance { id text } }
  problems { code message field remedy }
"""
DISABLE = f"mutation($input: DisableSystemInput!) {{ disableSystem(input: $input) {{ {FIELDS} }} }}"
ENABLE = f"mutation($input: EnableSystemInput!) {{ enableSystem(input: $input) {{ {FIELDS} }} }}"
PLAN = f"mutation($input: PlanMaintenanceInput!) {{ planMaintenance(input: $input) {{ {FIELDS} }} }}"
CANCEL = f"mutation($input: CancelMaintenanceInput!) {{ cancelMaintenance(input: $input) {{ {FIELDS} }} }}"
NOTICE: dict[str, Any] = {"code": "city", "noticeZh": "数据迁移", "noticeEn": "data is moved", "expectedVersion": 0}


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


async def change(gateway: Gateway, document: str, *, person: Person = OPERATIONS, **values: Any) -> dict[str, Any]:
    answer = await gateway.ask(document, {"input": values}, person=person)
    assert "errors" not in answer, answer
    (payload,) = answer["data"].values()
    return dict(payload)


@pytest.mark.parametrize(("language", "words"), [("zh", "数据迁移"), ("en", "data is moved")])
async def test_a_disabled_system_shows_its_notice_until_it_is_enabled(
    gateway: Gateway, language: str, words: str
) -> None:
    payload = await change(gateway, DISABLE, **NOTICE)
    assert payload["problems"] == []
    assert (payload["system"]["notice"]["kind"], payload["system"]["noticeVersion"]) == ("DISABLED", 1)
    read = await gateway.ask(
        '{ system(code: "city") { notice { text ends } } }', person=OFFICER, headers={"accept-language": language}
    )
    assert read["data"]["system"]["notice"] == {"text": words, "ends": None}
    payload = await change(gateway, ENABLE, code="city", expectedVersion=1)
    assert payload["system"] == {
        "code": "city",
        "state": "UP",
        "noticeVersion": 2,
        "notice": None,
        "maintenance": [],
    }


async def test_a_window_is_planned_and_cancelled(gateway: Gateway) -> None:
    year = gateway.clock.now().year + 1
    times: dict[str, Any] = {"begins": f"{year}-01-01T01:00:00+08:00", "ends": f"{year}-01-01T05:00:00+08:00"}
    payload = await change(gateway, PLAN, **NOTICE, **times)
    assert payload["problems"] == []
    (window,) = payload["system"]["maintenance"]
    payload = await change(gateway, CANCEL, code="city", window=window["id"], expectedVersion=1)
    assert (payload["system"]["maintenance"], payload["system"]["noticeVersion"]) == ([], 2)


async def test_what_can_be_mended_is_a_problem_with_its_field_and_remedy(gateway: Gateway) -> None:
    await change(gateway, DISABLE, **NOTICE)
    for values, code, field in (
        (NOTICE, "CONFLICT", "input.expectedVersion"),
        ({**NOTICE, "code": "mars"}, "NOT_FOUND", "input.code"),
        ({**NOTICE, "noticeEn": " "}, "BAD_INPUT", "input.noticeEn"),
    ):
        payload = await change(gateway, DISABLE, **values)
        (problem,) = payload["problems"]
        assert (payload["system"], problem["code"], problem["field"]) == (None, code, field)
        assert problem["message"]
        assert problem["remedy"]


async def test_who_may_not_is_refused(gateway: Gateway) -> None:
    answer = await gateway.ask(DISABLE, {"input": NOTICE}, person=OFFICER)
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert answer["data"] == {"disableSystem": None}
