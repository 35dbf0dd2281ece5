"""A SOAP service as its WSDL describes it: operations that write requests."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec

from adapters.kit.http.bodies import RequestCharset
from adapters.kit.http.messages import HttpRequest
from adapters.kit.manifest.model import SoapProtocol
from adapters.kit.soap.payload import PayloadWriter
from adapters.kit.soap.shapes import Member
from adapters.kit.soap.versions import SoapVersion, envelope, request_headers
from adapters.kit.soap.wsdl import WsdlOperation, read_wsdl


class SoapOperation:
    """One operation of the chosen port, ready to write requests from any number of calls at once.

    Attributes:
        name: as in the WSDL.
        version: the binding's SOAP version, in which the reply must come.
        soap_action: what tells the system which operation is meant; may be empty.
        style: ``document`` or ``rpc``.
        request: the shape of the payload asked with; None if the body stays empty.
        reply: the shape of the payload answered with; None for a one-way operation.
    """

    def __init__(self, described: WsdlOperation) -> None:
        self.name = described.name
        self.version: SoapVersion = described.version
        self.soap_action = described.action
        self.style = described.style
        self.request: Member | None = described.request
        self.reply: Member | None = described.reply
        self._writer = None if described.request is None else PayloadWriter(described.request)

    def message(
        self, arguments: Mapping[str, object], *, headers: Iterable[str] = (), charset: RequestCharset = "UTF-8"
    ) -> bytes:
        """The envelope with the payload written from ``arguments`` (see ``payload``) and these header blocks.

        Raises:
            SystemFailure: GATEWAY_ERROR, ours: the arguments do not fit the description.
        """
        payload = "" if self._writer is None else self._writer.write(arguments)
        return envelope(self.version, payload, headers, charset)

    def http_request(
        self,
        url: str,
        arguments: Mapping[str, object],
        *,
        headers: Iterable[str] = (),
        charset: RequestCharset = "UTF-8",
    ) -> HttpRequest:
        """The whole request to ``url``; raises as ``message``."""
        return HttpRequest(
            method="POST",
            url=url,
            headers=request_headers(self.version, self.soap_action, charset),
            body=self.message(arguments, headers=headers, charset=charset),
        )


class SoapDescription(msgspec.Struct, frozen=True):
    """The operations of the chosen port, by name."""

    operations: Mapping[str, SoapOperation]


def load_description(wsdl: Path, soap: SoapProtocol) -> SoapDescription:
    """The service that ``wsdl`` describes; blocking, so callers on an event loop run it in a thread.

    Raises:
        DescriptionInvalid: as ``wsdl.read_wsdl``; nothing of the foreign library's errors gets past this call.
    """
    return SoapDescription(
        MappingProxyType({name: SoapOperation(found) for name, found in read_wsdl(wsdl, soap).items()})
    )
