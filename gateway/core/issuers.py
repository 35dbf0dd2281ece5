"""Whom operations trust to say who calls: issuers of tokens, and applications with certificates of their own."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from gateway.core.caller import Application
from gateway.core.rate import Rate

DEVELOPMENT_ISSUER: Final = "yiwang-development"
"""``iss`` of the tokens that `yiwang token` signs; production refuses it everywhere."""

ALGORITHMS: Final = frozenset({"ES256", "ES384", "RS256", "PS256"})
"""Signature algorithms that an issuer may be allowed: all by public key, so that no key that we hold makes tokens."""


class Proves(StrEnum):
    """What the tokens of an issuer are believed about."""

    APPLICATION = "application"
    PERSON = "person"


class TrustedIssuer(msgspec.Struct, frozen=True, kw_only=True):
    """An issuer of tokens; its keys are in ``jwks_file`` or at ``jwks_url``, never both.

    Attributes:
        issuer: the ``iss`` of its tokens.
        audience: what ``aud`` of its tokens must name.
        clock_skew: how far its clock may be from ours.
        jwks_ca: file with the authorities that vouch for the URL's host, where the public ones do not.
    """

    issuer: str
    audience: str
    proves: frozenset[Proves]
    algorithms: frozenset[str]
    clock_skew: timedelta
    jwks_file: Path | None = None
    jwks_url: str | None = None
    jwks_ca: Path | None = None


class CertifiedApplication(msgspec.Struct, frozen=True, kw_only=True):
    """An application that proves itself by client certificate.

    Attributes:
        fingerprints: SHA-256 of its certificates (DER).
        subjects: their subjects as RFC 4514 writes them; these trust the authority of the TLS connection with more.
    """

    application: Application
    fingerprints: frozenset[bytes] = frozenset()
    subjects: frozenset[str] = frozenset()


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """Everyone who is believed; ``rates`` are those of applications that have one of their own, by code."""

    issuers: tuple[TrustedIssuer, ...]
    applications: tuple[CertifiedApplication, ...] = ()
    rates: Mapping[str, Rate] = {}

    @property
    def registered(self) -> frozenset[str]:
        """Codes of the applications that are named, by certificate or rate; an issuer of tokens may prove others."""
        return frozenset(self.rates).union(one.application.code for one in self.applications)
