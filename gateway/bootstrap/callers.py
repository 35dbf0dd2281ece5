"""Who may call: issuers of tokens, registered certificates, and how often each may ask."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import msgspec
import structlog

from adapters.kit.http import HttpDocuments
from certs.expiry import CertificateFile
from certs.tokens import KEY_SET_LIMIT, ApplicationCertificates, IssuerTokens, Keyring, ReadKeySet, TrustedCallers
from gateway.bootstrap.keys import needed
from gateway.core.clock import Clock
from gateway.core.errors import ConfigurationInvalid
from gateway.core.expiry import ExpiryKind, ExpirySource
from gateway.core.issuers import TrustedIssuer
from gateway.core.ports import CallerRegister
from gateway.core.rate import Admission, Rates, parse_rate
from gateway.settings import Mode, Settings
from gateway.store.issuers import load_trust

_log = structlog.get_logger("systems")


class Callers(msgspec.Struct, frozen=True):
    """Who proves callers and how often they may ask.

    Attributes:
        can_prove: whether anybody can be proven yet.
        ending: what callers are proven with, and until when it serves.
        register: names the applications of the issuers file.
    """

    verifier: TrustedCallers
    admission: Admission
    can_prove: Callable[[], bool]
    ending: Sequence[ExpirySource]
    register: CallerRegister


@asynccontextmanager
async def open_callers(settings: Settings, clock: Clock) -> AsyncIterator[Callers]:
    """Those whom the issuers file trusts, with their keys read, until the block ends."""
    trust = load_trust(needed(settings.issuers, "YIWANG_ISSUERS"), settings.mode)
    async with AsyncExitStack() as stack:
        tokens = []
        for issuer in trust.issuers:
            read = await _key_reader(issuer, clock, stack)
            keyring = Keyring(read, clock, partial(_report_keys, issuer.issuer))
            stack.push_async_callback(keyring.aclose)
            await keyring.read()
            if keyring.trouble is not None and issuer.jwks_file is not None:
                raise ConfigurationInvalid(
                    f"{issuer.jwks_file} gives no keys: {keyring.trouble}", "give the issuer's JWKS document"
                )
            tokens.append(IssuerTokens(issuer, keyring, clock))
        certificates = ApplicationCertificates(trust.applications, clock)
        verifier = TrustedCallers(tokens, certificates, production=settings.mode is Mode.PRODUCTION)
        ending = [certificates.expiries, *(one.expiries for one in tokens), *_certificate_files(settings)]
        rates = Rates(
            application=parse_rate(settings.application_rate), person=parse_rate(settings.person_rate), own=trust.rates
        )
        yield Callers(
            verifier,
            Admission(rates, clock),
            lambda: bool(trust.applications) or any(one.keyring.is_usable for one in tokens),
            ending,
            trust,
        )


def _certificate_files(settings: Settings) -> Iterator[ExpirySource]:
    if settings.tls_certificate is not None:
        yield CertificateFile(ExpiryKind.SERVER_CERTIFICATE, settings.tls_certificate)
    if settings.tls_client_ca is not None:
        yield CertificateFile(ExpiryKind.CLIENT_AUTHORITY, settings.tls_client_ca)


async def _key_reader(issuer: TrustedIssuer, clock: Clock, stack: AsyncExitStack) -> ReadKeySet:
    if issuer.jwks_url is None:
        file = issuer.jwks_file
        assert file is not None
        return lambda _: asyncio.to_thread(_read_bounded, file)
    url = issuer.jwks_url
    documents = HttpDocuments(url, clock, issuer.jwks_ca)
    stack.push_async_callback(documents.aclose)
    return lambda deadline: documents.fetch(url, KEY_SET_LIMIT, deadline)


def _read_bounded(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(KEY_SET_LIMIT)


def _report_keys(issuer: str, trouble: str | None) -> None:
    if trouble is None:
        _log.info("issuer.keys.read", issuer=issuer)
    else:
        _log.error("issuer.keys.unread", issuer=issuer, reason=trouble)
