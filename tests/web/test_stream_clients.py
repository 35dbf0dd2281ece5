"""The clients that frontends use subscribe over real sockets: npm's graphql-sse in both modes, npm's graphql-ws."""

import asyncio
import json
from pathlib import Path

import pytest

from gateway.core.system import SystemState
from tests.node.workspace import WITH_NODE, run_node
from tests.web.live import StreamingGateway, live

SCRIPTS = Path(__file__).parents[1] / "node"
DOWN = {"data": {"systemHealth": {"system": {"code": "city"}, "from": "UP", "to": "DOWN"}}}
UP = {"data": {"systemHealth": {"system": {"code": "city"}, "from": "DOWN", "to": "UP"}}}
VIEWER = {"data": {"viewer": {"application": {"code": "portal"}}}}


@WITH_NODE
@pytest.mark.parametrize(
    ("mode", "path"), [("distinct", "/graphql"), ("distinct", "/graphql/stream"), ("single", "/graphql/stream")]
)
async def test_graphql_sse_sees_changes_asks_and_comes_back(mode: str, path: str) -> None:
    gateway = StreamingGateway()
    async with live(gateway) as url:
        headers = json.dumps({"authorization": f"Bearer {gateway.token()}", "accept-language": "en"})
        running = asyncio.create_task(
            asyncio.to_thread(run_node, SCRIPTS / "subscribe_sse.mjs", url + path, headers, mode)
        )
        await gateway.health.watched()
        gateway.health.tell("city", SystemState.DOWN)
        await gateway.health.begun_times(2)  # it left and came back
        gateway.health.tell("city", SystemState.UP, SystemState.DOWN)
        done = await running
    assert (done.returncode, done.stderr) == (0, "")
    first, second, query, refused = map(json.loads, done.stdout.splitlines())
    assert (first, second) == ({"first": DOWN}, {"second": UP})
    assert query["query"]["data"]["viewer"]["application"]["code"]
    assert refused["refused"]["errors"][0]["extensions"]["code"] == "BAD_INPUT"


@WITH_NODE
async def test_graphql_ws_sees_changes_asks_and_comes_back_by_itself() -> None:
    gateway = StreamingGateway()
    async with live(gateway) as url:
        said = json.dumps({"authorization": f"Bearer {gateway.token()}", "accept-language": "en"})
        address = url.replace("http", "ws") + "/graphql"
        running = asyncio.create_task(asyncio.to_thread(run_node, SCRIPTS / "subscribe_ws.mjs", address, said))
        await gateway.health.watched()
        gateway.health.tell("city", SystemState.DOWN)
        await gateway.health.begun_times(2)  # it left and came back
        gateway.health.tell("city", SystemState.UP, SystemState.DOWN)
        done = await running
    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    [query] = [line["query"] for line in lines if "query" in line]
    assert query["data"]["viewer"]["application"]["code"]
    [refused] = [line["refused"] for line in lines if "refused" in line]
    assert refused[0]["extensions"]["code"] == "BAD_INPUT"
    assert [line["result"] for line in lines if "result" in line] == [DOWN, UP]
