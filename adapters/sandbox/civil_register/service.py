"""The register's service: two queries and a one-way note behind one address."""

import re
from collections.abc import Callable, Mapping, Sequence
from importlib import resources

from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.sandbox.civil_register.envelope import (
    REGISTER,
    SOAP,
    SoapFault,
    read_envelope,
    read_xml,
    write_fault,
    write_reply,
)
from adapters.sandbox.civil_register.wire import DOCUMENT_TYPES, reply_text
from adapters.sandbox.credentials import credential, same
from adapters.sandbox.world.generate import World
from adapters.sandbox.world.mistakes import Record
from gateway.core.clock import Clock

_ADDRESS = b"http://localhost/services/CivilRegister"
_ACTION = re.compile(r'action="?([^";]{0,200})')
_OPERATIONS = frozenset({"Query", "QueryByNumber", "Touch"})


class _Refused(Exception):
    """A query that ends with this code of the register's."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class CivilRegister:
    """The service.

    Args:
        code: the system's code, which names its library in the world.
        world: what it holds and what its credentials are drawn from.
        clock: not looked at: nothing here ends.

    Attributes:
        fault_status: HTTP status of faults.
        most_rows: certificates in a reply at the most; nothing tells that there are more.
        touched: how many notes came in by Touch.
    """

    base_path = "/services/CivilRegister"
    keeps_sessions = False

    def __init__(self, code: str, world: World, clock: Clock) -> None:  # noqa: ARG002 - every system is built alike
        self.code = code
        self.fault_status = 200
        self.most_rows = 50
        self.touched = 0
        self._library = world.libraries[code]
        self._forbidden_item = world.forbidden_item
        self._id, self._token = (credential(world.seed, code, name) for name in ("access-id", "access-token"))
        description = resources.files("adapters").joinpath("systems", "civil-register", "register.wsdl")
        self._wsdl = description.read_bytes()
        self._finders: dict[str, Callable[[etree._Element], Sequence[Record]]] = {
            "Query": self._by_holder,
            "QueryByNumber": self._by_number,
        }
        self.app = Starlette(
            routes=[
                Route(self.base_path, self._call, methods=["POST"]),
                Route(self.base_path, self._describe, methods=["GET"]),
            ]
        )

    def settings(self, url: str) -> dict[str, str]:
        """``url``, ``access-id`` and ``access-token``."""
        return {"url": url, "access-id": self._id, "access-token": self._token}

    def operation_of(self, _path: str, headers: Mapping[str, str]) -> str:
        """The operation that the content type's action names, ``other`` if it names none of ours."""
        action = _ACTION.search(headers.get("content-type", ""))
        name = action[1].rpartition("/")[2] if action else ""
        return name if name in _OPERATIONS else "other"

    def broken(self) -> Response:
        """The fault of a service that fails inside."""
        return write_fault(SoapFault("Receiver", "系统异常"), self.fault_status)

    def end_sessions(self) -> None:
        """Nothing: every call brings its own credentials."""

    def refusal(self) -> Response:
        """The fault of credentials that are not accepted."""
        return write_fault(_rejected(), self.fault_status)

    async def _describe(self, request: Request) -> Response:
        if "wsdl" not in {name.lower() for name in request.query_params}:
            return PlainTextResponse("ask with ?wsdl or POST an envelope", status_code=405)
        here = str(request.url.replace(query="")).encode()
        return Response(self._wsdl.replace(_ADDRESS, here), media_type="text/xml; charset=utf-8")

    async def _call(self, request: Request) -> Response:
        try:
            return self._answer(await request.body(), request.headers)
        except SoapFault as fault:
            return write_fault(fault, self.fault_status)

    def _answer(self, raw: bytes, headers: Mapping[str, str]) -> Response:
        envelope = read_envelope(raw, headers.get("content-type", ""))
        self._verify_credentials(envelope.blocks, headers)
        name = etree.QName(envelope.payload)
        if name.namespace != REGISTER or name.localname not in _OPERATIONS:
            raise SoapFault("Sender", "没有这个操作")
        if name.localname == "Touch":
            self.touched += 1
            return Response(status_code=202)
        argument = envelope.payload.findtext("arg0", "")
        return write_reply(name.localname, self._reply(name.localname, argument))

    def _verify_credentials(self, blocks: Sequence[etree._Element], headers: Mapping[str, str]) -> None:
        credentials = [block for block in blocks if block.tag == "Credential"]
        for block in blocks:
            if block not in credentials and block.get(f"{{{SOAP}}}mustUnderstand") in {"1", "true"}:
                raise SoapFault("MustUnderstand", "有不识别的消息头")
        if len(credentials) != 1:
            raise _rejected()
        given = (
            (credentials[0].findtext("accessId", ""), self._id),
            (credentials[0].findtext("accessToken", ""), self._token),
            (headers.get("x-access-id", ""), self._id),
            (headers.get("x-access-token", ""), self._token),
        )
        # all are compared, so that the time taken does not tell which one was wrong
        matches = [same(one, expected) for one, expected in given]
        if not all(matches):
            raise _rejected()

    def _reply(self, operation: str, argument: str) -> str:
        try:
            found = self._finders[operation](self._request(argument))
        except _Refused as refused:
            return reply_text(operation, refused.code, self._library, ())
        return reply_text(operation, "0000" if found else "0001", self._library, found[: self.most_rows])

    def _request(self, argument: str) -> etree._Element:
        """The Body of the request in the string, after its Head was checked."""
        request = read_xml(argument)
        if request is None or request.tag != "Request":
            raise _Refused("1002")
        item = _required(request, "Head/ItemCode")
        _required(request, "Head/Hander_Deptid")
        if item == self._forbidden_item:
            raise _Refused("2001")
        body = request.find("Body")
        if body is None:
            raise _Refused("1001")
        return body

    def _by_holder(self, body: etree._Element) -> Sequence[Record]:
        number, kind = _required(body, "CERT_HM").upper(), _required(body, "CERT_LX")
        if kind not in DOCUMENT_TYPES.values():
            raise _Refused("1003")
        return [
            record
            for record in self._library.held_by(number)
            if any(holder.number == number and DOCUMENT_TYPES[holder.type] == kind for holder in record.licence.holders)
        ]

    def _by_number(self, body: etree._Element) -> Sequence[Record]:
        identifier = body.findtext("ZZBS", "").strip()
        if identifier:
            return self._library.identified(identifier)
        return self._library.numbered(_required(body, "DJZH"))


def _required(parent: etree._Element, path: str) -> str:
    text = parent.findtext(path, "").strip()
    if not text:
        raise _Refused("1001")
    return text


def _rejected() -> SoapFault:
    return SoapFault("Sender", "凭证校验失败", "CredentialRejected")
