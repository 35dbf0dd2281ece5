"""Timestamps of the audit's checkpoints, from the authorities that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from adapters.kit.http.documents import HttpDocuments
from certs.timestamps import Authority, CheckpointStamper, TimestampClient
from certs.x509 import TrustStore
from gateway.core.clock import Clock
from gateway.core.errors import ConfigurationInvalid
from gateway.settings import Mode, Settings

_log = structlog.get_logger("audit")


@asynccontextmanager
async def open_stamper(settings: Settings, clock: Clock) -> AsyncIterator[CheckpointStamper | None]:
    """What asks for timestamps; None if no authority is named.

    Raises:
        ConfigurationInvalid: an address is none, or production believes any authority.
    """
    urls = settings.audit_tsa.split()
    if not urls:
        yield None
        return
    trust = _trust(settings)
    network = HttpDocuments(urls[0], clock, others=urls[1:])
    try:
        client = TimestampClient([Authority(url=url) for url in urls], network, clock, trust, report=_report)
        yield CheckpointStamper(client, clock)
    finally:
        await network.aclose()


def _trust(settings: Settings) -> TrustStore | None:
    if settings.audit_tsa_trust is not None:
        return TrustStore.load(settings.audit_tsa_trust)
    if settings.mode is Mode.PRODUCTION:
        raise ConfigurationInvalid(
            "YIWANG_AUDIT_TSA_TRUST is not set", "name the folder with the timestamping authorities' trust anchors"
        )
    return None


def _report(host: str, why: str) -> None:
    _log.warning("audit.timestamp.refused", host=host, reason=why)
