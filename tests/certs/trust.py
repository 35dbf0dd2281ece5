"""Issuers and persons for tests: synthetic, complete, and with a clock that stands still."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from certs.tokens import AUDIENCE, ApplicationCertificates, IssuerTokens, Keyring, TrustedCallers
from gateway.core.caller import Application, Caller, Evidence, Person, Role
from gateway.core.clock import Clock, Deadline
from gateway.core.issuers import DEVELOPMENT_ISSUER, CertifiedApplication, Proves, TrustedIssuer
from tests.services.fakes import START, ManualClock

NOW = int(START.timestamp())
PORTAL = Application("portal", "门户")
BODY = "11420000011043217X"

CITIZEN = Person(subject="c-1", role=Role.CITIZEN, name="王测试", document_type="111", number="420106199001011231")
OFFICER = Person(
    subject="o-1",
    role=Role.OFFICER,
    name="经办员",
    document_type="111",
    number="420106198505054564",
    account="w001",
    body=BODY,
    body_name="示例局",
    post="窗口",
    region="420100",
)
CLERK = Person(subject="k-1", role=Role.CLERK, name="窗口员", body=BODY, region="420102", post="3 号窗口")
BOTH = frozenset({Proves.APPLICATION, Proves.PERSON})


def ec(kid: str | None = "k-1", curve: str = "P-256") -> ECKey:
    return ECKey.generate_key(curve, {"kid": kid} if kid else None)


def rsa(kid: str, bits: int = 2_048) -> RSAKey:
    return RSAKey.generate_key(bits, {"kid": kid})


def key_set(*keys: ECKey | RSAKey) -> bytes:
    return msgspec.json.encode({"keys": [key.as_dict(private=False) for key in keys]})


class Published:
    """A key set that an issuer publishes: counts its readers, changes, fails, or waits, as it is told."""

    def __init__(self, *keys: ECKey | RSAKey) -> None:
        self.document = key_set(*keys)
        self.failure: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.readings = 0
        self.deadlines: list[Deadline] = []

    def publish(self, *keys: ECKey | RSAKey) -> None:
        self.document = key_set(*keys)

    async def __call__(self, deadline: Deadline) -> bytes:
        self.readings += 1
        self.deadlines.append(deadline)
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return self.document


def trusted(name: str, **changed: Any) -> TrustedIssuer:
    usual: dict[str, Any] = {
        "issuer": name,
        "audience": AUDIENCE,
        "proves": BOTH,
        "algorithms": frozenset({"ES256"}),
        "clock_skew": timedelta(seconds=60),
    }
    return TrustedIssuer(**usual | changed)


def tokens_of(issuer: TrustedIssuer, published: Published, clock: ManualClock) -> IssuerTokens:
    return IssuerTokens(issuer, Keyring(published, clock, lambda _: None), clock)


def callers(
    *issuers: IssuerTokens,
    clock: ManualClock,
    applications: tuple[CertifiedApplication, ...] = (),
    production: bool = False,
) -> TrustedCallers:
    return TrustedCallers(issuers, ApplicationCertificates(applications, clock), production=production)


def claims(issuer: str, **changed: object) -> dict[str, object]:
    """Claims of an application; what is changed to None is left out."""
    usual: dict[str, object] = {
        "iss": issuer,
        "aud": AUDIENCE,
        "iat": NOW,
        "exp": NOW + 60,
        "app": {"code": PORTAL.code, "title": PORTAL.title},
    }
    return {name: value for name, value in (usual | changed).items() if value is not None}


def claimed(person: Person, **changed: object) -> dict[str, object]:
    """A person as a claim; what is changed to None is left out."""
    return {name: value for name, value in (msgspec.to_builtins(person) | changed).items() if value is not None}


def signed(payload: dict[str, object] | bytes, key: ECKey | RSAKey, algorithm: str = "ES256", **header: object) -> str:
    body = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    head = {"alg": algorithm, "kid": key.kid, "typ": "JWT"} | header
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    return jws.serialize_compact({name: value for name, value in head.items() if value}, body, key, registry=registry)


def qualified(issuer: str, person: Person) -> Person:
    """The person as the gateway knows him: his subject is unique among issuers."""
    return msgspec.structs.replace(person, subject=f"{issuer}#{person.subject}")


def bearer(token: str) -> Evidence:
    return Evidence(token=token)


def caller(person: Person | None = None) -> Caller:
    return Caller(PORTAL, person)


def development_callers(jwks: bytes, clock: Clock) -> TrustedCallers:
    """Believes the development issuer of this key set, as a development gateway does."""

    async def read(_: Deadline) -> bytes:
        return jwks

    issuer = trusted(DEVELOPMENT_ISSUER)
    tokens = IssuerTokens(issuer, Keyring(read, clock, lambda _: None), clock)
    return TrustedCallers([tokens], ApplicationCertificates((), clock), production=False)
