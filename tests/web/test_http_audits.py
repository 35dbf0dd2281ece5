"""GraphQL over HTTP as the standard's own audits see it: npm's graphql-http against a real server."""

import asyncio
import json
from pathlib import Path

from tests.node.workspace import WITH_NODE, run_node
from tests.web.exchanges import served
from tests.web.gateways import Gateway

AUDITS = Path(__file__).parents[1] / "node" / "audits.mjs"
COUNT = 61


@WITH_NODE
async def test_every_audit_of_graphql_http_is_ok(gateway: Gateway) -> None:
    token = gateway.headers()["authorization"].removeprefix("Bearer ")
    async with served(gateway.app) as port:
        done = await asyncio.to_thread(run_node, AUDITS, f"http://127.0.0.1:{port}/graphql", token, timeout=240)
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == COUNT
    assert [result for result in results if result["status"] != "ok"] == []
