"""Credentials of the sandbox: drawn from the seed, the same every time, and plainly fake."""

import base64
import binascii
import hashlib
import hmac


def credential(seed: int, system: str, name: str) -> str:
    """The credential called ``name`` of a system in the world of ``seed``."""
    drawn = hashlib.sha256(f"{seed}/{system}/{name}".encode()).hexdigest()
    return f"sandbox-{name}-{drawn[:16]}"


def same(given: str, expected: str) -> bool:
    """Whether two secrets are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(), expected.encode())


def read_basic(header: str) -> tuple[str, str] | None:
    """Name and secret of an Authorization header of the Basic scheme, None if it is none."""
    scheme, _, given = header.partition(" ")
    try:
        name, colon, secret = base64.b64decode(given.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, secret) if scheme.lower() == "basic" and colon else None
