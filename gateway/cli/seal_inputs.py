"""What sealing and examining rely on: certificates with their chains, and a folder of trust."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from certs.x509 import Certificate, Evidence, TrustStore, load_lists, read_certificates
from certs.x509.certificate import LONGEST_BUNDLE
from gateway.cli.seal_files import read_small
from gateway.core.text import Text

PIN: Final = "YIWANG_SEAL_PIN"
"""The variable with the passphrase of the key's file, or the PIN of its device."""

_LISTS: Final = frozenset({".crl"})
_CERTIFICATE = Text("证书", "certificate")


class Trust(msgspec.Struct, frozen=True):
    """What is believed.

    Attributes:
        anchors: the ends of chains.
        between: certificates between anchors and signers that documents do not bring.
        evidence: revocation lists.
    """

    anchors: TrustStore
    between: Sequence[Certificate] = ()
    evidence: Evidence = Evidence()

    @classmethod
    def read(cls, folder: Path | None) -> "Trust":
        """The anchors of a folder, its lists ``*.crl``, and what is in ``chain`` below it; nothing without a folder.

        Raises:
            ConfigurationInvalid: a folder or a file in it cannot be read or used.
        """
        if folder is None:
            return cls(TrustStore())
        chain = folder / "chain"
        return cls(
            TrustStore.load(folder),
            TrustStore.load(chain).anchors if chain.is_dir() else (),
            load_lists(folder, _LISTS),
        )


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
