"""Keys on platforms: what they sign is verified before it is believed, and they cannot keep us waiting."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from certs import sm
from certs.signers import KeyUnusable, Platforms, open_signer, remote
from certs.signers.remote import RemoteSigner
from certs.x509 import KeyAlgorithm, SignatureAlgorithm
from certs.x509.private_key import sign_with
from gateway.core.clock import Deadline
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from tests.services.fakes import ManualClock
from tests.signers.keys import KINDS, issued, stranger

CLOCK = ManualClock()


class Platform:
    """Signs with the key of ``issued``, unless it is told to do something else."""

    def __init__(self, kind: KeyAlgorithm = KeyAlgorithm.SM2, *, raw: bool = False) -> None:
        self.key = issued(kind).key
        self.raw = raw
        self.asked: list[tuple[str, Deadline]] = []
        self.instead: Callable[[], Awaitable[bytes]] | None = None

    async def sign_digest(self, key: str, algorithm: SignatureAlgorithm, digest: bytes, deadline: Deadline) -> bytes:
        self.asked.append((key, deadline))
        if self.instead is not None:
            return await self.instead()
        signature = sign_with(self.key, digest, algorithm)
        return sm.Signature.from_der(signature).to_raw() if self.raw else signature

    async def sign_document(self, key: str, document: bytes, media_type: str, deadline: Deadline) -> bytes:
        self.asked.append((key, deadline))
        return await self.instead() if self.instead is not None else b"signed " + document


async def signer_on(platform: Platform, kind: KeyAlgorithm = KeyAlgorithm.SM2) -> RemoteSigner:
    platforms = Platforms(CLOCK, {"seal-platform": platform})
    signer = await open_signer("remote:seal-platform/KEY.1", issued(kind).certificate, platforms=platforms)
    assert isinstance(signer, RemoteSigner)
    return signer


@KINDS
async def test_a_platform_signs(kind: KeyAlgorithm) -> None:
    platform = Platform(kind)
    signer = await signer_on(platform, kind)
    assert repr(signer) == f"<RemoteSigner {signer.algorithm}>"
    signature = await signer.sign_raw(b"text")
    signer.certificate.public_key.verify(signature, b"text", signer.algorithm.hash)
    assert platform.asked == [("KEY.1", Deadline(remote.PATIENCE))]
    with pytest.raises(ValueError, match="has 32 bytes"):
        await signer.sign_digest(b"")
    await signer.aclose()


async def test_a_bare_signature_becomes_der() -> None:
    signer = await signer_on(Platform(raw=True))
    signature = await signer.sign_raw(b"text")
    assert sm.Signature.from_der(signature).to_der() == signature


async def test_a_signature_of_another_key_is_refused() -> None:
    platforms = Platforms(CLOCK, {"p": Platform()})
    signer = await open_signer("remote:p/1", stranger(KeyAlgorithm.SM2), platforms=platforms)
    with pytest.raises(KeyUnusable, match="does not verify"):
        await signer.sign_raw(b"text")


async def test_a_platform_signs_documents_itself() -> None:
    platform = Platform()
    signer = await signer_on(platform)
    assert await signer.sign_document(b"text", "application/ofd") == b"signed text"

    async def nothing() -> bytes:
        return b""

    platform.instead = nothing
    with pytest.raises(KeyUnusable, match="no document"):
        await signer.sign_document(b"text", "application/ofd")


async def test_too_long_a_document_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "LONGEST_DOCUMENT", 4)
    platform = Platform()
    signer = await signer_on(platform)
    with pytest.raises(KeyUnusable, match="too long for a platform"):
        await signer.sign_document(b"12345", "application/ofd")
    assert platform.asked == []
    with pytest.raises(KeyUnusable, match="one that is too long"):
        await signer.sign_document(b"1234", "application/ofd")


async def fail() -> bytes:
    raise SystemFailure(Outcome.UNAVAILABLE, Fault.THEIRS, "it is closed")


async def refuse() -> bytes:
    raise KeyUnusable("the platform has no such key")


async def hang() -> bytes:
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


@pytest.mark.parametrize(
    ("instead", "reason"),
    [
        pytest.param(fail, "the platform does not sign: it is closed", id="fails"),
        pytest.param(refuse, "^the platform has no such key$", id="refuses"),
        pytest.param(hang, "does not answer", id="hangs"),
    ],
)
async def test_a_platform_that_does_not_sign_is_said(
    instead: Callable[[], Awaitable[bytes]], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "PATIENCE", 0.05)
    platform = Platform()
    platform.instead = instead
    with pytest.raises(KeyUnusable, match=reason):
        await (await signer_on(platform)).sign_raw(b"text")


@pytest.mark.parametrize("text", ["other/1", "seal-platform", "seal-platform/", "seal-platform/a/b", "/1"])
async def test_an_unknown_platform_is_refused(text: str) -> None:
    platforms = Platforms(CLOCK, {"seal-platform": Platform()})
    with pytest.raises(KeyUnusable, match="names no platform"):
        await open_signer(f"remote:{text}", issued(KeyAlgorithm.SM2).certificate, platforms=platforms)
