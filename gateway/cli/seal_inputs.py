"""What sealing relies on: certificates with their chains, the key's PIN, and whether this is production."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from certs.x509 import Certificate, read_certificates
from certs.x509.certificate import LONGEST_BUNDLE
from gateway.cli.seal_files import read_small
from gateway.core.text import Text

PIN: Final = "YIWANG_SEAL_PIN"
"""The variable with the passphrase of the key's file, or the PIN of its device."""

_CERTIFICATE = Text("证书", "certificate")


def read_chain(file: Path) -> Sequence[Certificate]:
    """A certificate, and behind it those of its issuers if the file holds them.

    Raises:
        Unusable: the file is not there, or too long.
        CertificateInvalid: it holds no certificate.
        OSError: it cannot be read.
    """
    return read_certificates(read_small(file, LONGEST_BUNDLE, _CERTIFICATE))


def pin() -> str | None:
    """What opens the key, if it was given."""
    return os.environ.get(PIN)


def in_production() -> bool:
    """Whether this machine says that it is one in production."""
    return os.environ.get("YIWANG_MODE", "") == "production"
