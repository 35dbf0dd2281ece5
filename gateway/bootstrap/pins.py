"""PINs and passphrases of seal keys: a file of `"reference" = "pin"`, read once, and never told."""

import tomllib
from collections.abc import Mapping
from typing import Final

from gateway.bootstrap.keys import read_secret
from gateway.core.errors import ConfigurationInvalid
from gateway.settings import Settings

VARIABLE: Final = "YIWANG_SEAL_PINS"
_LONGEST_FILE: Final = 262_144
_LONGEST_PIN: Final = 256
_HOW: Final = 'write one line for each key: "pkcs11:token=…;object=…" = "…"'


class SealPins:
    """The PIN or passphrase of a key, by its reference as the register has it."""

    def __init__(self, pins: Mapping[str, str]) -> None:
        self._pins = dict(pins)

    def __call__(self, reference: str) -> str | None:
        """None for a key that opens by itself."""
        return self._pins.get(reference)

    def __repr__(self) -> str:
        """How many."""
        return f"SealPins({len(self._pins)} keys)"


def read_seal_pins(settings: Settings) -> SealPins:
    """The PINs of the file that the settings name; none without one.

    Raises:
        ConfigurationInvalid: it cannot be read, is open to others, or has anything else in it, which is not told.
    """
    file = settings.seal_pins
    if file is None:
        return SealPins({})
    content = read_secret(file, VARIABLE, _LONGEST_FILE + 1)
    if len(content) > _LONGEST_FILE:
        raise ConfigurationInvalid(f"{file} is longer than {_LONGEST_FILE} bytes", "name only keys of seals")
    try:
        pins = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise ConfigurationInvalid(f"{file} is no TOML", _HOW) from None  # its message shows what is there
    if not all(isinstance(pin, str) and 0 < len(pin) <= _LONGEST_PIN for pin in pins.values()):
        raise ConfigurationInvalid(f"{file} has what is no PIN", _HOW)
    return SealPins(pins)
