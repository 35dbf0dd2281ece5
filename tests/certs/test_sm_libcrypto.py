"""The door to libcrypto: what is looked for, and what happens when the library is absent, old or refuses."""

import ctypes
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from certs.sm import CipherInvalid, EngineUnusable, Signature, SignatureInvalid, Sm2Engine, Sm2PrivateKey, evp, selftest
from certs.sm.choice import choose
from certs.sm.libcrypto import LibcryptoBackend

KEY = Sm2PrivateKey.from_hex(selftest.KNOWN_KEY)
KNOWN = Signature.from_raw(bytes.fromhex(selftest.KNOWN_SIGNATURE))
real = pytest.mark.group("openssl", needs="openssl with SM2")


class Faked:
    """The real library, with some functions in other hands."""

    def __init__(self, **functions: Callable[..., Any]) -> None:
        self._library = evp.load()
        self._functions = functions
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        self.calls.append(name)
        return self._functions.get(name) or getattr(self._library, name)


def engine(**functions: Callable[..., Any]) -> Sm2Engine:
    return Sm2Engine(LibcryptoBackend(Faked(**functions)))


def fail(*_: object) -> int:
    return 0


def none() -> Iterator[str]:
    return iter(())


@real
def test_the_library_of_this_python_passes() -> None:
    choice = choose(fast=engine)
    assert choice.why.startswith("libcrypto (OpenSSL ")


def test_places_are_python_s_own_modules_and_then_the_system_s() -> None:
    files = {"_ssl": "ssl.so", "_hashlib": "hashlib.so"}
    found = evp.places(lambda name: SimpleNamespace(__file__=files[name]), lambda _: "system.so")
    assert list(found) == ["ssl.so", "hashlib.so", "system.so"]


def test_a_python_without_ssl_or_with_it_built_in_has_no_such_place() -> None:
    def absent(name: str) -> object:
        if name == "_ssl":
            raise ModuleNotFoundError(name)
        return SimpleNamespace()

    assert list(evp.places(absent, lambda _: None)) == []


def test_no_library_is_told() -> None:
    with pytest.raises(EngineUnusable, match="found none"):
        evp.load(none)


def test_libraries_that_do_not_do_are_told_apart_without_their_paths() -> None:
    class Old:
        def __getattr__(self, _: str) -> Callable[..., int]:
            def answer() -> int:
                return 0x1010117F

            return answer

    def opener(place: str) -> object:
        if place == "/secret/absent.so":
            raise OSError(place)
        return Old() if place == "old" else object()

    with pytest.raises(EngineUnusable) as caught:
        evp.load(lambda: iter(["/secret/absent.so", "old", "other"]), opener)
    found = "a library that does not load, a library without the functions of OpenSSL 3"
    assert str(caught.value) == f"no libcrypto of OpenSSL 3 or later: found {found}"


@real
@pytest.mark.parametrize(
    "name", ["EVP_PKEY_CTX_new_from_name", "EVP_PKEY_fromdata_init", "EVP_PKEY_fromdata", "EVP_PKEY_CTX_new_from_pkey"]
)
def test_a_library_without_sm2_is_not_used(name: str) -> None:
    choice = choose(fast=lambda: engine(**{name: fail}))
    assert choice.engines[0].name == "python"
    assert "libcrypto is not used: libcrypto " in choice.why


@real
def test_a_library_that_makes_no_key_is_not_used() -> None:
    with pytest.raises(EngineUnusable, match="takes no SM2 keys"):
        engine(EVP_PKEY_fromdata=lambda *_: 1).verify(KEY.public, b"", KNOWN)


@real
@pytest.mark.parametrize("verb", ["sign", "encrypt", "decrypt", "verify"])
def test_a_refused_start_is_told(verb: str) -> None:
    broken = engine(**{f"EVP_PKEY_{verb}_init": fail})
    calls: dict[str, Callable[[], object]] = {
        "sign": lambda: broken.sign(KEY, b""),
        "verify": lambda: broken.verify(KEY.public, b"", KNOWN),
        "encrypt": lambda: broken.encrypt(KEY.public, b"x"),
        "decrypt": lambda: broken.decrypt(KEY, bytes.fromhex(selftest.KNOWN_CIPHER)),
    }
    with pytest.raises(EngineUnusable, match=f"cannot {verb} with SM2"):
        calls[verb]()


@real
def test_a_refusal_at_work_is_told() -> None:
    broken = engine(EVP_PKEY_sign=fail, EVP_PKEY_encrypt=fail, EVP_PKEY_decrypt=fail, EVP_PKEY_verify=lambda *_: -1)
    with pytest.raises(EngineUnusable, match="does not sign"):
        broken.sign(KEY, b"")
    with pytest.raises(EngineUnusable, match="does not encrypt"):
        broken.encrypt(KEY.public, b"x")
    with pytest.raises(CipherInvalid):
        broken.decrypt(KEY, bytes.fromhex(selftest.KNOWN_CIPHER))
    with pytest.raises(SignatureInvalid):
        broken.verify(KEY.public, b"message digest", KNOWN)


@real
def test_a_library_that_claims_more_than_its_buffer_is_not_believed() -> None:
    def boast(_context: int, _out: object, length: Any, *_: object) -> int:
        length._obj.value = 1_000_000
        return 1

    with pytest.raises(EngineUnusable, match="does not sign"):
        engine(EVP_PKEY_sign=boast).sign(KEY, b"")


@real
def test_the_thread_s_error_queue_is_empty_after_a_refusal() -> None:
    tried = engine()
    with pytest.raises(SignatureInvalid):
        tried.verify(KEY.public, b"another", KNOWN)
    with pytest.raises(CipherInvalid):
        tried.decrypt(Sm2PrivateKey(7), bytes.fromhex(selftest.KNOWN_CIPHER))
    peek = next(evp.places())
    assert ctypes.CDLL(peek).ERR_peek_error() == 0


@real
def test_a_key_is_handed_over_once_and_freed_with_the_last_user() -> None:
    freed: list[int] = []
    library = Faked(EVP_PKEY_free=freed.append)
    tried = Sm2Engine(LibcryptoBackend(library))
    key = Sm2PrivateKey.generate()
    tried.sign(key, b"a")
    tried.sign(key, b"b")
    assert library.calls.count("EVP_PKEY_fromdata") == 1
    assert library.calls.count("EVP_PKEY_sign_init") == 1
    assert freed == []
    del key
    gc.collect()
    assert len(freed) == 1
    evp.load().EVP_PKEY_free(freed[0])


@real
def test_every_context_is_freed_and_one_that_failed_is_not_used_again() -> None:
    living: set[int] = set()
    functions = evp.load()

    def make(*arguments: object) -> int:
        context = functions.EVP_PKEY_CTX_new_from_pkey(*arguments)
        living.add(context)
        return context

    def free(context: int) -> None:
        living.discard(context)
        functions.EVP_PKEY_CTX_free(context)

    library = Faked(EVP_PKEY_CTX_new_from_pkey=make, EVP_PKEY_CTX_free=free)
    tried = Sm2Engine(LibcryptoBackend(library))
    key = Sm2PrivateKey.generate()
    tried.sign(key, b"a")
    library._functions["EVP_PKEY_sign"] = fail
    with pytest.raises(EngineUnusable):
        tried.sign(key, b"b")
    del library._functions["EVP_PKEY_sign"]
    for message in (b"c", b"d"):
        tried.verify(key.public, message, tried.sign(key, message))
    assert library.calls.count("EVP_PKEY_sign_init") == 2
    assert len(living) == 1
    del key
    gc.collect()
    assert living == set()


@real
def test_threads_sign_with_one_key_at_the_same_time() -> None:
    tried, key = engine(), Sm2PrivateKey.generate()
    messages = [str(number).encode() for number in range(64)]
    with ThreadPoolExecutor(8) as pool:
        signatures = list(pool.map(lambda message: tried.sign(key, message), messages))
    assert len({signature.r for signature in signatures}) == len(messages)
    for message, signature in zip(messages, signatures, strict=True):
        tried.verify(key.public, message, signature)
