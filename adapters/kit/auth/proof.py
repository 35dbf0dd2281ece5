"""The computations behind signatures: what is taken together, digests, codes and SM2."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from adapters.kit.manifest.expressions import RequestValue
from adapters.kit.manifest.model import Manifest
from adapters.kit.mapping import Scope
from adapters.kit.mapping.request import compile_value
from adapters.kit.mapping.texts import joined, need_engine
from gateway.core.errors import KeyUnusable, SystemFailure
from gateway.core.outcome import Fault, Outcome
from gateway.core.ports import RequestSigner

BODY: Final = "body"
"""The part that stands for a message's bytes, as they were sent."""


class Parts:
    """What a digest, code or signature is computed of; safe to share between calls.

    Args:
        of: the parts, in order; what has no value is left out.
        by: what is written between them.
        manifest: whose request charset texts are written in.
        names: references that are found in the scope's ``named``.
    """

    def __init__(self, of: Sequence[RequestValue], by: str, manifest: Manifest, names: frozenset[str]) -> None:
        self._parts = [None if part == BODY else compile_value(part, manifest, names) for part in of]
        self._charset = manifest.protocol.charset.request
        self._by = by.encode(self._charset)

    @property
    def use_body(self) -> bool:
        """Whether the message's bytes are among them."""
        return None in self._parts

    def together(self, scope: Scope, body: bytes) -> bytes:
        """The bytes of all parts; raises SystemFailure (ours) for a nested value."""
        found: list[bytes] = []
        for part in self._parts:
            text = joined([part(scope)], "") if part is not None else None
            if part is None:
                found.append(body)
            elif text is not None:
                found.append(text.encode(self._charset))
        return self._by.join(found)


def digest(algorithm: str, data: bytes, crypto: RequestSigner | None) -> bytes:
    """The digest of ``data``; raises SystemFailure (ours) where SM3 is wanted and no engine connected."""
    if algorithm == "sm3":
        return need_engine(crypto).sm3(data)
    # which algorithm is used is the system's choice; MD5 and SHA-1 are still what many of them know
    return hashlib.new(algorithm, data, usedforsecurity=False).digest()


def code(algorithm: str, key: str, data: bytes, crypto: RequestSigner | None) -> bytes:
    """The HMAC of ``data`` under the UTF-8 bytes of ``key``; raises as ``digest``."""
    if algorithm == "sm3":
        return need_engine(crypto).hmac_sm3(key.encode(), data)
    return hmac.digest(key.encode(), data, algorithm)


def sign_sm2(setting: str, key: str, data: bytes, crypto: RequestSigner | None, *, raw: bool) -> bytes:
    """The signature under a key that came from ``setting``; raises SystemFailure (ours)."""
    try:
        return need_engine(crypto).sign_sm2(key, data, raw=raw)
    except KeyUnusable as error:
        raise _unusable(setting, "private") from error


def is_signed_sm2(
    setting: str, key: str, data: bytes, signature: bytes, crypto: RequestSigner | None, *, raw: bool
) -> bool:
    """Whether ``signature`` is theirs, by a public key that came from ``setting``; raises SystemFailure (ours)."""
    try:
        return need_engine(crypto).is_signed_sm2(key, data, signature, raw=raw)
    except KeyUnusable as error:
        raise _unusable(setting, "public") from error


def _unusable(setting: str, half: str) -> SystemFailure:
    return SystemFailure(Outcome.GATEWAY_ERROR, Fault.OURS, f"setting {setting} holds no usable SM2 {half} key")
