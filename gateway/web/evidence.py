"""What a request shows to prove who calls: tokens in headers, the client certificate of its connection."""

import base64
import binascii
import ssl
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final
from urllib.parse import unquote

import msgspec
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from gateway.core import problems
from gateway.core.caller import Evidence
from gateway.core.errors import Refusal
from gateway.core.text import Text

PERSON_HEADER: Final = "x-yiwang-person"
CERTIFICATE_EXTENSION: Final = "yiwang.client_certificate"
"""ASGI extension under which the server tells the client certificate (DER) of the connection."""

_LONGEST_CERTIFICATE_HEADER = 32_768
_TWICE = Text("请求头重复", "its header is there twice")
_UNREADABLE = Text("证书无法解析", "it cannot be read")


class TrustedProxies(msgspec.Struct, frozen=True):
    """Proxies that end TLS in front of the gateway and hand on the client certificate in ``header``."""

    header: str
    networks: tuple[IPv4Network | IPv6Network, ...]

    def covers(self, host: str) -> bool:
        """Whether the peer at this address is one of them."""
        try:
            address = ip_address(host)
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self.networks)


def read_evidence(request: HTTPConnection, proxies: TrustedProxies | None, headers: Headers | None = None) -> Evidence:
    """Everything that the request shows, or ``headers`` in place of its own; none of it is proven yet.

    Raises:
        Refusal: UNAUTHENTICATED for an Authorization header that is no bearer token, a header that is there twice,
            or an unreadable certificate.
    """
    shown = request.headers if headers is None else headers
    return Evidence(
        token=_token(shown),
        person_token=_one(shown, PERSON_HEADER, problems.PERSON_TOKEN_INVALID),
        certificate=_certificate(request, proxies),
        peer=read_peer(request, proxies),
    )


def read_peer(request: HTTPConnection, proxies: TrustedProxies | None) -> str | None:
    """The address that a request comes from; None where a proxy that we trust stands before it."""
    if request.client is None or (proxies is not None and proxies.covers(request.client.host)):
        return None
    return request.client.host


def _token(headers: Headers) -> str | None:
    text = _one(headers, "authorization", problems.TOKEN_INVALID)
    if text is None:
        return None
    scheme, _, token = text.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refusal(problems.TOKEN_MISSING)
    return token.strip()


def _certificate(request: HTTPConnection, proxies: TrustedProxies | None) -> bytes | None:
    if proxies is not None and request.client is not None and proxies.covers(request.client.host):
        # of such a connection the certificate is the proxy's own; the caller's is in the header or there is none
        text = _one(request.headers, proxies.header, problems.CERTIFICATE_INVALID)
        return _decoded(text) if text else None
    shown: bytes | None = request.scope.get("extensions", {}).get(CERTIFICATE_EXTENSION)
    return shown


def _one(headers: Headers, name: str, problem: problems.Problem) -> str | None:
    values = headers.getlist(name)
    if len(values) > 1:
        raise Refusal(problem, reason=_TWICE)
    return values[0].strip() if values else None


def _decoded(text: str) -> bytes:
    """DER of a certificate as proxies write it: PEM with its blanks escaped, or base64 between colons (RFC 9440)."""
    if len(text) > _LONGEST_CERTIFICATE_HEADER:
        raise Refusal(problems.CERTIFICATE_INVALID, reason=_UNREADABLE)
    try:
        if text.startswith(":") and text.endswith(":"):
            return base64.b64decode(text[1:-1], validate=True)
        return ssl.PEM_cert_to_DER_cert(unquote(text, errors="strict"))
    except (binascii.Error, ValueError) as error:
        raise Refusal(problems.CERTIFICATE_INVALID, reason=_UNREADABLE) from error
