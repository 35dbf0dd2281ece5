"""A token's outer form (JWS compact serialization), read before anything of it is believed."""

import base64
import binascii
from typing import Any, TypeVar

import msgspec

from certs.tokens.reasons import MALFORMED, Unproven

_Part = TypeVar("_Part")

LONGEST_TOKEN = 8_192
_TYPES = frozenset({"jwt", "at+jwt"})
"""``typ`` of access and identity tokens; a logout token, say, is signed with the same keys and proves nobody."""


class Compact(msgspec.Struct, frozen=True):
    """A token whose signature is still to be checked, with what is needed to do so."""

    text: str
    algorithm: str
    kid: str | None
    issuer: str

    def __repr__(self) -> str:
        """Nothing: a token is a secret."""
        return "Compact()"


class _Header(msgspec.Struct, frozen=True):
    alg: str
    kid: str | None = None
    typ: str | None = None
    crit: Any = msgspec.UNSET


class _Issued(msgspec.Struct, frozen=True):
    iss: str


def read_compact(text: str) -> Compact:
    """The outer form of a token.

    Raises:
        Unproven: too long, not of three parts, or with a header that asks for what is not known here.
    """
    parts = text.split(".")
    if len(text) > LONGEST_TOKEN or not text.isascii() or len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        raise Unproven(MALFORMED)
    header = _decoded(parts[0], _Header)
    if header.crit is not msgspec.UNSET or (header.typ or "jwt").lower().removeprefix("application/") not in _TYPES:
        raise Unproven(MALFORMED)
    return Compact(text, header.alg, header.kid, _decoded(parts[1], _Issued).iss)


def _decoded(part: str, kind: type[_Part]) -> _Part:
    try:
        data = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(data, type=kind)
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unproven(MALFORMED) from error
