"""Tokens of the sandbox's identity platform, proven by the gateway's own verifier over real sockets."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from adapters.kit.http import HttpDocuments
from adapters.sandbox.running import Sandbox
from adapters.sandbox.world.generate import World
from certs.tokens import KEY_SET_LIMIT, ApplicationCertificates, IssuerTokens, Keyring, TrustedCallers
from gateway.core.caller import Caller, Evidence, Role
from gateway.core.errors import Refusal
from gateway.core.issuers import Proves, TrustedIssuer
from tests.sandbox.callers import SteppedClock
from tests.servers.client import http_client

ISSUER = "https://identity.example"
Token = Callable[..., Any]


@pytest.fixture
async def verifier(sandbox: Sandbox, clock: SteppedClock) -> AsyncIterator[TrustedCallers]:
    url = f"{sandbox.addresses['identity']}/jwks"
    documents = HttpDocuments(url, clock)
    keyring = Keyring(lambda deadline: documents.fetch(url, KEY_SET_LIMIT, deadline), clock, lambda _: None)
    await keyring.read()
    issuer = TrustedIssuer(
        issuer=ISSUER,
        audience="yiwang",
        proves=frozenset(Proves),
        algorithms=frozenset({"ES256", "RS256"}),
        clock_skew=timedelta(seconds=30),
        jwks_url=url,
    )
    yield TrustedCallers([IssuerTokens(issuer, keyring, clock)], ApplicationCertificates((), clock), production=True)
    await keyring.aclose()
    await documents.aclose()


@pytest.fixture
async def platform(sandbox: Sandbox) -> AsyncIterator[Callable[..., Any]]:
    """Asks the platform for a token as an application does, for itself or for somebody who signed in."""
    settings = sandbox.settings()["identity"]
    async with http_client(base_url=settings["url"]) as http:

        async def token(subject: str | None = None, client: str = "") -> str:
            form = {"grant_type": "client_credentials"}
            if subject is not None:
                code = (await http.post("/sandbox/codes", json={"subject": subject})).json()["code"]
                form = {"grant_type": "authorization_code", "code": code}
            auth = (settings[f"{client}client-id"], settings[f"{client}client-secret"])
            return str((await http.post("/token", data=form, auth=auth)).json()["access_token"])

        yield token


async def proven(verifier: TrustedCallers, token: str) -> Caller:
    return await verifier.verify(Evidence(token=token))


async def test_an_application_is_proven_by_either_algorithm(verifier: TrustedCallers, platform: Token) -> None:
    assert (await proven(verifier, await platform())).application.code == "portal"
    assert (await proven(verifier, await platform(client="counter-"))).application.code == "counter"


@pytest.mark.parametrize(
    ("subject", "role"), [("holder", Role.CITIZEN), ("officer", Role.OFFICER), ("clerk", Role.CLERK)]
)
async def test_a_person_who_signed_in_is_proven_with_the_role(
    verifier: TrustedCallers, platform: Token, subject: str, role: Role
) -> None:
    caller = await proven(verifier, await platform(subject))
    assert caller.person is not None
    assert caller.person.role is role


async def test_the_citizen_is_the_holder_of_the_world(verifier: TrustedCallers, platform: Token, world: World) -> None:
    person = (await proven(verifier, await platform("holder"))).person
    assert person is not None
    assert (person.document_type, person.number) == (world.holder.type, world.holder.number)


async def test_a_token_ends_with_its_time(verifier: TrustedCallers, platform: Token, clock: SteppedClock) -> None:
    token = await platform("officer")
    clock.step(600 + 31)
    with pytest.raises(Refusal):
        await proven(verifier, token)


async def test_rotated_keys_are_read_at_once_and_retired_ones_prove_nothing(
    verifier: TrustedCallers, platform: Token, sandbox: Sandbox, clock: SteppedClock
) -> None:
    old = await platform("officer")
    await proven(verifier, old)
    clock.step(11)
    async with http_client() as http:
        await http.post(f"{sandbox.addresses['identity']}/sandbox/rotate", json={"overlap": False})
    await proven(verifier, await platform("officer"))
    with pytest.raises(Refusal):
        await proven(verifier, old)
