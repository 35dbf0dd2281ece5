"""The register of licence types, from a TOML file that the hub office keeps (``[types]`` code = name)."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gateway.core.errors import ConfigurationInvalid
from gateway.core.licence import LicenceType


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    types: dict[str, str]


class LicenceTypes:
    """A LicenceTypeRegister that was read at start."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names
        self._types = tuple(LicenceType(code, names[code]) for code in sorted(names))

    @classmethod
    def load(cls, file: Path | None) -> "LicenceTypes":
        """The register in ``file``; empty without one.

        Raises:
            ConfigurationInvalid: the file cannot be read or is malformed.
        """
        if file is None:
            return cls({})
        try:
            parsed = msgspec.convert(tomllib.loads(file.read_text("utf-8")), _File)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise ConfigurationInvalid(f"{file}: {error}", "give [types] with lines code = name") from error
        return cls(parsed.types)

    def licence_types(self) -> Sequence[LicenceType]:
        """All types, ordered by code."""
        return self._types

    def name_of(self, code: str) -> str | None:
        """The registered name of a type code."""
        return self._names.get(code)
