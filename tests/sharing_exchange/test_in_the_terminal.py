"""A running gateway whose exchange is away: what waits for it is shown, and settled once it is in doubt, by command."""

import json
from pathlib import Path

from gateway.bootstrap.addresses import database_address
from gateway.bootstrap.keys import read_record_cipher
from gateway.core.caller import Role
from gateway.core.delivery import Delivery
from gateway.core.sharing.parties import GATEWAY
from gateway.core.sharing.resources import ItemRelation
from gateway.store.database import database
from gateway.store.sharing.relations import SqlItemRelations
from gateway.store.sharing.requests import SqlShareRequests
from gateway.store.sharing.resources import SqlResources
from gateway.system_clock import SystemClock
from tests.sharing.making import upstream_resource
from tests.sharing_service.live import APPROVER, ASKER, CHECKER, HUB_OFFICE, ITEM, a_sharing_gateway, served
from tests.sharing_service.offices import FIELDS, person
from tests.sharing_service.test_sharing_over_http import did, refused, yiwang

CODE = "307001/00013"


async def test_what_waits_for_an_exchange_is_shown_in_the_terminal(tmp_path: Path) -> None:
    settings = await a_sharing_gateway(tmp_path)
    clock = SystemClock()
    async with database(database_address(settings), clock) as opened:
        await SqlResources(opened, clock).put([upstream_resource(code=CODE)])
        await SqlItemRelations(opened).put([ItemRelation(item=ITEM, resource=CODE, fields=FIELDS)])
    words = [CODE, "--field", "name", "--item", ITEM, "--application", "console", "--to", "2027-06-01"]
    words += ["--purpose", "核验", "--basis", "条例"]
    async with served(settings) as url:
        request = (await did(url, ASKER, "request", *words)).strip()
        await did(url, APPROVER, "decide", request, "approve-own")
        await did(url, CHECKER, "decide", request, "take-up")
        await did(url, CHECKER, "decide", request, "pass")
        [shown] = json.loads(await did(url, CHECKER, "forwardings", "--json"))
        assert (shown["id"], shown["forwarding"]["state"]) == (request, "QUEUED")
        assert "exchange – " in await did(url, CHECKER, "show", request)
        assert request in await did(url, HUB_OFFICE, "forwardings", "--state", "queued")
        assert json.loads(await did(url, HUB_OFFICE, "forwardings", "--needs-person", "--json")) == []
        settled = await refused(url, CHECKER, "settle", request, "--send-again", "--reason", "电话核实")
        assert "nothing is in doubt" in settled.what
        assert "grant" in (await refused(url, ASKER, "check", "none")).what
        assert "exchange" in (await refused(url, HUB_OFFICE, "import", "--from", "exchange")).what
        assert "--from" in (await refused(url, HUB_OFFICE, "import")).what
        assert (await yiwang(url, ASKER, "forwardings")).exit_code != 0
    async with database(database_address(settings), clock) as opened:
        requests, now = SqlShareRequests(opened, read_record_cipher(settings), clock), clock.now()
        before = await requests.find(request)
        assert before is not None
        after = before.track(lambda one: one.sending(now, Delivery.ONCE).unanswered(now), by=GATEWAY)
        assert await requests.change(before, after)
    operations = person("operations", None, Role.OPERATIONS)
    async with served(settings) as url:
        assert "no request" in (await refused(url, operations, "show", request)).what
        await did(url, operations, "settle", request, "--send-again", "--reason", "电话核实")
        [shown] = json.loads(await did(url, operations, "forwardings", "--json"))
        assert shown["forwarding"]["state"] == "QUEUED"
        assert (
            "no request"
            in (await refused(url, operations, "settle", "none", "--send-again", "--reason", "电话核实")).what
        )
