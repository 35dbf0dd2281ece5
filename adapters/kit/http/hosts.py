"""Which hosts a system's calls may reach: what operations listed, and nothing else."""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import quote

import msgspec

from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Place = tuple[str, str, int]
"""Scheme, host and port: what a connection leads to."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_URL_LIMIT = 8_192
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<place>[^/?#\\\s]*)(?P<rest>(?:[/?][!\"$-\[\]-~]*)?)")
"""No fragment, no blanks, and no backslash, which some parsers take for a slash."""

_LABELS = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_PLACE = re.compile(r"(?P<host>\[[^\[\]]+\]|[^:\[\]]+)(?::(?P<port>[0-9]{1,5}))?")

_METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254")
)
"""Where clouds hand out credentials to whoever asks from inside."""


class Origin(msgspec.Struct, frozen=True):
    """The place that an allowed URL names. ``url`` is that URL with the host in its ASCII form.

    ``loopback`` says that operations listed a loopback name or address on purpose.
    """

    scheme: str
    host: str
    port: int
    url: str
    loopback: bool

    @property
    def place(self) -> Place:
        """What a connection must lead to that is to be used for this."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """The Host header: the port only where it is not the scheme's own."""
        shown = _shown(self.host)
        return shown if self.port == _DEFAULT_PORTS[self.scheme] else f"{shown}:{self.port}"

    @property
    def target(self) -> str:
        """Path and query, the characters escaped that HTTP has no place for."""
        return quote("/" + self.url.split("/", 3)[3], safe="%/?:@!$&'()*+,;=-._~[]")

    def accepts_peer(self, address: str) -> bool:
        """Whether a connection that ended at ``address`` may be used.

        A listed name whose resolution leads to loopback, link-local, metadata, multicast or unspecified
        addresses is a trap or a mistake: such an address counts only where operations wrote it themselves.
        """
        try:
            peer = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return not _forbidden(peer) and (self.loopback or not _unmapped(peer).is_loopback)


class HostAllowList:
    """The hosts that one system's calls may reach.

    Args:
        entries: ``host`` or ``host:port`` each (IPv6 in brackets); without a port the scheme's default is meant.
            Addresses must be listed as such. Loopback is allowed where it is listed; link-local, metadata,
            multicast and unspecified addresses are refused even here.

    Raises:
        ValueError: an entry is no host or names an address that is never allowed.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self._hosts = frozenset(_entry(text) for text in entries)

    def verify(self, url: str) -> Origin:
        """The place of an allowed URL.

        Raises:
            SystemFailure: GATEWAY_ERROR, ours: the address is malformed or its host is not listed.
        """
        match = _URL.fullmatch(url) if len(url) <= _URL_LIMIT else None
        if match is None:
            raise _refusal("the address is malformed, too long, or has characters that a URL cannot have")
        scheme, place, rest = match["scheme"].lower(), match["place"], match["rest"]
        if scheme not in _DEFAULT_PORTS:
            raise _refusal("the address is neither http nor https")
        if "@" in place:
            raise _refusal("the address holds credentials; give them as settings")
        try:
            host, given = _place(place)
        except ValueError as error:
            raise _refusal("the address names no host") from error
        port = _DEFAULT_PORTS[scheme] if given is None else given
        if (host, port) not in self._hosts and not (port == _DEFAULT_PORTS[scheme] and (host, None) in self._hosts):
            raise _refusal(f"host {host}:{port} is not on the system's list of allowed hosts")
        rebuilt = f"{scheme}://{_shown(host)}:{port}{rest if rest.startswith('/') else '/' + rest}"
        return Origin(scheme, host, port, rebuilt, _names_loopback(host))


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _refusal(notice: str) -> SystemFailure:
    return SystemFailure(Outcome.GATEWAY_ERROR, Fault.OURS, notice, unsent=True)


def _entry(text: str) -> tuple[str, int | None]:
    host, port = _place(text)
    address = _address(host)
    if address is not None and _forbidden(address):
        raise ValueError(f"{text!r} is a link-local, metadata, multicast or unspecified address, never allowed")
    return host, port


def _place(text: str) -> tuple[str, int | None]:
    match = _PLACE.fullmatch(text)
    port = int(match["port"]) if match and match["port"] else None
    if match is None or (port is not None and not 0 < port < 65_536):  # noqa: PLR2004 - the range of TCP ports
        raise ValueError(f"{text!r} is not a host or host:port")
    return _host(match["host"].strip("[]")), port


def _host(text: str) -> str:
    """The one spelling of a host: an address in canonical form, or a name in lower-case ASCII without final dot."""
    address = _address(text)
    if address is not None:
        return str(address)
    name = text.encode("idna").decode("ascii").lower().removesuffix(".")
    last = name.rpartition(".")[2]
    if not _LABELS.fullmatch(name) or last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last):
        # names such as 127.1 or 0x7f000001 are addresses to some resolvers
        raise ValueError("not a host name")
    return name


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _unmapped(address: Address) -> Address:
    """The IPv4 address inside an IPv4-mapped IPv6 one."""
    return getattr(address, "ipv4_mapped", None) or address


def _forbidden(address: Address) -> bool:
    plain = _unmapped(address)
    return plain.is_link_local or plain.is_multicast or plain.is_unspecified or plain in _METADATA


def _names_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" if address is None else _unmapped(address).is_loopback
