"""The two versions of SOAP: namespaces, media types, and the envelope around a message."""

from collections.abc import Iterable
from enum import StrEnum

from adapters.kit.http.bodies import RequestCharset
from adapters.kit.markup import attribute


class SoapVersion(StrEnum):
    """The version of a binding, in the manifest's spelling."""

    V11 = "1.1"
    V12 = "1.2"

    @property
    def namespace(self) -> str:
        """The envelope's namespace."""
        return _NAMESPACES[self]


_NAMESPACES = {
    SoapVersion.V11: "http://schemas.xmlsoap.org/soap/envelope/",
    SoapVersion.V12: "http://www.w3.org/2003/05/soap-envelope",
}


def envelope(version: SoapVersion, payload: str, headers: Iterable[str], charset: RequestCharset) -> bytes:
    """A whole message: ``payload`` and ``headers`` are markup that declares its own namespaces."""
    blocks = "".join(headers)
    head = f"<soap:Header>{blocks}</soap:Header>" if blocks else ""
    text = (
        f'<?xml version="1.0" encoding="{charset}"?>\n'
        f'<soap:Envelope xmlns:soap="{version.namespace}">{head}<soap:Body>{payload}</soap:Body></soap:Envelope>'
    )
    return text.encode("ascii" if text.isascii() else charset)  # both charsets write ASCII as it is


def request_headers(version: SoapVersion, action: str, charset: RequestCharset) -> dict[str, str]:
    """The HTTP headers that name the format and the action: SOAPAction in 1.1, a media type parameter in 1.2."""
    label = charset.lower()
    if version is SoapVersion.V11:
        return {"Content-Type": f"text/xml; charset={label}", "SOAPAction": f'"{action}"'}
    named = f'; action="{attribute(action)}"' if action else ""
    return {"Content-Type": f"application/soap+xml; charset={label}{named}"}
