"""Certificates as this service writes them: short pinyin names, several forms of nothing, one element a holder."""

from collections.abc import Sequence
from datetime import date

from lxml import etree

from adapters.sandbox.cert_service.envelope import XSI
from adapters.sandbox.world.libraries import Library
from adapters.sandbox.world.mistakes import Record
from adapters.sandbox.world.model import NO_END

SERVICE = "http://licences.example/service/v1"
HEAD = "http://licences.example/common/head"
CERT = "http://licences.example/types/cert"

NO_END_TEXTS = ("2099/12/31", "长期")
"""Two ways to write that there is no end; other dates are yyyyMMdd."""

_MESSAGES = {
    "0": "成功",
    "10": "未查询到数据",
    "12": "必填参数缺失",
    "99": "其他错误",
    "100": "无权查询",
}
_PAPER_YEAR = 2018


def reply(operation: str, code: str, total: int | None = None) -> etree._Element:
    """The payload of a reply with its return code, so far without certificates."""
    element = etree.Element(f"{{{SERVICE}}}{operation}Response", nsmap={"tns": SERVICE, "c": CERT})
    _add(element, SERVICE, "ReturnCode", code)
    _add(element, SERVICE, "ReturnMessage", _MESSAGES[code])
    if total is not None:
        _add(element, SERVICE, "Total", str(total))
    return element


def add_certificates(element: etree._Element, library: Library, records: Sequence[Record]) -> None:
    """Appends the list of certificates to a reply."""
    parent = etree.SubElement(element, f"{{{SERVICE}}}CertList")
    for record in records:
        _add_certificate(parent, library, record)


def _add_certificate(parent: etree._Element, library: Library, record: Record) -> None:
    licence, dirty = record.licence, record.dirty
    cert = etree.SubElement(parent, f"{{{CERT}}}Cert")
    _add(cert, CERT, "ZZBS", licence.identifier)
    _add(cert, CERT, "ZZMC", licence.name)
    _add(cert, CERT, "ZZLXDM", licence.type.code)
    _add(cert, CERT, "ZZLXMC", licence.type.name)
    _add(cert, CERT, "ZZBH", dirty.get("number", licence.number))
    _add(cert, CERT, "ZZBFJG", dirty.get("issuer_name", licence.issuer.name))
    _add(cert, CERT, "ZZBFJGDM", licence.issuer.code)
    _add(cert, CERT, "ZZBFRQ", dirty.get("issued_on") or _day(licence.issued_on))
    _add(cert, CERT, "ZZYXQQSRQ", _day(licence.valid_from))
    _add(cert, CERT, "ZZYXQJZRQ", dirty.get("valid_until") or _end(licence.valid_until, licence.issued_on))
    _add(cert, CERT, "ZZZT", library.state_word(record))
    # nothing to say: an empty element in records taken over from paper, xsi:nil in all others
    _add(cert, CERT, "ZTYY", licence.reason or ("" if _from_paper(licence.issued_on) else None))
    for holder in licence.holders:
        owner = etree.SubElement(cert, f"{{{CERT}}}Owner")
        _add(owner, CERT, "CZZTDMLXDM", holder.type)
        _add(owner, CERT, "CZZTDM", holder.number)
        _add(owner, CERT, "CZZT", holder.name)
    # the element's name is a typing error that became the contract
    face = etree.SubElement(cert, f"{{{CERT}}}CuslomDatas")
    for field in library.face(record):
        shown = _add(face, CERT, "Field", field.value)
        shown.set("name", field.name)
        shown.set("label", field.label or "")


def _add(parent: etree._Element, namespace: str, name: str, text: str | None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    if text is None:
        element.set(f"{{{XSI}}}nil", "true")
    else:
        element.text = text
    return element


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def _end(day: date, issued_on: date) -> str:
    return NO_END_TEXTS[_from_paper(issued_on)] if day == NO_END else _day(day)


def _from_paper(issued_on: date) -> bool:
    return issued_on.year < _PAPER_YEAR
