"""The thirteen attacks of graphql-cop, sent over a real socket with a valid token to a gateway as production has it."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from schema.execution.introspection import Introspection
from tests.web.exchanges import Heard, ask, served
from tests.web.gateways import Gateway

HEURISTICS = ("graphiql.min.css", "GraphQL Playground", "GraphiQL", "graphql-playground")
CIRCULAR = "query cop { __schema { types { " + "fields { type { " * 4 + "name " + "} } " * 4 + "} } }"


class Cop:
    """Sends as graphql-cop does; ``may_introspect`` makes the gateway one that leaves introspection open."""

    def __init__(self, gateway: Gateway, port: int) -> None:
        self.port = port
        self.token = {"Authorization": gateway.headers()["authorization"]}

    async def query(self, payload: str, **more: Any) -> Heard:
        body = msgspec.json.encode({"query": payload, "operationName": "cop", **more})
        return await self.post(body, {"Content-Type": "application/json"})

    async def post(self, body: bytes, headers: dict[str, str]) -> Heard:
        return await ask(self.port, "POST", "/graphql", self.token | {"Accept": "*/*"} | headers, body)

    async def get(self, query: str, **headers: str) -> Heard:
        return await ask(self.port, "GET", f"/graphql?{urlencode({'query': query})}", headers)


@pytest.fixture
async def cop() -> AsyncIterator[Cop]:
    gateway = Gateway(introspection=Introspection.parse(""))
    async with served(gateway.app) as port:
        yield Cop(gateway, port)


@pytest.fixture
async def insider() -> AsyncIterator[Cop]:
    """One who may introspect."""
    gateway = Gateway(introspection=Introspection.parse("*"))
    async with served(gateway.app) as port:
        yield Cop(gateway, port)


def numbers(heard: Heard) -> set[str]:
    body = heard.json()
    assert "data" not in body
    return {error["extensions"]["number"] for error in body["errors"]}


async def test_alias_overloading_is_refused(cop: Cop) -> None:
    aliases = "".join(f"alias{n}:__typename \n" for n in range(101))
    assert numbers(await cop.query("query cop { " + aliases + " }")) == {"YW-GQ-04"}


async def test_array_based_batching_is_refused_as_one_request(cop: Cop) -> None:
    body = msgspec.json.encode([{"query": "query cop { __typename }"}] * 10)
    heard = await cop.post(body, {"Content-Type": "application/json"})
    assert heard.status == 400
    assert numbers(heard) == {"YW-GQ-01"}


async def test_circular_introspection_is_refused_even_to_those_who_may_introspect(cop: Cop, insider: Cop) -> None:
    assert numbers(await cop.query(CIRCULAR)) <= {"YW-GQ-02", "YW-GQ-16"}
    assert numbers(await insider.query(CIRCULAR)) == {"YW-GQ-02"}


async def test_circular_fragments_are_refused(insider: Cop) -> None:
    loop = "query cop { ...A } fragment A on Query { viewer { __typename } ...B } fragment B on Query { ...A }"
    assert numbers(await insider.query(loop)) == {"YW-GQ-02"}


async def test_directive_overloading_is_refused_with_one_error(cop: Cop) -> None:
    heard = await cop.query("query cop { __typename " + "@aa" * 10 + " }")
    assert numbers(heard) == {"YW-GQ-04"}
    assert len(heard.json()["errors"]) == 1


async def test_field_duplication_is_refused(cop: Cop) -> None:
    assert numbers(await cop.query("query cop { " + "__typename \n" * 500 + "} ")) == {"YW-GQ-04"}


async def test_field_suggestions_are_not_given(cop: Cop) -> None:
    heard = await cop.query("query cop { __schema { directive } viewr { a } }")
    assert numbers(heard)
    assert b"Did you mean" not in heard.body


async def test_a_mutation_by_get_is_refused(cop: Cop) -> None:
    heard = await cop.get("mutation cop {__typename}", **cop.token)
    assert heard.status == 405
    assert numbers(heard) == {"YW-GQ-09"}


async def test_a_query_by_get_needs_what_no_page_can_send(cop: Cop) -> None:
    """A browser adds neither the token nor the header by itself; without them there is nothing to forge."""
    assert (await cop.get("query cop {__typename}")).status == 401
    assert (await cop.get("query cop {__typename}", Cookie="session=1", Accept="*/*")).status == 401


async def test_there_is_no_graphql_ide(cop: Cop) -> None:
    for path in ("/graphql", "/", "/graphiql", "/playground", "/console"):
        heard = await ask(cop.port, "GET", path, cop.token | {"Accept": "text/html"})
        assert heard.status in {404, 406}
        assert not any(word.encode() in heard.body for word in HEURISTICS)
        assert "text/html" not in heard.headers["content-type"]


async def test_introspection_is_refused(cop: Cop) -> None:
    heard = await cop.query("query cop { __schema { types { name fields { name } } } }")
    assert numbers(heard) == {"YW-GQ-16"}
    assert numbers(await cop.query('query cop { __type(name: "Query") { name } }')) == {"YW-GQ-16"}


async def test_a_url_encoded_post_is_refused(cop: Cop) -> None:
    body = urlencode({"query": "query cop { __typename }"}).encode()
    heard = await cop.post(body, {"Content-Type": "application/x-www-form-urlencoded"})
    assert heard.status == 415
    assert numbers(heard) == {"YW-GQ-07"}


async def test_nothing_is_traced_into_answers(cop: Cop) -> None:
    heard = await cop.query("query cop { __typename }")
    assert heard.json() == {"data": {"__typename": "Query"}}
    wrong = await cop.query("query cop { nothing }")
    assert all("tracing" not in error["extensions"] for error in wrong.json()["errors"])


async def test_an_unknown_word_is_a_handled_error(cop: Cop) -> None:
    heard = await cop.query("qwerty cop { abc }")
    assert numbers(heard) == {"YW-GQ-02"}
    (error,) = heard.json()["errors"]
    assert set(error["extensions"]) == {"code", "number", "remedy"}
    assert b"Traceback" not in heard.body
    assert b".py" not in heard.body
