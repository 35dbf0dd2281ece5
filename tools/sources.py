"""Where packages come from: the index, links, certificates and proxy that this machine has configured for pip or uv.

uv does not read pip's configuration, and a machine in a closed network often has nothing else; so it is read here
once, for the download of uv itself and, handed on in uv's own variables, for everything after it.
"""

import configparser
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

SECTIONS = ("global", "install")
PUBLIC_INDEX = "https://pypi.org/simple"
"""Where pip and uv look too when nothing is configured: a bare Python has no pip that could be asked."""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The configured sources of packages.

    Attributes:
        index: address of a simple index, the public one if nothing on this machine names another.
        extra: further indexes.
        links: directories or pages with wheels.
        certificates: file of the authorities to trust, None for the system's.
        proxy: proxy from pip's configuration, None for the environment's.
        closed: no index may be asked, only ``links``.
    """

    index: str | None = None
    extra: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    certificates: str | None = None
    proxy: str | None = None
    closed: bool = False

    def environment(self, present: Mapping[str, str]) -> dict[str, str]:
        """The variables of uv for these sources; what ``present`` sets already for uv stays as it is."""
        wanted = {
            "UV_DEFAULT_INDEX": self.index,
            "UV_INDEX": " ".join(self.extra),
            "UV_FIND_LINKS": ",".join(self.links),
            "SSL_CERT_FILE": self.certificates,
            "HTTPS_PROXY": self.proxy,
            "HTTP_PROXY": self.proxy,
        }
        taken = {"UV_DEFAULT_INDEX": "UV_INDEX_URL", "UV_INDEX": "UV_EXTRA_INDEX_URL"}
        return {
            name: value
            for name, value in wanted.items()
            if value and name not in present and taken.get(name) not in present
        }


def configuration_files(environ: Mapping[str, str]) -> list[Path]:
    """The configuration files of pip in the order in which pip reads them; a later one wins."""
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    home = Path(environ["HOME"]) if environ.get("HOME") else None
    if sys.platform == "win32":
        roots = [environ.get("PROGRAMDATA"), environ.get("APPDATA")]
        files = [Path(root, "pip", "pip.ini") for root in roots if root]
    else:
        system = [
            Path(root, "pip", "pip.conf") for root in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":") if root
        ]
        files = [*system, Path("/etc/pip.conf")]
        if home:
            files.append(home / ".pip" / "pip.conf")
            if sys.platform == "darwin":
                files.append(home / "Library" / "Application Support" / "pip" / "pip.conf")
            files.append(Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf")
    if environ.get("VIRTUAL_ENV"):
        files.append(Path(environ["VIRTUAL_ENV"], "pip.conf"))
    if named:
        files.append(Path(named))
    return files


def read_pip(files: Iterable[Path]) -> dict[str, str]:
    """The settings of pip from ``files``, the last word of each; a file that cannot be read or parsed says nothing."""
    settings: dict[str, str] = {}
    for file in files:
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, configparser.Error):
            continue
        for section in SECTIONS:
            if parser.has_section(section):
                settings.update(parser.items(section))
    return {name.replace("_", "-"): value for name, value in settings.items()}


def configured(environ: Mapping[str, str], files: Iterable[Path]) -> Sources:
    """The sources that ``environ`` and pip's ``files`` name; uv's variables before pip's, variables before files."""
    pip = read_pip(files)

    def first(*names: str, key: str) -> str:
        return next((environ[name] for name in names if environ.get(name)), pip.get(key, "")).strip()

    index = first("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL", key="index-url")
    return Sources(
        index=_unnamed(index) or PUBLIC_INDEX,
        extra=tuple(
            map(_unnamed, first("UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL", key="extra-index-url").split())
        ),
        links=tuple(first("UV_FIND_LINKS", "PIP_FIND_LINKS", key="find-links").replace(",", " ").split()),
        certificates=first("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", key="cert") or None,
        proxy=first("PIP_PROXY", key="proxy") or None,
        closed=first("UV_NO_INDEX", "PIP_NO_INDEX", key="no-index").lower() in {"1", "true", "yes", "on"},
    )


def shown(address: str) -> str:
    """``address`` without the name and password that may stand in it."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))


def _unnamed(address: str) -> str:
    """``address`` without uv's ``name=`` in front."""
    name, equals, rest = address.partition("=")
    return rest if equals and "/" not in name else address
