"""The issuers file: whom the gateway believes about who calls.

TOML, without secrets::

[[issuer]]
issuer = "https://identity.example.invalid"    # the iss of its tokens
jwks_url = "https://identity.example.invalid/jwks"   # or jwks_file = "jwks.json", relative to this file
jwks_ca = "ca.pem"                              # who vouches for the URL's host, unless public authorities do
audience = "yiwang"                             # what aud must name
proves = ["application", "person"]              # what its tokens are believed about
algorithms = ["ES256", "RS256"]
clock_skew = "60s"                              # at most 300s

[[application]]                                 # by client certificate
code = "portal"
title = "…"
certificate_sha256 = ["9f86…"]                  # fingerprints; colons are allowed
certificate_subjects = ["CN=portal,O=…"]        # or subjects as RFC 4514 writes them, of the trusted authority
rate = "500/1000"                               # requests a second and at once, instead of YIWANG_APPLICATION_RATE
"""

import re
import tomllib
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from gateway.core.caller import Application
from gateway.core.errors import ConfigurationInvalid
from gateway.core.issuers import ALGORITHMS, DEVELOPMENT_ISSUER, CertifiedApplication, Proves, Trust, TrustedIssuer
from gateway.core.rate import Rate, parse_rate
from gateway.settings import Mode

_BIGGEST = 1_000_000
_SKEW = re.compile(r"([0-9]{1,3})s")
_MOST_SKEW = 300
_FINGERPRINT_BYTES = 32
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class _Issuer(_Strict, frozen=True, kw_only=True):
    issuer: _Text
    audience: _Text
    proves: Annotated[frozenset[Proves], msgspec.Meta(min_length=1)]
    algorithms: Annotated[frozenset[str], msgspec.Meta(min_length=1)] = frozenset({"ES256"})
    clock_skew: str = "60s"
    jwks_file: _Text | None = None
    jwks_url: _Text | None = None
    jwks_ca: _Text | None = None


class _Application(_Strict, frozen=True, kw_only=True):
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    rate: _Text | None = None
    certificate_sha256: list[str] = []
    certificate_subjects: list[_Text] = []


class _File(_Strict, frozen=True, kw_only=True):
    issuer: list[_Issuer] = []
    application: list[_Application] = []


def load_trust(file: Path, mode: Mode) -> Trust:
    """Everyone whom the file trusts.

    Raises:
        ConfigurationInvalid: the file is missing, malformed, trusts nobody, names an issuer, application or
            certificate twice; in production also if it names the development issuer or reads keys over plain HTTP
            from another machine.
    """
    try:
        text = file.read_bytes()
        if len(text) > _BIGGEST:
            raise ConfigurationInvalid(f"{file} is larger than {_BIGGEST} bytes", "it should name issuers only")
        parsed = msgspec.convert(tomllib.loads(text.decode()), _File)
    except OSError as error:
        raise ConfigurationInvalid(f"{file} cannot be read: {error.strerror}", "name it with YIWANG_ISSUERS") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationInvalid(f"{file} is no TOML: {error}", "mend the line it names") from error
    except msgspec.ValidationError as error:
        raise ConfigurationInvalid(f"{file}: {error}", "compare with docs/reference/callers.md") from error
    try:
        trust = Trust(
            issuers=tuple(_issuer(entry, file.parent, mode) for entry in parsed.issuer),
            applications=tuple(_application(entry) for entry in parsed.application if _is_certified(entry)),
            rates={entry.code: _rate(entry) for entry in parsed.application if entry.rate is not None},
        )
        _verify_distinct(trust, parsed.application)
    except _Wrong as error:
        raise ConfigurationInvalid(f"{file}: {error}", error.remedy) from error
    return trust


class _Wrong(ValueError):
    def __init__(self, what: str, remedy: str) -> None:
        self.remedy = remedy
        super().__init__(what)


def _issuer(entry: _Issuer, base: Path, mode: Mode) -> TrustedIssuer:
    name = f"issuer {entry.issuer}"
    production = mode is Mode.PRODUCTION
    if production and entry.issuer == DEVELOPMENT_ISSUER:
        raise _Wrong("production refuses development tokens", "name a real issuer, or set YIWANG_MODE=development")
    if (entry.jwks_file is None) is (entry.jwks_url is None):
        raise _Wrong(f"{name} needs its keys from one place", "give either jwks_file or jwks_url")
    if entry.jwks_url is not None:
        _verify_url(name, entry.jwks_url, production=production)
    if unknown := entry.algorithms - ALGORITHMS:
        raise _Wrong(
            f"{name} has unsuitable algorithms: {', '.join(sorted(unknown))}", f"use {', '.join(sorted(ALGORITHMS))}"
        )
    return TrustedIssuer(
        issuer=entry.issuer,
        audience=entry.audience,
        proves=entry.proves,
        algorithms=entry.algorithms,
        clock_skew=_skew(name, entry.clock_skew),
        jwks_file=base / entry.jwks_file if entry.jwks_file else None,
        jwks_url=entry.jwks_url,
        jwks_ca=base / entry.jwks_ca if entry.jwks_ca else None,
    )


def _verify_url(name: str, url: str, *, production: bool) -> None:
    remedy = "give an absolute https address without credentials"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _Wrong(f"{name} has a wrong jwks_url", remedy) from None
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        raise _Wrong(f"{name} has a wrong jwks_url", remedy)
    if production and parts.scheme == "http" and not _is_loopback(host):
        raise _Wrong(f"{name} would have its keys read over plain HTTP", "use https")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _skew(name: str, text: str) -> timedelta:
    match = _SKEW.fullmatch(text)
    if match is None or int(match[1]) > _MOST_SKEW:
        raise _Wrong(f"{name} has a wrong clock_skew", f'give whole seconds up to "{_MOST_SKEW}s"')
    return timedelta(seconds=int(match[1]))


def _is_certified(entry: _Application) -> bool:
    certified = bool(entry.certificate_sha256 or entry.certificate_subjects)
    if not certified and entry.rate is None:
        raise _Wrong(
            f"application {entry.code} has no certificate", "give certificate_sha256 or certificate_subjects, or a rate"
        )
    return certified


def _rate(entry: _Application) -> Rate:
    try:
        return parse_rate(entry.rate or "")
    except ValueError as error:
        raise _Wrong(f"the rate of application {entry.code} {error}", 'give for instance rate = "20/60"') from None


def _application(entry: _Application) -> CertifiedApplication:
    name = f"application {entry.code}"
    return CertifiedApplication(
        application=Application(entry.code, entry.title),
        fingerprints=frozenset(_fingerprint(name, text) for text in entry.certificate_sha256),
        subjects=frozenset(entry.certificate_subjects),
    )


def _fingerprint(name: str, text: str) -> bytes:
    try:
        fingerprint = bytes.fromhex(text.replace(":", ""))
    except ValueError:
        fingerprint = b""
    if len(fingerprint) != _FINGERPRINT_BYTES:
        raise _Wrong(f"{name} has a wrong certificate_sha256", "give the 64 hexadecimal digits of the SHA-256")
    return fingerprint


def _verify_distinct(trust: Trust, entries: list[_Application]) -> None:
    if not trust.issuers and not trust.applications:
        raise _Wrong("nobody is trusted", "add an [[issuer]] or an [[application]]")
    named = {
        "issuer": [one.issuer for one in trust.issuers],
        "application": [entry.code for entry in entries],
        "certificate": [
            name
            for one in trust.applications
            for name in (*one.subjects, *(print_.hex() for print_ in one.fingerprints))
        ],
    }
    for kind, names in named.items():
        if twice := {name for name in names if names.count(name) > 1}:
            raise _Wrong(f"{kind} {', '.join(sorted(twice))} is there twice", "keep one of the entries")
