"""Signatures of replies: proven before anything in a body is believed."""

import base64
import binascii
import hmac
from collections.abc import Iterator, Mapping

import msgspec

from adapters.kit.auth.proof import Parts, code, digest, is_signed_sm2
from adapters.kit.http import HttpReply, verify_status
from adapters.kit.manifest.model import Manifest
from adapters.kit.manifest.signing import ReplySignature
from adapters.kit.mapping import Scope
from adapters.kit.mapping.request import HeaderMissing, compile_value
from adapters.kit.plain import plain_text
from adapters.kit.settings import read_setting
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

_SESSION = "session."


class ReplyProof:
    """A compiled rule on replies; safe to share between calls."""

    def __init__(self, rule: ReplySignature, manifest: Manifest) -> None:
        self._rule = rule
        self._parts = Parts(rule.of, rule.by, manifest, frozenset())
        self._key = None if rule.key is None else compile_value(rule.key, manifest)

    @property
    def needs_session(self) -> bool:
        """Whether it takes what a login gives, so that the login's own reply cannot be held against it."""
        named = self._rule.model_dump(include={"of", "key"})
        return any(text.startswith(_SESSION) for text in _texts(named))

    def verify(self, reply: HttpReply, scope: Scope) -> None:
        """Return if the reply is signed as the manifest says.

        An error without a signature is what something in between answers with: its status is believed, and nothing
        else of it.

        Raises:
            SystemFailure: UPSTREAM_FAULT, theirs: the signature is missing or does not prove the reply; by its status
                for an unsigned error; GATEWAY_ERROR, ours, for a setting that is not filled or holds no key.
        """
        given = reply.headers.get(self._rule.header.lower())
        signed = msgspec.structs.replace(scope, headers=reply.headers)
        try:
            data = self._parts.together(signed, reply.body)
        except HeaderMissing:
            given = None
        if given is None:
            verify_status(reply)
            raise _refused("is missing")
        signature = self._decoded(given)
        if signature is None or not self._proven(signature, data, signed):
            raise _refused("does not verify")

    def _proven(self, signature: bytes, data: bytes, scope: Scope) -> bool:
        rule = self._rule
        if rule.sm2 is not None:
            setting = rule.sm2.setting
            public = read_setting(scope.secrets, setting)
            return is_signed_sm2(setting, public, data, signature, scope.crypto, raw=rule.form == "raw")
        if rule.digest is not None:
            return hmac.compare_digest(signature, digest(rule.digest, data, scope.crypto))
        assert rule.hmac is not None, "the model lets no rule pass without a way to prove"
        assert self._key is not None, "the model lets no code pass without a key"
        return hmac.compare_digest(signature, code(rule.hmac, plain_text(self._key(scope)), data, scope.crypto))

    def _decoded(self, text: str) -> bytes | None:
        try:
            if self._rule.written == "hex":
                return bytes.fromhex(text)
            return base64.b64decode(text, validate=True)
        except (ValueError, binascii.Error):
            return None


def _texts(value: object) -> Iterator[str]:
    """Every text in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(tuple(value.values()))
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _texts(inner)


def _refused(what: str) -> SystemFailure:
    return SystemFailure(Outcome.UPSTREAM_FAULT, Fault.THEIRS, f"the reply's signature {what}")
