"""A JSON Web Key Set (RFC 7517), read into the keys that can check a signature."""

import base64
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

_MOST_KEYS = 100
_LATEST: Final = 253_402_300_800
"""Seconds of Unix time at which the year 10000 begins."""
_SHORTEST_RSA = 2_048
_CURVES: Final = {"P-256": frozenset({"ES256"}), "P-384": frozenset({"ES384"})}
_RSA: Final = frozenset({"RS256", "PS256"})


class KeySetInvalid(ValueError):
    """A document that is no key set, or has no key that could check a signature."""


class PublicKey(msgspec.Struct, frozen=True):
    """A key for checking signatures by any of ``algorithms``; ``kid`` is its name, if it has one.

    ``expires_at`` is the instant after which its issuer no longer uses it, where the set says so (``exp``).
    """

    kid: str | None
    algorithms: frozenset[str]
    key: ECKey | RSAKey
    expires_at: datetime | None = None


class _Set(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


def read_key_set(document: bytes) -> tuple[PublicKey, ...]:
    """The usable keys of a key set.

    Passed over, as the standard asks, are keys for other purposes and of unknown kinds; besides symmetric keys, RSA
    keys under 2048 bits, and keys whose private part was published with them.

    Raises:
        KeySetInvalid: no key set, more than 100 keys, no usable key, or two usable ones that a token could not tell
            apart.
    """
    try:
        entries = msgspec.json.decode(document, type=_Set).keys
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise KeySetInvalid("the document is no key set") from error
    if len(entries) > _MOST_KEYS:
        raise KeySetInvalid(f"the key set has more than {_MOST_KEYS} keys")
    keys = tuple(key for entry in entries if (key := _usable(entry)) is not None)
    if not keys:
        raise KeySetInvalid("the key set has no key that could check a signature")
    names = [(key.kid, algorithm) for key in keys for algorithm in key.algorithms]
    if len(set(names)) != len(names):
        raise KeySetInvalid("the key set has two keys of one name")
    return keys


def _usable(entry: dict[str, Any]) -> PublicKey | None:
    kid, purpose, operations = entry.get("kid"), entry.get("use", "sig"), entry.get("key_ops", ["verify"])
    if not (kid is None or isinstance(kid, str)) or purpose != "sig" or "d" in entry:
        return None
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    try:
        key, algorithms = _imported(entry)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    declared = entry.get("alg")
    usable = frozenset(name for name in algorithms if declared in {None, name})
    return PublicKey(kid, usable, key, _expires_at(entry.get("exp"))) if usable else None


def _expires_at(exp: object) -> datetime | None:
    """OpenID Federation dates keys as tokens are dated; what is no such date says nothing."""
    if not isinstance(exp, int) or not 0 < exp < _LATEST:
        return None
    return datetime.fromtimestamp(exp, UTC)


def _imported(entry: dict[str, Any]) -> tuple[ECKey | RSAKey, frozenset[str]]:
    if entry.get("kty") == "EC":
        return ECKey.import_key(entry), _CURVES.get(str(entry.get("crv")), frozenset())
    # measured before the import, which warns of short keys instead of refusing them
    if entry.get("kty") == "RSA" and _bits(entry["n"]) >= _SHORTEST_RSA:
        return RSAKey.import_key(entry), _RSA
    raise KeyError("kty")


def _bits(number: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(number + "=" * (-len(number) % 4))).bit_length()
