"""What reading certificates and lists refuses.

    YiwangError
    ├── CertificateInvalid           bytes that are no certificate, or one that breaks the rules of its form
    │   └── CertificateUnsupported   a certificate whose key is of a kind that is not known here
    └── RevocationUnreadable         bytes that are no CRL or OCSP response, or one of a kind that is not known here

What a chain lacks is no error: build_chain says it.
"""

from gateway.core.errors import YiwangError


class CertificateInvalid(YiwangError):
    """Not a certificate; the message says what is wrong with its shape and holds nothing of it."""


class CertificateUnsupported(CertificateInvalid):
    """A certificate whose key is of a kind that is not known here."""


class RevocationUnreadable(YiwangError):
    """Not a CRL or an OCSP response, or of a kind that is not known here; holds nothing of it."""
