"""The door to libraries of PKCS #11: what a process has of one, which is one for all of its keys.

The standard counts sessions, logins and threads by process: a library that was not told of threads is called by one at
a time, and who is logged in to a token is so for every key in it. So the keys of a token share one session, which is
closed with the last of them. A library that lost its device is begun anew: many see it again only then.
"""

import hmac
import importlib
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from certs.signers.locator import Locator
from certs.signers.troubles import DeviceAway, KeyMissing, LibraryMissing
from gateway.core.errors import PinRefused

Pkcs11: TypeAlias = Any
"""The package, which is optional, and what it gives."""

_PIN: Final = frozenset(
    {"PinIncorrect", "PinInvalid", "PinLenRange", "PinExpired", "PinLocked", "UserPinNotInitialized"}
)
_KEY: Final = frozenset({"NoSuchKey", "MultipleObjectsReturned", "MultipleTokensReturned"})
"""Errors that another beginning does not mend, by their names in the package."""


@dataclass(eq=False, slots=True)
class _Session:
    """The one session with a token, by whose PIN it was opened, and how many keys are held in it."""

    session: Pkcs11
    pin: str | None = field(repr=False)
    keys: int = 0

    def has(self, pin: str | None) -> bool:
        """Whether it was opened by this PIN."""
        if pin is None or self.pin is None:
            return pin is self.pin
        return hmac.compare_digest(pin.encode(), self.pin.encode())


@dataclass(frozen=True, eq=False, slots=True)
class HeldKey:
    """A key in a token; of no use once the library was begun anew."""

    key: Pkcs11
    token: tuple[object, object]
    beginning: int


class TokenLibrary:
    """A library, which is used under its ``lock`` only.

    Args:
        module: the package ``pkcs11``.
        path: where the library is.
    """

    def __init__(self, module: Pkcs11, path: str) -> None:
        self.lock: Final = threading.RLock()
        self._module = module
        self._path = path
        self._sessions: dict[tuple[object, object], _Session] = {}
        self._refused: set[tuple[tuple[object, object], str]] = set()
        self._beginning = 0

    def take(self, locator: Locator, pin: str | None) -> HeldKey:
        """A key, in the session of its token; the library is begun anew if it seems to have lost its device.

        Raises:
            LibraryMissing: there is no such library, or none of PKCS #11.
            PinRefused: the token refused the PIN, now or before; none is tried twice.
            KeyMissing: the token has no such key, or more than one.
            DeviceAway: anything else.
        """
        library = self._load()
        try:
            return self._found(library, locator, pin)
        except (self._module.PKCS11Error, OSError, RuntimeError) as error:
            _raise_what_lasts(error)
        self._begin_anew(library)
        try:
            return self._found(self._load(), locator, pin)
        except (self._module.PKCS11Error, OSError, RuntimeError) as error:
            _raise_what_lasts(error)
            raise DeviceAway(_not_given(error)) from error

    def is_current(self, held: HeldKey) -> bool:
        """Whether a key is still what it was: numbers of another beginning name something else."""
        return held.beginning == self._beginning

    def give_back(self, held: HeldKey) -> None:
        """Let go of a key, and with the last one of the session; what the token says to that changes nothing."""
        if self.is_current(held):
            shared = self._sessions[held.token]
            shared.keys -= 1
            self._close_unused(held.token, shared)

    def _load(self) -> Pkcs11:
        try:
            return self._module.lib(self._path)
        except (self._module.PKCS11Error, OSError, RuntimeError) as error:
            if _is_answer(error, self._module):
                raise DeviceAway(f"the device's library does not begin: {type(error).__name__}") from error
            raise LibraryMissing(f"the device's library does not load: {type(error).__name__}") from error

    def _found(self, library: Pkcs11, locator: Locator, pin: str | None) -> HeldKey:
        wanted = {"token_label": locator.text("token"), "token_serial": locator.find.get("serial")}
        token = library.get_token(**wanted)
        name = token.label, token.serial
        shared = self._session(token, name, pin)
        try:
            key = shared.session.get_key(
                object_class=self._module.ObjectClass.PRIVATE_KEY,
                label=locator.text("object"),
                id=locator.find.get("id"),
            )
        except BaseException:
            self._close_unused(name, shared)
            raise
        shared.keys += 1
        return HeldKey(key, name, self._beginning)

    def _session(self, token: Pkcs11, name: tuple[object, object], pin: str | None) -> _Session:
        shared = self._sessions.get(name)
        if shared is not None:
            if not shared.has(pin):
                raise PinRefused("the device is open by another PIN than this key's")
            return shared
        if pin is not None and (name, pin) in self._refused:
            raise PinRefused("the device refused the PIN before, and it is not tried again")
        try:
            shared = _Session(token.open(user_pin=pin), pin)
        except self._module.PKCS11Error as error:
            if pin is not None and type(error).__name__ in _PIN:
                self._refused.add((name, pin))
            raise
        self._sessions[name] = shared
        return shared

    def _close_unused(self, name: tuple[object, object], shared: _Session) -> None:
        if not shared.keys:
            del self._sessions[name]
            with suppress(self._module.PKCS11Error):  # a token that was taken out has nothing left to close
                shared.session.close()

    def _begin_anew(self, library: Pkcs11) -> None:
        """End the library; it begins again when it is asked for."""
        self._sessions.clear()
        self._beginning += 1
        with suppress(self._module.PKCS11Error):
            library.finalize()


def load_module() -> Pkcs11:
    """The package ``pkcs11``.

    Raises:
        LibraryMissing: it is not installed.
    """
    try:
        return importlib.import_module("pkcs11")
    except ImportError as error:
        raise LibraryMissing("keys of the kind pkcs11: need the package python-pkcs11") from error


def token_library(module: Pkcs11, path: str) -> TokenLibrary:
    """What this process has of a library; the same for all who ask."""
    with _lock:
        return _opened.setdefault((module, path), TokenLibrary(module, path))


_opened: Final[dict[tuple[object, str], TokenLibrary]] = {}
_lock: Final = threading.Lock()


def _raise_what_lasts(error: BaseException) -> None:
    name = type(error).__name__
    if name in _PIN:
        raise PinRefused(f"the device refused the PIN: {name}") from error
    if name in _KEY:
        raise KeyMissing(_not_given(error)) from error


def _is_answer(error: BaseException, module: Pkcs11) -> bool:
    """Whether a library was there to say it; the package has no word of its own for one that does not load."""
    return isinstance(error, module.PKCS11Error) and type(error) is not module.PKCS11Error


def _not_given(error: BaseException) -> str:
    return f"the device does not give the key: {type(error).__name__}"
