"""The deployment file: which systems are connected, what the hub office assigned to each, and their settings.

It holds secrets, so it must be readable by its owner alone. TOML::

    [[system]]
    manifest = "systems/city-licences"        # a folder, relative to this file
    hosts = ["10.20.0.8:8080"]                # the only addresses its adapter may reach
    authority = 20                            # where systems disagree, the lowest wins
    serves = { ports = ["LicenceSource"], regions = ["420100"], types = ["*"], issuers = ["*"] }
    settings = { url = "http://10.20.0.8:8080/license-app/v1", app-key = "…" }
    expires = { app-key = 2027-01-31 }        # the day from which the setting no longer works
"""

import os
import stat
import tomllib
from datetime import date
from pathlib import Path

import msgspec

from gateway.core.errors import ConfigurationInvalid
from gateway.core.identifiers import region
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.system import Assignment, DeployedSystem

_BIGGEST = 4_000_000


class _Serves(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ports: list[str]
    regions: list[str]
    types: list[str]
    issuers: list[str]


class _System(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    manifest: str
    hosts: list[str]
    serves: _Serves
    settings: dict[str, str] = {}
    expires: dict[str, date] = {}
    authority: int = 100


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    system: list[_System] = []


class SystemSettings:
    """The settings of one system: a SecretSource that answers to that system's names only."""

    def __init__(self, code: str, settings: dict[str, str]) -> None:
        self._prefix = f"{code}/"
        self._settings = settings

    def get(self, name: str) -> str | None:
        """The value of ``<system>/<key>``, or None."""
        if not name.startswith(self._prefix):
            return None
        return self._settings.get(name.removeprefix(self._prefix))

    def __repr__(self) -> str:
        """Names only."""
        return f"SystemSettings({sorted(self._settings)})"


def load_deployment(file: Path) -> tuple[DeployedSystem, ...]:
    """The systems of the file, ordered by code.

    Raises:
        ConfigurationInvalid: the file is missing, readable by others, malformed, or names a system twice.
    """
    try:
        with file.open("rb") as opened:
            if os.fstat(opened.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ConfigurationInvalid(f"{file} holds secrets and is open to others", f"chmod 600 {file}")
            text = opened.read(_BIGGEST + 1)
        if len(text) > _BIGGEST:
            raise ConfigurationInvalid(f"{file} is larger than {_BIGGEST} bytes", "split the deployment")
        parsed = msgspec.convert(tomllib.loads(text.decode()), _File)
    except OSError as error:
        raise ConfigurationInvalid(f"{file} cannot be read: {error.strerror}", "name it with YIWANG_SYSTEMS") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationInvalid(f"{file} is no TOML: {error}", "mend the line it names") from error
    except msgspec.ValidationError as error:
        raise ConfigurationInvalid(f"{file}: {error}", "compare with docs/reference/deployment.md") from error
    systems = [_deployed(entry, file.parent) for entry in parsed.system]
    codes = [system.code for system in systems]
    if twice := {code for code in codes if codes.count(code) > 1}:
        raise ConfigurationInvalid(f"{file} names {', '.join(sorted(twice))} twice", "keep one of the entries")
    return tuple(sorted(systems, key=lambda system: system.code))


def _deployed(entry: _System, base: Path) -> DeployedSystem:
    folder = (base / entry.manifest).resolve()
    for code in entry.serves.regions:
        try:
            region.parse(code)
        except IdentifierInvalid as error:
            raise ConfigurationInvalid(
                f"{folder.name} serves a wrong region: {error}", "use GB/T 2260 codes"
            ) from error
    if unknown := entry.expires.keys() - entry.settings.keys():
        raise ConfigurationInvalid(
            f"{folder.name} has days for settings that it lacks: {', '.join(sorted(unknown))}", "name its settings"
        )
    return DeployedSystem(
        folder=folder,
        hosts=tuple(entry.hosts),
        assignment=Assignment(
            ports=frozenset(entry.serves.ports),
            regions=tuple(entry.serves.regions),
            types=tuple(entry.serves.types),
            issuers=tuple(entry.serves.issuers),
            authority=entry.authority,
        ),
        secrets=SystemSettings(folder.name, entry.settings),
        expires=entry.expires,
    )
