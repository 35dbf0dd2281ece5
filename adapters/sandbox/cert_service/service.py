"""The provincial service: three operations behind one address."""

from collections.abc import Callable, Mapping, Sequence
from importlib import resources

from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.sandbox.cert_service.envelope import SOAP, SoapFault, read_envelope, write_fault, write_reply
from adapters.sandbox.cert_service.security import TokenGuard, failed
from adapters.sandbox.cert_service.wire import HEAD, SERVICE, add_certificates, reply
from adapters.sandbox.credentials import credential
from adapters.sandbox.world.generate import World
from adapters.sandbox.world.mistakes import Record
from gateway.core.clock import Clock

MOST_ROWS = 500
"""Certificates in a reply at the most; ``Total`` tells how many there are."""

_DEFAULT_ROWS = 200
_TYPES_MOST = 100
_ADDRESS = b"http://localhost/services/CertService"


class CertService:
    """The service.

    Args:
        code: the system's code, which names its library in the world.
        world: what it holds and what its credentials are drawn from.
        clock: by which security tokens are judged.

    Attributes:
        fault_status: HTTP status of faults, 500 as SOAP 1.1 asks; set it to 200 to be like many systems.
    """

    base_path = "/services/CertService"
    keeps_sessions = False

    def __init__(self, code: str, world: World, clock: Clock) -> None:
        self.code = code
        self.fault_status = 500
        self._library = world.libraries[code]
        self._forbidden_item = world.forbidden_item
        self._username, self._password = (credential(world.seed, code, name) for name in ("username", "password"))
        self._guard = TokenGuard(self._username, self._password, clock)
        description = resources.files("adapters").joinpath("systems", "province-licences", "licences.wsdl")
        self._wsdl = description.read_bytes()
        self._answers: dict[str, Callable[[etree._Element], etree._Element]] = {
            "QueryCertByHolder": self._by_holder,
            "QueryCertByIdentifier": self._by_identifier,
            "Ping": self._ping,
        }
        self.app = Starlette(
            routes=[
                Route(self.base_path, self._call, methods=["POST"]),
                Route(self.base_path, self._describe, methods=["GET"]),
            ]
        )

    def settings(self, url: str) -> dict[str, str]:
        """``url``, ``username`` and ``password``."""
        return {"url": url, "username": self._username, "password": self._password}

    def operation_of(self, _path: str, headers: Mapping[str, str]) -> str:
        """The operation that SOAPAction names, ``other`` if it names none of ours."""
        name = headers.get("soapaction", "").strip('"').rpartition("/")[2]
        return name if name in self._answers else "other"

    def broken(self) -> Response:
        """The fault of a service that fails inside."""
        return write_fault(SoapFault(SOAP, "Server", "internal error"), self.fault_status)

    def end_sessions(self) -> None:
        """Nothing: every call brings its own token."""

    def refusal(self) -> Response:
        """The fault of a token that is not accepted."""
        return write_fault(failed(), self.fault_status)

    async def _describe(self, request: Request) -> Response:
        if "wsdl" not in {name.lower() for name in request.query_params}:
            return PlainTextResponse("ask with ?wsdl or POST an envelope", status_code=405)
        here = str(request.url.replace(query="")).encode()
        return Response(self._wsdl.replace(_ADDRESS, here), media_type="text/xml; charset=utf-8")

    async def _call(self, request: Request) -> Response:
        try:
            return write_reply(self._answer(await request.body()))
        except SoapFault as fault:
            return write_fault(fault, self.fault_status)

    def _answer(self, raw: bytes) -> etree._Element:
        envelope = read_envelope(raw)
        self._guard.check(envelope.blocks)
        name = etree.QName(envelope.payload)
        answer = self._answers.get(name.localname) if name.namespace == SERVICE else None
        if answer is None:
            raise SoapFault(SOAP, "Client", "there is no such operation")
        return answer(envelope.payload)

    def _by_holder(self, payload: etree._Element) -> etree._Element:
        operation = "QueryCertByHolder"
        number, kind = _text(payload, "HolderCode"), _text(payload, "HolderTypeCode")
        refused = self._refused(payload, required=(number, kind))
        if refused:
            return reply(operation, refused)
        types = {element.text for element in payload.iterfind(f"{{{SERVICE}}}CertTypeCodes")}
        if len(types) > _TYPES_MOST:
            return reply(operation, "99")
        found = [
            record
            for record in self._library.held_by(number)
            if any(holder.number == number.upper() and holder.type == kind for holder in record.licence.holders)
            and (not types or record.licence.type.code in types)
        ]
        rows = _text(payload, "MaxRows")
        if rows and not (rows.isascii() and rows.isdecimal()):
            return reply(operation, "99")
        return self._found(operation, found, min(int(rows[:6]) if rows else _DEFAULT_ROWS, MOST_ROWS))

    def _by_identifier(self, payload: etree._Element) -> etree._Element:
        operation = "QueryCertByIdentifier"
        identifier, number = _text(payload, "CertIdentifier"), _text(payload, "CertNo")
        refused = self._refused(payload, required=(identifier or number,))
        if refused:
            return reply(operation, refused)
        found = self._library.identified(identifier) if identifier else self._library.numbered(number)
        return self._found(operation, found, MOST_ROWS)

    def _ping(self, _payload: etree._Element) -> etree._Element:
        return reply("Ping", "0")

    def _refused(self, payload: etree._Element, required: Sequence[str]) -> str | None:
        """The return code that ends the call: 12 without a purpose or a parameter, 100 for a forbidden item."""
        head = payload.find(f"{{{SERVICE}}}Head")
        item = "" if head is None else head.findtext(f"{{{HEAD}}}ItemCode", "").strip()
        if not item or not all(required):
            return "12"
        return "100" if item == self._forbidden_item else None

    def _found(self, operation: str, found: Sequence[Record], most: int) -> etree._Element:
        if not found:
            return reply(operation, "10", 0)
        element = reply(operation, "0", len(found))
        add_certificates(element, self._library, found[:most])
        return element


def _text(payload: etree._Element, name: str) -> str:
    return payload.findtext(f"{{{SERVICE}}}{name}", "").strip()
