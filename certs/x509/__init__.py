"""Certificates of SM2, RSA and EC keys: read, chained to trust anchors, and looked up in what was revoked."""

from certs.sm import SignatureInvalid
from certs.x509.algorithms import Hash, KeyAlgorithm, SignatureAlgorithm
from certs.x509.authority import DevelopmentAuthority, Issued, Profile
from certs.x509.certificate import Certificate, read_certificate, read_certificates
from certs.x509.chain import ChainResult, Usage, build_chain
from certs.x509.crl import Reason, RevocationList, Revoked, read_crl
from certs.x509.errors import CertificateInvalid, CertificateUnsupported, RevocationUnreadable
from certs.x509.extensions import KeyUsage
from certs.x509.fetching import RevocationFetcher
from certs.x509.names import Name
from certs.x509.ocsp import OcspResponse, read_ocsp_response
from certs.x509.public_key import PublicKey
from certs.x509.revocation import Evidence, RevocationResult, examine_revocation, load_lists
from certs.x509.trust import TrustFolder, TrustStore

__all__ = [
    "Certificate",
    "CertificateInvalid",
    "CertificateUnsupported",
    "ChainResult",
    "DevelopmentAuthority",
    "Evidence",
    "Hash",
    "Issued",
    "KeyAlgorithm",
    "KeyUsage",
    "Name",
    "OcspResponse",
    "Profile",
    "PublicKey",
    "Reason",
    "RevocationFetcher",
    "RevocationList",
    "RevocationResult",
    "RevocationUnreadable",
    "Revoked",
    "SignatureAlgorithm",
    "SignatureInvalid",
    "TrustFolder",
    "TrustStore",
    "Usage",
    "build_chain",
    "examine_revocation",
    "load_lists",
    "read_certificate",
    "read_certificates",
    "read_crl",
    "read_ocsp_response",
]
