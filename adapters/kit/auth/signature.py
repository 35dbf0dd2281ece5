"""Signatures of requests: values computed one after another, afresh for every attempt."""

from collections.abc import Callable

import msgspec

from adapters.kit.auth.credential import Credential
from adapters.kit.auth.placing import Placing
from adapters.kit.auth.proof import Parts, code, digest, sign_sm2
from adapters.kit.manifest.expressions import Joined
from adapters.kit.manifest.model import Manifest
from adapters.kit.manifest.signing import (
    DigestValue,
    HmacValue,
    NowValue,
    RandomValue,
    Signature,
    SignValue,
    Sm2Value,
)
from adapters.kit.mapping import Scope, parse_form
from adapters.kit.mapping.request import compile_value
from adapters.kit.mapping.texts import encoded
from adapters.kit.plain import plain_text
from adapters.kit.settings import read_setting

RandomBytes = Callable[[int], bytes]
"""Gives that many bytes that nobody can guess."""

_Compute = Callable[[Scope, bytes], str | None]


class Signer:
    """A compiled signature; safe to share between calls.

    Args:
        signature: of a checked manifest.
        manifest: whose charset and code tables it uses.
        random_bytes: where nonces come from.
    """

    def __init__(self, signature: Signature, manifest: Manifest, random_bytes: RandomBytes) -> None:
        self._manifest = manifest
        self._random_bytes = random_bytes
        self._use_body = False
        self._steps: list[tuple[str, _Compute]] = []
        names: frozenset[str] = frozenset()
        for name, value in signature.values.items():
            self._steps.append((name, self._step(value, names)))
            names |= {name}
        self._placing = Placing(signature.into, manifest, names)

    @property
    def uses_body(self) -> bool:
        """Whether the bytes of the body are signed, so that they have to be there first."""
        return self._use_body

    def sign(self, scope: Scope, body: bytes) -> Credential:
        """The signature of this moment over ``body`` and what ``scope`` holds.

        Raises:
            SystemFailure: GATEWAY_ERROR, ours: a setting is not filled or holds no key.
        """
        named: dict[str, str] = {}
        scope = msgspec.structs.replace(scope, named=named)
        for name, compute in self._steps:
            value = compute(scope, body)
            if value is not None:
                named[name] = value
        return self._placing.credential(scope)

    def _step(self, value: SignValue, names: frozenset[str]) -> _Compute:
        if isinstance(value, NowValue):
            write = parse_form(value.now).write
            return lambda scope, _: write(scope.now)
        if isinstance(value, RandomValue):
            digits = value.random
            return lambda *_: self._random_bytes((digits + 1) // 2).hex()[:digits]
        if isinstance(value, Joined):
            build = compile_value(value, self._manifest, names)
            return lambda scope, _: None if (text := build(scope)) is None else plain_text(text)
        return self._proof(value, Parts(value.of, value.by, self._manifest, names), names)

    def _proof(self, value: DigestValue | HmacValue | Sm2Value, parts: Parts, names: frozenset[str]) -> _Compute:
        self._use_body = self._use_body or parts.use_body
        if isinstance(value, DigestValue):
            return lambda scope, body: encoded(
                digest(value.digest, parts.together(scope, body), scope.crypto), value.written
            )
        if isinstance(value, HmacValue):
            key = compile_value(value.key, self._manifest, names)
            return lambda scope, body: encoded(
                code(value.hmac, plain_text(key(scope)), parts.together(scope, body), scope.crypto), value.written
            )
        setting, raw = value.sm2.setting, value.form == "raw"

        def sign(scope: Scope, body: bytes) -> str:
            private = read_setting(scope.secrets, setting)
            signed = sign_sm2(setting, private, parts.together(scope, body), scope.crypto, raw=raw)
            return encoded(signed, value.written)

        return sign
