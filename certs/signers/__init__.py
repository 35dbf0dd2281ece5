"""Signing keys, wherever they are: in files, in devices, on platforms; one interface for all."""

from certs.signers.elsewhere import ElsewhereSigner
from certs.signers.held import HeldSigner
from certs.signers.keys import read_private_key
from certs.signers.opening import Platforms, open_signer
from certs.signers.remote import SigningPlatform
from certs.signers.signer import DocumentSigner, Signer
from certs.x509 import SignatureAlgorithm
from gateway.core.errors import KeyUnusable

__all__ = [
    "DocumentSigner",
    "ElsewhereSigner",
    "HeldSigner",
    "KeyUnusable",
    "Platforms",
    "SignatureAlgorithm",
    "Signer",
    "SigningPlatform",
    "open_signer",
    "read_private_key",
]
