"""Opaque public ids by AES-SIV: deterministic, so an id is stable; authenticated, so none can be made up."""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

KEY_BYTES = 64
_LONGEST_ID = 60_000
"""What the longest text that a reply may give (10,000 characters) is sealed into."""
_TAG_BYTES = 16


class AesSivIdSealer:
    """An IdSealer under one key of KEY_BYTES bytes; ids sealed under another key do not open."""

    def __init__(self, key: bytes) -> None:
        self._siv = AESSIV(key)

    @staticmethod
    def generate_key() -> bytes:
        """A new random key."""
        return AESSIV.generate_key(KEY_BYTES * 8)

    def seal(self, plain: bytes, kind: str) -> str:
        """An opaque URL-safe id of ``plain``; the same input always gives the same id."""
        return base64.urlsafe_b64encode(self._siv.encrypt(plain, [kind.encode()])).decode().rstrip("=")

    def open(self, sealed: str, kind: str) -> bytes | None:
        """The bytes that were sealed, or None if this id was not made here for this kind."""
        if len(sealed) > _LONGEST_ID or not sealed.isascii():
            return None
        try:
            data = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
            return self._siv.decrypt(data, [kind.encode()]) if len(data) >= _TAG_BYTES else None
        except (binascii.Error, InvalidTag):
            return None
