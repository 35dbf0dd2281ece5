"""Limits as callers meet them: trusted documents by id, costs in a header, and rates with the time to wait."""

import hashlib
from typing import Any

import httpx
import msgspec
import pytest

from gateway.core.caller import Caller, Person, Role
from gateway.core.rate import Admission, Rate, Rates
from gateway.core.text import Language
from gateway.services.verify_caller import VerifyCaller
from gateway.web.stopping import Stopping
from gateway.web.stream_operations import Asker, Complete, Next, Operations
from gateway.web.streams import StreamLimits, Streams
from schema.execution.executor import Operation
from schema.execution.limits import Limits
from schema.execution.trusted import DEVELOPERS, Enforced, TrustedDocuments
from tests.certs.trust import development_callers
from tests.services.fakes import CITIZEN, FRONTEND, ManualClock
from tests.web.gateways import Gateway

KNOWN, OTHER = "{ viewer { application { code } } }", "{ viewer { __typename } }"
SHA = hashlib.sha256(KNOWN.encode()).hexdigest()
ENGLISH = {"accept-language": "en"}
MODERN = {"accept": "application/graphql-response+json", **ENGLISH}
OPERATIONS = Person(subject="p-1", role=Role.OPERATIONS, name="运维员", account="ops")


def trusting(**enforced: Any) -> Gateway:
    return Gateway(trusted=TrustedDocuments({SHA: KNOWN}, Enforced(**enforced)))


async def post(gateway: Gateway, **body: Any) -> httpx.Response:
    return await gateway.post(msgspec.json.encode(body), headers=MODERN)


def number(response: httpx.Response) -> str:
    return str(response.json()["errors"][0]["extensions"]["number"])


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": f"sha256:{SHA}"},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": SHA}}},
        {"query": KNOWN, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": SHA}}},
    ],
    ids=["documentId", "persistedQuery", "with-text"],
)
async def test_a_trusted_document_is_carried_out_by_its_id(body: dict[str, Any]) -> None:
    response = await post(trusting(everywhere=True), **body)
    assert (response.status_code, response.json()) == (200, {"data": {"viewer": {"application": {"code": "portal"}}}})


async def test_a_trusted_document_may_be_asked_for_by_get() -> None:
    gateway = trusting(everywhere=True)
    response = await gateway.client.get(
        "/graphql", params={"documentId": f"sha256:{SHA}"}, headers={**gateway.headers(), **MODERN}
    )
    assert response.json()["data"]["viewer"]["application"]["code"] == "portal"
    assert response.headers["cache-control"] == "no-store"


async def test_an_unknown_id_is_told_so_that_clients_send_the_text() -> None:
    gateway = trusting()
    digest = hashlib.sha256(OTHER.encode()).hexdigest()
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    for _ in range(2):
        (error,) = (await post(gateway, extensions=persisted)).json()["errors"]
        assert error["message"] == "PersistedQueryNotFound"
        assert error["extensions"]["code"] == "NOT_FOUND"
        assert (await post(gateway, query=OTHER, extensions=persisted)).status_code == 200


async def test_where_they_are_enforced_other_texts_are_forbidden() -> None:
    gateway = trusting(applications=frozenset({"portal"}))
    response = await post(gateway, query=OTHER)
    assert (response.status_code, number(response)) == (403, "YW-TD-03")
    assert (await post(gateway, query=KNOWN)).status_code == 200


async def test_a_developer_may_send_text_where_that_is_allowed() -> None:
    gateway = trusting(everywhere=True, exempt=DEVELOPERS)
    answer = await gateway.ask(OTHER, person=OPERATIONS)
    assert answer == {"data": {"viewer": {"__typename": "Viewer"}}}
    assert (await gateway.ask(OTHER))["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_an_answer_says_what_it_cost() -> None:
    gateway = Gateway(limits=Limits(4))
    response = await post(gateway, query="{ viewer { application { code title } } }")
    assert response.headers["x-yiwang-cost"] == "4"
    refused = await post(gateway, query="{ viewer { application { code title } person { role } } }")
    assert (refused.status_code, number(refused)) == (413, "YW-LI-02")
    assert refused.json()["errors"][0]["message"] == "the operation costs 6, over the limit of 4"
    assert "x-yiwang-cost" not in refused.headers


async def test_variables_over_a_limit_are_refused_before_their_types_are_looked_at() -> None:
    response = await post(
        Gateway(), query="query ($v: Int) { systems(first: $v) { totalCount } }", variables={"v": [1] * 5_001}
    )
    assert (response.status_code, number(response)) == (413, "YW-LI-01")


async def test_over_the_rate_a_caller_is_told_when_to_come_back() -> None:
    clock = ManualClock()
    admission = Admission(Rates(person=Rate(0.1, 2)), clock)
    gateway = Gateway(clock, admission=admission, limits=Limits(admission=admission))
    assert [(await post(gateway, query=KNOWN)).status_code for _ in range(2)] == [200, 200]
    refused = await post(gateway, query=KNOWN)
    assert (refused.status_code, number(refused)) == (429, "YW-LI-03")
    seconds = int(refused.headers["retry-after"])
    assert refused.json()["errors"][0]["extensions"]["retryAfter"] == seconds == 10
    clock.step(seconds)
    assert (await post(gateway, query=KNOWN)).status_code == 200


async def test_strangers_are_held_up_and_their_neighbours_are_not() -> None:
    clock = ManualClock()
    gateway = Gateway(clock)
    admission = Admission(Rates(strangers=Rate(1, 2)), clock)
    verifier = VerifyCaller(development_callers(gateway.issuer.jwks(), clock), admission)
    guarded = Gateway(clock, verifier=verifier)
    body = msgspec.json.encode({"query": KNOWN})
    wrong = {**MODERN, "authorization": "Bearer wrong"}
    assert [(await guarded.post(body, headers=wrong)).status_code for _ in range(3)] == [401, 401, 429]
    assert (await guarded.post(body, headers={**MODERN, **gateway.headers()})).status_code == 200


async def test_operations_in_a_stream_count_like_any_other_request() -> None:
    clock = ManualClock()
    gateway = Gateway(clock)
    admission = Admission(Rates(person=Rate(1, 2)), clock)
    streams = Streams(gateway.verifier, clock, StreamLimits(), Stopping(), None, admission)
    said: list[Next | Complete] = []

    async def tell(message: Next | Complete) -> None:
        said.append(message)

    asker = Asker(caller=Caller(FRONTEND, CITIZEN), language=Language.EN, milliseconds=5_000)
    operations = Operations(streams, gateway.executor, tell)
    for name in "abc":
        operations.start(name, Operation(query=KNOWN), asker)
        await operations.over()
    refused = {message.id: message.body for message in said if isinstance(message, Next) and message.refused}
    assert list(refused) == ["c"]
    assert refused["c"]["errors"][0]["extensions"]["number"] == "YW-LI-03"
