import asyncio
import socket

import httpx
import pytest

from adapters.sandbox.families import DEFAULT_PORTS, SYSTEMS
from adapters.sandbox.faults import FaultInvalid, read_fault
from adapters.sandbox.running import Sandbox, running_sandbox
from adapters.sandbox.server import PortTaken
from adapters.sandbox.world.generate import World
from tests.sandbox.callers import CityCaller, ProvinceCaller
from tests.sandbox.soap_calls import PING, envelope
from tests.servers.client import http_client

CITY, PROVINCE = "city-licences", "province-licences"


async def _order(sandbox: Sandbox, http: httpx.AsyncClient, system: str, **fault: object) -> None:
    reply = await http.put(f"{sandbox.control}/faults/{system}", json=fault)
    assert reply.status_code == 200


async def _raw_city_list(city: CityCaller, world: World) -> httpx.Response:
    url = city.sandbox.addresses[CITY]
    body = {"identity_number": world.holder.number, "service_item_code": "item"}
    async with http_client() as client:
        return await client.post(f"{url}/license/auth", params={"access_token": city.token}, json=body)


async def test_the_control_port_lists_systems_faults_and_counts(
    sandbox: Sandbox, http: httpx.AsyncClient, city: CityCaller, world: World
) -> None:
    assert (await http.get(sandbox.control)).json() == {"systems": sandbox.addresses}
    await city.login()
    await city.licences(world.holder.number)
    await http.get(f"{sandbox.addresses[CITY]}/{world.holder.number}")
    await _order(sandbox, http, CITY, kind="html", share=0.5)
    assert (await http.get(f"{sandbox.control}/faults")).json() == {CITY: {"kind": "html", "share": 0.5}}
    counts = (await http.get(f"{sandbox.control}/calls")).json()
    assert counts == {CITY: {"security/login": 1, "license/auth": 1, "other": 1}}


async def test_calls_are_counted_by_soap_operation(province: ProvinceCaller, sandbox: Sandbox) -> None:
    await province.send(envelope(province.token(), PING), action="http://licences.example/service/v1/Ping")
    assert sandbox.calls.of(PROVINCE, "Ping") == 1


async def test_an_unknown_system_is_404_and_names_those_there_are(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    for reply in (
        await http.put(f"{sandbox.control}/faults/nowhere", json={"kind": "hang"}),
        await http.delete(f"{sandbox.control}/faults/nowhere"),
    ):
        assert reply.status_code == 404
        assert CITY in reply.json()["error"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"kind":"flames"}',
        b'{"kind":"latency","ms":-1}',
        b'{"kind":"latency","ms":600001}',
        b'{"kind":"error","share":1.1}',
        b'{"kind":"flood","bytes":1000000001}',
        b'{"kind":"hang","colour":1}',
        b"\xff",
    ],
)
async def test_a_bad_order_is_400_and_says_what_is_possible(
    sandbox: Sandbox, http: httpx.AsyncClient, body: bytes
) -> None:
    reply = await http.put(f"{sandbox.control}/faults/{CITY}", content=body)
    assert reply.status_code == 400
    assert "latency|error|reset" in reply.json()["error"]
    with pytest.raises(FaultInvalid):
        read_fault(body)


async def test_clearing_a_fault_mends_the_system(
    sandbox: Sandbox, http: httpx.AsyncClient, city: CityCaller, world: World
) -> None:
    await city.login()
    await _order(sandbox, http, CITY, kind="error")
    assert (await _raw_city_list(city, world)).status_code == 500
    assert (await http.delete(f"{sandbox.control}/faults/{CITY}")).status_code == 204
    assert (await _raw_city_list(city, world)).json()["ack_code"] == "SUCCESS"


async def test_error_is_an_envelope_or_a_fault_with_500(
    sandbox: Sandbox, http: httpx.AsyncClient, province: ProvinceCaller
) -> None:
    for system in (CITY, PROVINCE):
        await _order(sandbox, http, system, kind="error")
    reply = await http.post(f"{sandbox.addresses[CITY]}/security/login")
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (500, "E500")
    assert await province.fault(envelope(province.token(), PING)) == "soap:Server"


async def test_latency_answers_rightly_but_not_before_its_time(
    sandbox: Sandbox, http: httpx.AsyncClient, city: CityCaller, world: World
) -> None:
    await city.login()
    await _order(sandbox, http, CITY, kind="latency", ms=30)
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert (await _raw_city_list(city, world)).json()["ack_code"] == "SUCCESS"
    assert loop.time() - started >= 0.03


async def test_reset_breaks_the_connection_off_with_rst(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    await _order(sandbox, http, CITY, kind="reset")
    address = httpx.URL(sandbox.addresses[CITY])
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()


async def test_hang_accepts_and_never_answers(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    await _order(sandbox, http, CITY, kind="hang")
    with pytest.raises(httpx.ReadTimeout):
        await http.get(sandbox.addresses[CITY], timeout=0.05)


async def test_a_sandbox_that_ends_lets_nobody_hang(world: World, http: httpx.AsyncClient) -> None:
    async with running_sandbox(world) as sandbox:
        await _order(sandbox, http, CITY, kind="hang")
        hanging = asyncio.ensure_future(http.get(sandbox.addresses[CITY]))
        async with asyncio.timeout(60):
            while not sandbox.calls.all():  # noqa: ASYNC110 - the call counter has no event to wait for
                await asyncio.sleep(0)
    with pytest.raises(httpx.RemoteProtocolError):
        await hanging


async def test_expired_ends_the_present_sessions_once(
    sandbox: Sandbox, http: httpx.AsyncClient, city: CityCaller, world: World
) -> None:
    await city.login()
    await _order(sandbox, http, CITY, kind="expired")
    assert (await city.licences(world.holder.number))["errors"][0]["code"] == "E401"
    await city.login()
    assert (await city.licences(world.holder.number))["ack_code"] == "SUCCESS"


async def test_expired_with_a_share_ends_sessions_again_and_again(
    sandbox: Sandbox, http: httpx.AsyncClient, city: CityCaller, world: World
) -> None:
    await _order(sandbox, http, CITY, kind="expired", share=1)
    for _ in range(2):
        await city.login()
        assert (await city.licences(world.holder.number))["errors"][0]["code"] == "E401"


async def test_expired_makes_tokens_of_each_call_fail(
    sandbox: Sandbox, http: httpx.AsyncClient, province: ProvinceCaller
) -> None:
    await _order(sandbox, http, PROVINCE, kind="expired")
    assert await province.fault(envelope(province.token(), PING)) == "wsse:FailedAuthentication"


async def test_charset_sends_gb18030_under_a_utf8_label(
    sandbox: Sandbox, http: httpx.AsyncClient, city: CityCaller, province: ProvinceCaller, world: World
) -> None:
    await city.login()
    for system in (CITY, PROVINCE):
        await _order(sandbox, http, system, kind="charset")
    for reply in (await _raw_city_list(city, world), await province.send(envelope(province.token(), PING))):
        assert "utf-8" in reply.headers["content-type"].lower()
        with pytest.raises(UnicodeDecodeError):
            reply.content.decode()
        assert "示例" in reply.content.decode("gb18030") or "成功" in reply.content.decode("gb18030")


async def test_html_is_an_error_page_with_200(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    await _order(sandbox, http, PROVINCE, kind="html")
    reply = await http.get(sandbox.addresses[PROVINCE])
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert reply.text.startswith("<!DOCTYPE html>")


async def test_truncate_closes_in_the_middle_of_the_body(
    sandbox: Sandbox, http: httpx.AsyncClient, city: CityCaller, world: World
) -> None:
    await city.login()
    await _order(sandbox, http, CITY, kind="truncate")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        await _raw_city_list(city, world)


async def test_flood_pads_a_right_answer_to_its_length(
    sandbox: Sandbox, http: httpx.AsyncClient, city: CityCaller, world: World
) -> None:
    await city.login()
    await _order(sandbox, http, CITY, kind="flood", bytes=1_000_000)
    reply = await _raw_city_list(city, world)
    assert len(reply.content) == 1_000_000
    assert reply.json()["ack_code"] == "SUCCESS"


async def test_a_reader_may_leave_in_the_middle_of_a_flood(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    await _order(sandbox, http, CITY, kind="flood")
    async with http.stream("GET", sandbox.addresses[CITY]) as reply:
        assert await anext(reply.aiter_raw())
    assert (await http.get(sandbox.control)).status_code == 200


async def test_a_share_is_met_exactly(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    await _order(sandbox, http, CITY, kind="html", share=0.3)
    replies = [await http.get(sandbox.addresses[CITY]) for _ in range(10)]
    assert [reply.status_code for reply in replies].count(200) == 3


async def test_a_request_that_is_too_large_is_not_read(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    reply = await http.post(f"{sandbox.addresses[CITY]}/security/login", content=b" " * 1_100_000)
    assert reply.status_code == 413


async def test_a_port_in_use_is_named_with_the_remedy(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"{port} for city-licences"):
            async with running_sandbox(world, ports={CITY: port}):
                pass


async def test_a_port_for_nobody_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="no such system: elsewhere"):
        async with running_sandbox(world, ports={"elsewhere": 1}):
            pass


async def test_what_the_block_raises_comes_out_as_it_is(world: World) -> None:
    with pytest.raises(LookupError, match="mine"):
        async with running_sandbox(world):
            raise LookupError("mine")


def test_every_system_and_the_control_have_a_port() -> None:
    assert DEFAULT_PORTS.keys() == {"control", *SYSTEMS}
    assert (DEFAULT_PORTS["control"], DEFAULT_PORTS[CITY], DEFAULT_PORTS[PROVINCE]) == (9100, 9101, 9102)
    assert len(set(DEFAULT_PORTS.values())) == len(DEFAULT_PORTS)


async def test_credentials_are_of_the_seed_and_plainly_fake(sandbox: Sandbox, world: World) -> None:
    async with running_sandbox(world) as again:
        for system, settings in sandbox.settings().items():
            for key, value in settings.items():
                if not key.endswith("url"):
                    assert again.settings()[system][key] == value
                    assert value.startswith("sandbox-") or key in {"private-key", "issuer"}
