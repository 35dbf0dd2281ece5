"""Which engine is used: the fast one only after it proved itself, none at all if even Python's computes wrongly."""

from collections.abc import Callable

import pytest

from certs import sm
from certs.sm import EngineUnusable, Signature, SignatureInvalid, Sm2Engine, Sm2PrivateKey, Sm2PublicKey, keys, selftest
from certs.sm.choice import choose
from certs.sm.python import PythonBackend
from certs.sm.shapes import Ciphertext

KNOWN = Signature.from_raw(bytes.fromhex(selftest.KNOWN_SIGNATURE))


class Gullible(PythonBackend):
    def verify(self, *_: object) -> None:
        pass


class Suspicious(PythonBackend):
    def verify(self, *_: object) -> None:
        raise SignatureInvalid


class Repeating(PythonBackend):
    def sign(self, *_: object) -> Signature:
        return KNOWN


class Careless(PythonBackend):
    def decrypt(self, *_: object) -> bytes:
        return selftest.KNOWN_PLAIN


class Garbling(PythonBackend):
    def decrypt(self, *_: object) -> bytes:
        return b"something else"


class Mute(PythonBackend):
    def encrypt(self, public: Sm2PublicKey, plain: bytes) -> Ciphertext:
        return super().encrypt(public, b"another text" + plain)


BROKEN = {
    Gullible: "accepts a wrong signature",
    Suspicious: "refuses what is right",
    Repeating: "numbers used once",
    Careless: "accepts a changed ciphertext",
    Garbling: "wrong plaintexts",
    Mute: "wrong ciphertexts",
}
broken = pytest.mark.parametrize(("backend", "reason"), list(BROKEN.items()))


def working() -> Sm2Engine:
    return Sm2Engine(PythonBackend())


@broken
def test_a_broken_fast_engine_is_not_used_and_the_reason_is_shown(
    backend: Callable[[], PythonBackend], reason: str
) -> None:
    choice = choose(working, lambda: Sm2Engine(backend()))
    assert [engine.name for engine in choice.engines] == ["python"]
    assert reason in choice.why


@broken
def test_a_broken_python_engine_refuses_to_run(backend: Callable[[], PythonBackend], reason: str) -> None:
    with pytest.raises(EngineUnusable, match=reason):
        choose(lambda: Sm2Engine(backend()), working)


def test_an_absent_fast_engine_leaves_python_s() -> None:
    def absent() -> Sm2Engine:
        raise EngineUnusable("no libcrypto")

    choice = choose(working, absent)
    assert choice.why.endswith("because libcrypto is not used: no libcrypto")


def test_a_fast_engine_that_agrees_comes_first() -> None:
    fast = working()
    choice = choose(working, lambda: fast)
    assert choice.engines[0] is fast
    assert choice.why.endswith("because it passed its self-test")


def test_keys_that_do_not_pair_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys.Sm2PrivateKey, "public", Sm2PrivateKey(7).public)
    with pytest.raises(EngineUnusable, match="key pairs"):
        selftest.run(working())


def test_the_engine_is_chosen_once() -> None:
    assert sm.engine() is sm.engine() is sm.engines()[0]
    assert sm.why().startswith(sm.engine().name)
    assert "python" in [engine.name for engine in sm.engines()]
