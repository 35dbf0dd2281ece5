"""Timestamps (RFC 3161; GB/T 20520 with SM2 and SM3): asked for, given, read and examined."""

from certs.timestamps.checkpoints import CheckpointStamper
from certs.timestamps.client import Authority, TimestampClient
from certs.timestamps.errors import (
    AuthorityUnknown,
    Failure,
    RequestInvalid,
    TimestampError,
    TimestampRefused,
    TimestampUnavailable,
    TokenInvalid,
    TokenUnsupported,
)
from certs.timestamps.imprint import Imprint
from certs.timestamps.requests import QUERY, REPLY, TimestampRequest
from certs.timestamps.responder import DEVELOPMENT_POLICY, StampAuthority, make_token, respond
from certs.timestamps.responses import read_response
from certs.timestamps.tokens import Token, read_token
from certs.timestamps.verifying import TokenExamination, examine_token, verify_token

__all__ = [
    "DEVELOPMENT_POLICY",
    "QUERY",
    "REPLY",
    "Authority",
    "AuthorityUnknown",
    "CheckpointStamper",
    "Failure",
    "Imprint",
    "RequestInvalid",
    "StampAuthority",
    "TimestampClient",
    "TimestampError",
    "TimestampRefused",
    "TimestampRequest",
    "TimestampUnavailable",
    "Token",
    "TokenExamination",
    "TokenInvalid",
    "TokenUnsupported",
    "examine_token",
    "make_token",
    "read_response",
    "read_token",
    "respond",
    "verify_token",
]
