"""Where the database is: the one form of address that operations write, without its password wherever it is shown."""

import ipaddress
import os
import stat
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from gateway.core.errors import ConfigurationInvalid

Kind = Literal["sqlite", "postgresql"]
_FORM = "write sqlite:///PATH or postgresql://USER@HOST:PORT/DATABASE"
_MODES = frozenset({"disable", "require", "verify-ca", "verify-full"})
_LONGEST_PASSWORD = 4_096


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A database's address.

    Attributes:
        path: the file of a SQLite database.
        host, port, user, name, password: of a PostgreSQL database; a host that begins with ``/`` is a socket's folder.
        tls: ``disable``, ``require``, ``verify-ca`` or ``verify-full``; ``authorities`` the file of trusted ones.
    """

    kind: Kind
    path: Path | None = None
    host: str = ""
    port: int = 5432
    user: str | None = None
    password: str | None = None
    name: str = ""
    tls: str = "disable"
    authorities: Path | None = None

    @property
    def shown(self) -> str:
        """The address as logs and errors may show it."""
        if self.kind == "sqlite":
            return f"sqlite:///{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"postgresql://{host}:{self.port}/{self.name}"

    def __repr__(self) -> str:
        """Without user and password."""
        return f"Address({self.shown!r})"


def parse_address(url: str, password_file: Path | None = None) -> Address:
    """The address that ``url`` writes; the password comes from the file if one is named.

    A PostgreSQL server on another machine is spoken to over verified TLS unless ``?sslmode=`` says otherwise.

    Raises:
        ConfigurationInvalid: what is wrong, never quoting the address, which may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or 5432
        query = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    except ValueError:
        raise ConfigurationInvalid("YIWANG_DATABASE is no address", _FORM) from None  # the cause quotes it
    if parts.scheme == "sqlite":
        if parts.netloc or query or parts.fragment or len(parts.path) < 2:  # noqa: PLR2004 - a slash and a name
            raise ConfigurationInvalid("YIWANG_DATABASE names no file", _FORM)
        return Address(kind="sqlite", path=Path(unquote(parts.path[1:])))
    name = unquote(parts.path[1:])
    host = query.pop("host", None) or parts.hostname
    if parts.scheme not in {"postgresql", "postgres"} or not host or not name or "/" in name or parts.fragment:
        raise ConfigurationInvalid("YIWANG_DATABASE is no address of a database", _FORM)
    tls = query.pop("sslmode", "disable" if _is_here(host) else "verify-full")
    authorities = query.pop("sslrootcert", None)
    if query or tls not in _MODES:
        raise ConfigurationInvalid(
            "YIWANG_DATABASE has a parameter that is not known", f"sslmode is one of {', '.join(sorted(_MODES))}"
        )
    return Address(
        kind="postgresql",
        host=host,
        port=port,
        user=unquote(parts.username) if parts.username else None,
        password=_password(password_file) if password_file else unquote(parts.password) if parts.password else None,
        name=name,
        tls=tls,
        authorities=Path(authorities) if authorities else None,
    )


def _is_here(host: str) -> bool:
    if host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _password(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            if os.fstat(opened.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ConfigurationInvalid(f"{file} holds a password and is open to others", f"chmod 600 {file}")
            text = opened.read(_LONGEST_PASSWORD + 1)
        if not text.strip() or len(text) > _LONGEST_PASSWORD:
            raise ConfigurationInvalid(f"{file} holds no password", "write the password into it, and nothing else")
        return text.decode().rstrip("\r\n")
    except OSError as error:
        raise ConfigurationInvalid(
            f"{file} cannot be read: {error.strerror}", "set YIWANG_DATABASE_PASSWORD_FILE"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationInvalid(f"{file} holds no password", "write it as UTF-8") from error
