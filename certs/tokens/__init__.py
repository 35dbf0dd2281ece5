"""Who calls, proven: tokens of trusted issuers and client certificates of registered applications.

jwks           a published key set, read into keys that can check signatures
keyring        one issuer's keys over time: read again before they are stale, rotated, kept through an outage
claims         what a token says, in its strict shapes; ``persons`` checks the person by his role
compact        a token's outer form, before anything of it is believed
issuer_tokens  tokens of one issuer
certificates   applications by client certificate
verifier       all of it together: evidence in, caller out
development    the issuer of `yiwang token`, which production refuses
"""

from certs.tokens.certificates import ApplicationCertificates
from certs.tokens.development import AUDIENCE, DevelopmentIssuer
from certs.tokens.issuer_tokens import IssuerTokens
from certs.tokens.keyring import KEY_SET_LIMIT, Keyring, ReadKeySet
from certs.tokens.persons import check_person
from certs.tokens.reasons import Unproven
from certs.tokens.verifier import TrustedCallers
from gateway.core.issuers import DEVELOPMENT_ISSUER

__all__ = [
    "AUDIENCE",
    "DEVELOPMENT_ISSUER",
    "KEY_SET_LIMIT",
    "ApplicationCertificates",
    "DevelopmentIssuer",
    "IssuerTokens",
    "Keyring",
    "ReadKeySet",
    "TrustedCallers",
    "Unproven",
    "check_person",
]
