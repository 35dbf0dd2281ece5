"""Electronic seals (电子印章) and what they put under documents: read in V1, V4 and V5, made in V4 and V5, examined.

Values only: nothing here reads files, asks the network or knows the time.
"""

from certs.seals.errors import PictureUnusable, SealError, SealInvalid, SealUnsupported
from certs.seals.examining import (
    examine_picture,
    examine_seal,
    examine_signature,
    examine_signer,
    examine_validity,
    examine_value,
)
from certs.seals.making import SealDraft, make_seal
from certs.seals.reading import read_seal
from certs.seals.seal import (
    LARGEST_SEAL,
    CertificateDigest,
    Envelope,
    Extension,
    Listing,
    Picture,
    Seal,
    SealVersion,
    SignerList,
    SignerListKind,
)
from certs.seals.signature import (
    LARGEST_SIGNATURE,
    SealSignature,
    SignatureEnvelope,
    assemble,
    make_signature,
    read_signature,
    to_be_signed,
)
from certs.seals.using import flaw_in_use

__all__ = [
    "LARGEST_SEAL",
    "LARGEST_SIGNATURE",
    "CertificateDigest",
    "Envelope",
    "Extension",
    "Listing",
    "Picture",
    "PictureUnusable",
    "Seal",
    "SealDraft",
    "SealError",
    "SealInvalid",
    "SealSignature",
    "SealUnsupported",
    "SealVersion",
    "SignatureEnvelope",
    "SignerList",
    "SignerListKind",
    "assemble",
    "examine_picture",
    "examine_seal",
    "examine_signature",
    "examine_signer",
    "examine_validity",
    "examine_value",
    "flaw_in_use",
    "make_seal",
    "make_signature",
    "read_seal",
    "read_signature",
    "to_be_signed",
]
