import json
from typing import Any

import httpx
import pytest

from adapters.sandbox.license_app.library import SESSION_SECONDS, USE_CODE_SECONDS
from adapters.sandbox.world.generate import World
from tests.sandbox.callers import CityCaller, SteppedClock

ENVELOPE = {"ack_code", "errors", "sign", "sign_method", "timestamp", "correlation_id", "response_id", "data"}


def _code(reply: dict[str, Any]) -> str:
    assert reply["ack_code"] == "FAILURE"
    code: str = reply["errors"][0]["code"]
    return code


async def test_login_gives_a_token_beside_the_envelope(city: CityCaller) -> None:
    reply = await city.login()
    assert reply["ack_code"] == "SUCCESS"
    assert set(reply) == ENVELOPE | {"access_token"}
    assert reply["timestamp"] == "2026-03-02 12:00:00"


@pytest.mark.parametrize("field", ["app_key", "app_secret", "account", "password"])
async def test_a_wrong_credential_gives_no_token(city: CityCaller, field: str) -> None:
    reply = await city.login(**{field: "wrong"})
    assert _code(reply) == "E1001"
    assert "access_token" not in reply


async def test_without_a_token_nothing_is_told(city: CityCaller, world: World) -> None:
    assert _code(await city.licences(world.holder.number)) == "E401"


async def test_a_list_has_a_use_code_for_each_licence_and_numbers_as_strings(city: CityCaller, world: World) -> None:
    await city.login()
    reply = await city.licences(world.holder.number, request_id="r1")
    assert set(reply) == ENVELOPE
    assert reply["correlation_id"] == "r1"
    held = world.libraries["city-licences"].held_by(world.holder.number)
    data = reply["data"]
    assert data["total_count"] == str(len(held))
    assert data["auth_codes"] == [one["auth_code"] for one in data["licenses"]]
    assert [one["license_code"] for one in data["licenses"]] == [one.licence.identifier or "" for one in held]


async def test_holders_are_joined_by_commas_and_the_end_is_said_in_two_ways(city: CityCaller, world: World) -> None:
    await city.login()
    licences = (await city.licences(world.holder.number))["data"]["licenses"]
    joint = next(one for one in licences if one["name"] == "不动产权证书示例")
    assert joint["holder_identity_num"].split(",")[0] == world.holder.number
    assert len(joint["holder_name"].split(",")) == 2
    ends = {one["expiry_date"] for one in licences}
    assert {"0000-00-00", "长期", "9999-12-31 23:59:59"} <= ends
    assert {"null"} <= {one["abolish_reason"] for one in licences}
    assert {one["license_status"] for one in licences} == {"01", "05"}


async def test_a_use_code_gives_the_face_as_json_in_a_string_until_it_dies(
    city: CityCaller, world: World, clock: SteppedClock
) -> None:
    await city.login()
    (code, *_) = (await city.licences(world.holder.number))["data"]["auth_codes"]
    data = (await city.get("/license/get_license", auth_code=code))["data"]
    assert json.loads(data["data_fields"])["XM"] == world.holder.name
    clock.step(USE_CODE_SECONDS)
    assert _code(await city.get("/license/get_license", auth_code=code)) == "E1205"


async def test_a_session_ends_after_its_time_at_logout_and_on_command(
    city: CityCaller, world: World, clock: SteppedClock
) -> None:
    await city.login()
    clock.step(SESSION_SECONDS)
    assert _code(await city.licences(world.holder.number)) == "E401"
    await city.login()
    assert (await city.get("/security/logout"))["ack_code"] == "SUCCESS"
    assert _code(await city.licences(world.holder.number)) == "E401"
    await city.login()
    city.sandbox.systems["city-licences"].end_sessions()
    assert _code(await city.licences(world.holder.number)) == "E401"


async def test_a_purpose_and_somebody_to_ask_about_are_required(city: CityCaller, world: World) -> None:
    await city.login()
    assert _code(await city.post("/license/auth", identity_number=world.holder.number)) == "E1102"
    assert _code(await city.post("/license/auth", service_item_code=world.item)) == "E1102"
    assert _code(await city.licences(world.holder.number, page_size="many")) == "E1103"
    assert _code(await city.licences(world.holder.number, page_index=0)) == "E1103"


async def test_a_body_that_is_no_json_fails_with_http_200(city: CityCaller, http: httpx.AsyncClient) -> None:
    await city.login()
    url = f"{city.sandbox.addresses['city-licences']}/license/auth"
    reply = await http.post(url, params={"access_token": city.token}, content=b"\xff{")
    assert reply.status_code == 200
    assert _code(reply.json()) == "E1000"


async def test_an_unknown_holder_has_an_empty_list(city: CityCaller) -> None:
    await city.login()
    reply = await city.licences("nobody")
    assert (reply["ack_code"], reply["data"]["licenses"], reply["data"]["total_count"]) == ("SUCCESS", [], "0")


async def test_lists_are_cut_off_at_100_rows_and_only_the_count_tells(city: CityCaller, world: World) -> None:
    await city.login()
    reply = await city.licences(world.crowded.number, page_size=200)
    assert (len(reply["data"]["licenses"]), reply["data"]["total_count"]) == (100, "140")
    second = await city.licences(world.crowded.number, page_size="100", page_index="2")
    assert len(second["data"]["licenses"]) == 40


async def test_one_licence_is_found_by_its_identifier_or_number_without_a_holder(
    city: CityCaller, world: World
) -> None:
    await city.login()
    record = world.libraries["city-licences"].held_by(world.holder.number)[0].licence
    assert record.identifier is not None
    for asked in ({"license_code": record.identifier.lower()}, {"id_code": record.number, "license_code": None}):
        reply = await city.post("/license/auth", service_item_code=world.item, **asked)
        assert [one["license_code"] for one in reply["data"]["licenses"]] == [record.identifier]


async def test_a_holder_may_ask_for_himself(city: CityCaller, world: World) -> None:
    await city.login()
    reply = await city.post("/license/holder", credential=world.holder.number, service_item_code=world.item)
    assert reply["data"]["licenses"]
