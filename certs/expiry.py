"""Until when certificates are in force, read from the files that the settings name."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

from gateway.core.expiry import Expiry, ExpiryKind

_BIGGEST = 1_000_000
_LONGEST_NAME = 200


class CertificateFile:
    """An ExpirySource over the certificates (PEM) in ``file``, read anew each time: they are renewed while we run."""

    def __init__(self, kind: ExpiryKind, file: Path) -> None:
        self._kind = kind
        self._file = file

    async def __call__(self) -> Sequence[Expiry]:
        """Each certificate with its end; none if the file cannot be read or holds none."""
        try:
            certificates = x509.load_pem_x509_certificates(await asyncio.to_thread(self._read))
            return [
                Expiry(kind=self._kind, name=subject(certificate), expires_at=certificate.not_valid_after_utc)
                for certificate in certificates
            ]
        except (OSError, ValueError):
            return []

    def _read(self) -> bytes:
        with self._file.open("rb") as opened:
            return opened.read(_BIGGEST)


def subject(certificate: x509.Certificate) -> str:
    """Whose the certificate is, as RFC 4514 writes it, for a log; its number where it names nobody.

    Raises:
        ValueError: the subject cannot be read.
    """
    name = certificate.subject.rfc4514_string()[:_LONGEST_NAME]
    return name or f"{certificate.serial_number:x}"
