"""Sealing of personal data at rest: AES-256-GCM under keys that can be changed one after another.

A key file holds one key a line, 32 bytes in base64: the first seals, all open. A sealed value is::

    1 byte   form, 1
    4 bytes  id of the key: the beginning of SHA-256 of it
    12 bytes nonce, random
    the rest ciphertext and tag; bound to table, row and column
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.core.errors import KeyUnusable, PayloadUnreadable
from gateway.core.sealing import Place

KEY_BYTES = 32
MOST_KEYS = 16
_FORM = 1
_ID_BYTES = 4
_NONCE_BYTES = 12
_HEAD = 1 + _ID_BYTES + _NONCE_BYTES


class _Key:
    """One key and what is derived from it: one part seals, the other finds."""

    def __init__(self, key: bytes) -> None:
        self.id = hashlib.sha256(key).digest()[:_ID_BYTES]
        self.seal = AESGCM(_derived(key, b"yiwang record seal"))
        self.blind = _derived(key, b"yiwang record blind")


class AesGcmRecordCipher:
    """A Cipher over keys of KEY_BYTES bytes each.

    Raises:
        KeyUnusable: there is no key, there are too many, or two are the same.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not 0 < len(keys) <= MOST_KEYS or any(len(key) != KEY_BYTES for key in keys):
            raise KeyUnusable(f"holds no 1 to {MOST_KEYS} keys of {KEY_BYTES} bytes")
        self._keys = [_Key(key) for key in keys]
        self._by_id = {key.id: key for key in self._keys}
        if len(self._by_id) != len(keys):
            raise KeyUnusable("holds a key twice")

    @classmethod
    def parse(cls, text: bytes) -> "AesGcmRecordCipher":
        """The cipher of a key file; raises KeyUnusable without quoting it."""
        try:
            return cls([base64.b64decode(line, validate=True) for line in text.split()])
        except binascii.Error:
            raise KeyUnusable("holds a line that is no key in base64") from None  # the cause may quote it

    @staticmethod
    def generate_key() -> bytes:
        """A new random key as a line of a key file."""
        return base64.b64encode(os.urandom(KEY_BYTES)) + b"\n"

    def seal(self, plain: bytes, place: Place) -> bytes:
        """The plain bytes, unreadable and bound to their place."""
        key, nonce = self._keys[0], os.urandom(_NONCE_BYTES)
        head = bytes([_FORM]) + key.id
        return head + nonce + key.seal.encrypt(nonce, plain, _bound(head, place))

    def open(self, sealed: bytes, place: Place) -> bytes:
        """The plain bytes; raises PayloadUnreadable for another place, unknown keys and changed bytes."""
        head, nonce = sealed[: 1 + _ID_BYTES], sealed[1 + _ID_BYTES : _HEAD]
        key = self._by_id.get(head[1:])
        if key is None or head[0] != _FORM or len(nonce) != _NONCE_BYTES:
            raise PayloadUnreadable("sealed under a key that is not in YIWANG_RECORD_KEY")
        try:
            return key.seal.decrypt(nonce, sealed[_HEAD:], _bound(head, place))
        except InvalidTag as error:
            raise PayloadUnreadable("a sealed value was changed or moved") from error

    def blind(self, *parts: str) -> bytes:
        """32 bytes by which rows of the same parts are found."""
        return _blind(self._keys[0], parts)

    def blinds(self, *parts: str) -> tuple[bytes, ...]:
        """The same under every key, that of ``blind`` first."""
        return tuple(_blind(key, parts) for key in self._keys)

    def __repr__(self) -> str:
        """How many keys."""
        return f"AesGcmRecordCipher({len(self._keys)} keys)"


def _derived(key: bytes, use: bytes) -> bytes:
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=use).derive(key)


def _bound(head: bytes, place: Place) -> bytes:
    return head + _framed(place.table.encode(), place.row, place.column.encode())


def _blind(key: _Key, parts: tuple[str, ...]) -> bytes:
    return hmac.digest(key.blind, _framed(*[part.encode() for part in parts]), "sha256")


def _framed(*parts: bytes) -> bytes:
    """The parts with their lengths, so that no two lists of them are the same bytes."""
    return b"".join([len(part).to_bytes(4) + part for part in parts])
