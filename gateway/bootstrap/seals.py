"""The seal register's use cases, put together."""

from collections.abc import Sequence

from certs.documents import TrustFolder
from certs.seal_reader import TrustedSealReader
from certs.x509.trust import TrustFolder as AnchorFolder
from gateway.bootstrap.records import Records
from gateway.core.clock import Clock
from gateway.core.expiry import ExpirySource
from gateway.core.policy.provider import PolicyProvider
from gateway.core.ports import SystemDirectory
from gateway.core.seals.reading import SealReader
from gateway.services.authorise_seal import AuthoriseSeal
from gateway.services.change_seal import ChangeSeal
from gateway.services.list_seals import ListSeals
from gateway.services.register_seal import RegisterSeal
from gateway.services.seal_desk import SealDesk
from gateway.services.seal_expiry import SealExpiries
from gateway.services.seal_intake import SealIntake
from gateway.settings import Mode, Settings
from schema.context import SealCases


def seal_reader(settings: Settings, clock: Clock) -> TrustedSealReader:
    """What reads seals that are registered; raises ConfigurationInvalid for a folder of trust that cannot be used."""
    return TrustedSealReader(
        TrustFolder(settings.seal_trust).current, clock, files=settings.mode is not Mode.PRODUCTION
    )


def seal_endings(settings: Settings, records: Records, clock: Clock) -> Sequence[ExpirySource]:
    """What of seals ends on a known day: they themselves, and the anchors under which they are believed."""
    anchors = [] if settings.seal_trust is None else [AnchorFolder(settings.seal_trust)]
    return [SealExpiries(records.seals, clock), *anchors]


def build_seal_cases(
    records: Records, rules: PolicyProvider, systems: SystemDirectory, reader: SealReader, clock: Clock
) -> SealCases:
    """Every use case of the register."""
    desk = SealDesk(records.seals, rules, clock, records.audit)
    return SealCases(
        register=RegisterSeal(desk, SealIntake(reader, systems)),
        authorise=AuthoriseSeal(desk),
        change=ChangeSeal(desk),
        list=ListSeals(records.seals, rules, clock),
    )
