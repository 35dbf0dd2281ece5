"""Authorities of each kind of key, made once in a process, and the time at which they live."""

from datetime import datetime, timedelta
from functools import cache

from certs.x509 import (
    Certificate,
    ChainResult,
    DevelopmentAuthority,
    Issued,
    KeyAlgorithm,
    Name,
    TrustStore,
    Usage,
    build_chain,
    making,
)
from certs.x509.extensions import Extension
from certs.x509.private_key import PrivateKey, generate_key, public_half
from tests.services.fakes import ManualClock

CLOCK = ManualClock()
NOW = CLOCK.now()
DAY = timedelta(days=1)


@cache
def _authority(kind: KeyAlgorithm) -> DevelopmentAuthority:
    return DevelopmentAuthority.create(CLOCK, kind)


@cache
def _leaf(kind: KeyAlgorithm) -> Issued:
    return authority(kind).issue("signer")


@cache
def _key(kind: KeyAlgorithm, number: int) -> PrivateKey:
    return generate_key(kind)


def authority(kind: KeyAlgorithm = KeyAlgorithm.SM2) -> DevelopmentAuthority:
    """An authority that nobody revokes anything of."""
    return _authority(kind)


def leaf(kind: KeyAlgorithm = KeyAlgorithm.SM2) -> Issued:
    """A certificate of that authority for signing."""
    return _leaf(kind)


def key(kind: KeyAlgorithm = KeyAlgorithm.SM2, number: int = 0) -> PrivateKey:
    """A key that belongs to nobody yet; the same for the same number."""
    return _key(kind, number)


def trust(kind: KeyAlgorithm = KeyAlgorithm.SM2) -> TrustStore:
    return TrustStore([authority(kind).root.certificate])


def chained(certificate: Certificate, at: datetime = NOW, usage: Usage = Usage.SIGNATURE) -> ChainResult:
    """The chain of a certificate of the SM2 authority."""
    return build_chain(certificate, authority().intermediate.chain, trust(), at, usage)


def drafted(
    name: Name | str,
    by: tuple[Name, PrivateKey],
    extensions: dict[str, Extension],
    *,
    of: PrivateKey | None = None,
    begins: datetime = NOW - DAY,
    ends: datetime = NOW + DAY,
) -> Certificate:
    """A certificate that says exactly this."""
    subject = Name.of(CN=name) if isinstance(name, str) else name
    draft = making.Draft(
        subject=subject,
        public_key=public_half(of or key()),
        not_before=begins,
        not_after=ends,
        extensions=extensions or {"2.5.29.18": Extension(critical=False, value=b"\x30\x00")},
    )
    return making.sign_certificate(draft, *by)
