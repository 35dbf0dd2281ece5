"""A city's old platform: SOAP 1.1 in GBK, whole documents at once, and nothing to ask afterwards but a day's log."""

import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Final

from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.sandbox.cert_service.envelope import SOAP, SoapFault, read_envelope
from adapters.sandbox.cert_service.security import TokenGuard, failed
from adapters.sandbox.credentials import credential
from adapters.sandbox.sealing.cabinet import SealSpec
from adapters.sandbox.sealing.desk import FATE, Answers, Desk, Order, SealUnknown
from adapters.sandbox.sealing.stamping import USUAL, Fate, Placing
from adapters.sandbox.world.generate import World
from certs.placement import AcrossPages, AtKeyword, AtPoint
from gateway.core.clock import CHINA, Clock

SEALS: Final = (
    SealSpec("Y2015001", "示例市人民政府办公室印章"),
    SealSpec("Y2015002", "示例市行政审批局印章"),
)
SERVICE: Final = "http://sealbureau.example/service"
_OK, _BAD, _NO_SEAL, _NOT_STAMPED, _BUSY, _BROKEN = "00", "01", "02", "04", "90", "99"
_MESSAGES: Final = {
    _OK: "操作成功",
    _BAD: "参数有误",
    _NO_SEAL: "印模不存在",
    _NOT_STAMPED: "文件无法盖章",
    _BUSY: "系统忙,请稍后再试",
    _BROKEN: "系统异常",
}
_ADDRESS: Final = b"http://localhost/SealBureau/services/SealService"
_NUMBER: Final = re.compile(r"-?[0-9]{1,6}")
_TENTHS: Final = 10.0
_LONGEST: Final = 200


_Answer = Callable[[Request, etree._Element], Awaitable[etree._Element]]  # noqa: SLF001 - lxml names it no other way


class _Refused(Exception):
    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class SealBureau:
    """The platform.

    Args:
        code: the system's code.
        world: what its credentials are drawn from.
        clock: by which security tokens are judged and which it states.
        folder: where it keeps keys, seals, ledger and papers.

    Attributes:
        busy: whether it takes nothing at the moment.
    """

    base_path = "/SealBureau/services/SealService"
    keeps_sessions = False
    sealing_operations = frozenset({"StampFile"})

    def __init__(self, code: str, world: World, clock: Clock, folder: Path) -> None:
        self.code = code
        self.busy = False
        self.desk = Desk(folder, SEALS, clock, idempotent=False, prefix="B")
        self.desk.set_answers(Answers(answer="at-once"))
        self._username, self._password = (credential(world.seed, code, name) for name in ("username", "password"))
        self._guard = TokenGuard(self._username, self._password, clock)
        self._wsdl = resources.files("adapters").joinpath("systems", "seal-bureau", "bureau.wsdl").read_bytes()
        self._answers: dict[str, _Answer] = {
            "StampFile": self._stamp,
            "DayLog": self._log,
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
        return _write_fault(SoapFault(SOAP, "Server", "internal error"))

    def end_sessions(self) -> None:
        """Nothing: every call brings its own token."""

    def refusal(self) -> Response:
        """The fault of a token that is not accepted."""
        return _write_fault(failed())

    async def _describe(self, request: Request) -> Response:
        if "wsdl" not in {name.lower() for name in request.query_params}:
            return PlainTextResponse("ask with ?wsdl or POST an envelope", status_code=405)
        here = str(request.url.replace(query="")).encode()
        return Response(self._wsdl.replace(_ADDRESS, here), media_type="text/xml; charset=utf-8")

    async def _call(self, request: Request) -> Response:
        try:
            envelope = read_envelope(await request.body(), long_texts=True)
            self._guard.check(envelope.blocks)
            name = etree.QName(envelope.payload)
            try:
                return _written(await self._operation(name)(request, envelope.payload))
            except _Refused as refused:
                return _written(_reply(name.localname, refused.code))
        except SoapFault as fault:
            return _write_fault(fault)

    def _operation(self, name: etree.QName) -> _Answer:
        answer = self._answers.get(name.localname) if name.namespace == SERVICE else None
        if answer is None:
            raise SoapFault(SOAP, "Client", "there is no such operation")
        return answer

    async def _stamp(self, request: Request, payload: etree._Element) -> etree._Element:
        if self.busy:
            raise _Refused(_BUSY)
        try:
            content = base64.b64decode(_text(payload, "FileData", most=None), validate=True)
        except binascii.Error:
            raise _Refused(_BAD) from None
        fate = request.scope.get("extensions", {}).get(FATE)
        if not content or not _text(payload, "BizSerial"):
            raise _Refused(_BAD)
        try:
            entry = await self.desk.take(
                Order(
                    key=_text(payload, "BizSerial"),
                    seal=_text(payload, "SealCode"),
                    mode="document",
                    content=content,
                    placing=_placing(payload),
                    media_type=_text(payload, "FileType"),
                    fate=fate,
                )
            )
        except SealUnknown:
            raise _Refused(_NO_SEAL) from None
        if entry.failed is not None:
            raise _Refused(_NOT_STAMPED)
        reply = _reply("StampFile", _OK)
        _add(reply, "StampSerial", entry.number)
        # one that forgets says nothing of it: it has no word for what is not done yet
        data = b"" if fate is Fate.FORGET else self.desk.result(entry)
        _add(reply, "FileData", base64.b64encode(data).decode())
        return reply

    async def _log(self, _request: Request, payload: etree._Element) -> etree._Element:
        try:
            day = datetime.strptime(_text(payload, "LogDate"), "%Y-%m-%d").replace(tzinfo=CHINA).date()
        except ValueError:
            raise _Refused(_BAD) from None
        reply = _reply("DayLog", _OK)
        rows = etree.SubElement(reply, f"{{{SERVICE}}}LogList")
        for entry in self.desk.day(day):
            if entry.sealed is None:
                continue
            row = etree.SubElement(rows, f"{{{SERVICE}}}Log")
            _add(row, "StampSerial", entry.number)
            _add(row, "SealCode", entry.accepted.seal)
            _add(row, "BizSerial", entry.accepted.key)
            _add(row, "StampTime", entry.sealed.at.astimezone(CHINA).strftime("%Y%m%d%H%M%S"))
            _add(row, "SrcDigest", entry.accepted.before)
            _add(row, "DstDigest", entry.sealed.after)
        return reply


def _placing(payload: etree._Element) -> Placing:
    """By ``PageNo``, ``PosX`` and ``PosY`` in tenths of a millimetre, a ``Keyword``, or ``CrossPage`` 1."""
    if _text(payload, "CrossPage") == "1":
        return AcrossPages()
    if keyword := _text(payload, "Keyword"):
        return AtKeyword(keyword)
    page, x, y = (_text(payload, name) for name in ("PageNo", "PosX", "PosY"))
    if not page:
        return USUAL
    if not all(_NUMBER.fullmatch(number) for number in (page, x, y)):
        raise _Refused(_BAD)
    return AtPoint(int(page), int(x) / _TENTHS, int(y) / _TENTHS)


def _text(payload: etree._Element, name: str, most: int | None = _LONGEST) -> str:
    text = (payload.findtext(f"{{{SERVICE}}}{name}") or "").strip()
    if most is not None and len(text) > most:
        raise _Refused(_BAD)
    return text


def _reply(operation: str, code: str) -> etree._Element:
    element = etree.Element(f"{{{SERVICE}}}{operation}Response", nsmap={"tns": SERVICE})
    _add(element, "RtnCode", code)
    _add(element, "RtnMsg", _MESSAGES[code])
    return element


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{SERVICE}}}{name}").text = text


def _write_fault(fault: SoapFault) -> Response:
    element = etree.Element(f"{{{SOAP}}}Fault", nsmap={"code": fault.namespace})
    prefix = "soap" if fault.namespace == SOAP else "code"
    etree.SubElement(element, "faultcode").text = f"{prefix}:{fault.name}"
    etree.SubElement(element, "faultstring").text = fault.text
    return _written(element, 500)


def _written(payload: etree._Element, status: int = 200) -> Response:
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(payload)
    body = etree.tostring(envelope, xml_declaration=True, encoding="GBK")
    return Response(body, status, media_type="text/xml; charset=GBK")
