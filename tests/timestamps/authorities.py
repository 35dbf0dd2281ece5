"""Authorities, tokens and a post for tests; everything in them is made up."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from certs.signers import HeldSigner
from certs.timestamps import Imprint, StampAuthority, TimestampRequest, make_token, respond
from certs.x509 import DevelopmentAuthority, Hash, Issued, KeyAlgorithm, Profile, TrustStore
from gateway.core.clock import Deadline

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_000, UTC)
DATA = "一网通办".encode()
KINDS = (KeyAlgorithm.SM2, KeyAlgorithm.RSA, KeyAlgorithm.EC)


class SteppedClock:
    """NOW, and later once it is told to step."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    def step(self, seconds: float) -> None:
        self.passed += seconds


@cache
def _development(kind: KeyAlgorithm) -> tuple[DevelopmentAuthority, Issued]:
    made = DevelopmentAuthority.create(SteppedClock(), kind)
    return made, made.issue("tsa", Profile.TIMESTAMP)


def development(kind: KeyAlgorithm = KeyAlgorithm.SM2) -> DevelopmentAuthority:
    return _development(kind)[0]


def issued(kind: KeyAlgorithm = KeyAlgorithm.SM2) -> Issued:
    return _development(kind)[1]


def trust(kind: KeyAlgorithm = KeyAlgorithm.SM2) -> TrustStore:
    return TrustStore([development(kind).root.certificate])


def stamper(kind: KeyAlgorithm = KeyAlgorithm.SM2, by: Issued | None = None, **other: Any) -> StampAuthority:
    by = by or issued(kind)
    made = StampAuthority(signer=HeldSigner(by.key, by.certificate), clock=SteppedClock(), chain=by.chain)
    return replace(made, **other)


def request(data: bytes = DATA, hash: Hash = Hash.SM3, **other: Any) -> TimestampRequest:  # noqa: A002
    return replace(TimestampRequest(imprint=Imprint.of(data, hash), nonce=7), **other)


def token(asked: TimestampRequest | None = None, by: StampAuthority | None = None) -> bytes:
    return asyncio.run(make_token(asked or request(), by or stamper()))


Answer = StampAuthority | Callable[[bytes], Awaitable[bytes]] | BaseException


class Post:
    """A PostDocument to authorities by their address: what they are, what they answer, or how they fail."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = dict(answers)
        self.asked: list[str] = []
        self.sent: list[TimestampRequest] = []
        self.deadlines: list[Deadline] = []

    async def post(self, url: str, document: bytes, media_type: str, limit: int, deadline: Deadline) -> bytes:
        assert media_type == "application/timestamp-query"
        self.asked.append(url)
        self.sent.append(TimestampRequest.read(document))
        self.deadlines.append(deadline)
        answer = self.answers[url]
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, StampAuthority):
            return await respond(document, answer)
        return await answer(document)
