"""Applications by client certificate: the connection proved the certificate, the register says whose it is."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from certs.tokens.reasons import OUT_OF_FORCE, UNREADABLE, UNREGISTERED, Unproven
from gateway.core.caller import Application
from gateway.core.clock import Clock
from gateway.core.expiry import Expiry, ExpiryKind
from gateway.core.issuers import CertifiedApplication

LONGEST_CERTIFICATE = 16_384


class ApplicationCertificates:
    """Tells the application of a certificate with which a TLS connection was made.

    Whoever ended that connection has checked the chain and that the caller has the key. The dates are judged here and
    for each request, since a connection may outlive its certificate.
    """

    def __init__(self, applications: Iterable[CertifiedApplication], clock: Clock) -> None:
        self._by_fingerprint: dict[bytes, Application] = {}
        self._by_subject: dict[str, Application] = {}
        self._clock = clock
        self._seen: dict[str, datetime] = {}
        for one in applications:
            self._by_fingerprint.update(dict.fromkeys(one.fingerprints, one.application))
            self._by_subject.update(dict.fromkeys(one.subjects, one.application))

    def verify(self, der: bytes) -> Application:
        """The application whose certificate this is.

        Raises:
            Unproven: unreadable, out of force, or nobody's.
        """
        if len(der) > LONGEST_CERTIFICATE:
            raise Unproven(UNREADABLE)
        try:
            certificate = x509.load_der_x509_certificate(der)
            subject = certificate.subject.rfc4514_string()
        except ValueError as error:
            raise Unproven(UNREADABLE) from error
        if not certificate.not_valid_before_utc <= self._clock.now() <= certificate.not_valid_after_utc:
            raise Unproven(OUT_OF_FORCE)
        application = self._by_fingerprint.get(certificate.fingerprint(hashes.SHA256())) or self._by_subject.get(
            subject
        )
        if application is None:
            raise Unproven(UNREGISTERED)
        self._seen[application.code] = certificate.not_valid_after_utc
        return application

    async def expiries(self) -> Sequence[Expiry]:
        """Until when the certificate is in force that each application showed last; the register has only prints."""
        return [
            Expiry(kind=ExpiryKind.APPLICATION_CERTIFICATE, name=code, expires_at=ends)
            for code, ends in self._seen.items()
        ]
