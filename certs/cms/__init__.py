"""Signed data (CMS, RFC 5652; GB/T 35275 under its own identifiers): read strictly as DER, verified, made.

What timestamps, PDF signatures and digital signatures in OFD have in common. Certificates' chains are for others.
"""

from certs.cms.errors import CmsError, CmsInvalid, CmsUnsupported
from certs.cms.making import TIMESTAMP_TOKEN, Stamp, attribute, make_gm_signed_data, make_signed_data
from certs.cms.reading import DATA, GM_DATA, GM_SIGNED_DATA, SIGNED_DATA, read_signed_data
from certs.cms.signing_certificate import check_signing_certificate
from certs.cms.values import SignedData, SignerInfo
from certs.cms.verifying import agreed_hash, check_attributes, verify_signature, verify_value

__all__ = [
    "DATA",
    "GM_DATA",
    "GM_SIGNED_DATA",
    "SIGNED_DATA",
    "TIMESTAMP_TOKEN",
    "CmsError",
    "CmsInvalid",
    "CmsUnsupported",
    "SignedData",
    "SignerInfo",
    "Stamp",
    "agreed_hash",
    "attribute",
    "check_attributes",
    "check_signing_certificate",
    "make_gm_signed_data",
    "make_signed_data",
    "read_signed_data",
    "verify_signature",
    "verify_value",
]
