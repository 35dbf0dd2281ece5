"""Credentials of the sandbox: drawn from the seed, the same every time, and plainly fake."""

import hashlib
import hmac


def credential(seed: int, system: str, name: str) -> str:
    """The credential called ``name`` of a system in the world of ``seed``."""
    drawn = hashlib.sha256(f"{seed}/{system}/{name}".encode()).hexdigest()
    return f"sandbox-{name}-{drawn[:16]}"


def same(given: str, expected: str) -> bool:
    """Whether two secrets are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(), expected.encode())
