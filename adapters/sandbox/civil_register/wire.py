"""Strings of this register: escaped XML in, XML with a prolog out."""

from collections.abc import Sequence
from datetime import date

from lxml import etree

from adapters.sandbox.world.libraries import Library
from adapters.sandbox.world.mistakes import Record
from adapters.sandbox.world.model import NO_END, ORGANISATION, RESIDENT

DOCUMENT_TYPES = {
    RESIDENT: "01",
    "414": "02",
    "511": "03",
    ORGANISATION: "09",
    "999": "99",
}
"""This register's codes of identity document types, by the canonical ones."""

NO_END_TEXT = "2099/12/31"
"""What is written where there is no end."""

MESSAGES = {
    "0000": "查询成功",
    "0001": "未查询到数据",
    "1001": "必填项缺失",
    "1002": "请求报文无法解析",
    "1003": "证件类型错误",
    "2001": "无权查询",
    "9999": "系统异常",
}
"""The register's own codes and texts. None names a value that was sent."""

_CODE_NAMES = {"Query": ("ReturnCode", "ReturnMsg"), "QueryByNumber": ("RET_CODE", "RET_MSG")}
_PROLOG = '<?xml version="1.0" encoding="GBK"?>'
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_PAPER_YEAR = 2018


def reply_text(operation: str, code: str, library: Library, records: Sequence[Record]) -> str:
    """The string of a reply; each operation calls its code by another name."""
    root = etree.Element("Response", nsmap={"xsi": _XSI})
    head = etree.SubElement(root, "Head")
    code_name, text_name = _CODE_NAMES[operation]
    _add(head, code_name, code)
    _add(head, text_name, MESSAGES[code])
    certificates = etree.SubElement(etree.SubElement(root, "Body"), "CertList")
    for record in records:
        _add_certificate(certificates, library, record)
    return _PROLOG + etree.tostring(root, encoding="unicode")


def _add_certificate(parent: etree._Element, library: Library, record: Record) -> None:
    licence, dirty = record.licence, record.dirty
    from_paper = licence.issued_on.year < _PAPER_YEAR
    unknown = "" if from_paper else None
    cert = etree.SubElement(parent, "Cert")
    _add(cert, "ZZBS", licence.identifier)
    _add(cert, "ZZMC", licence.name)
    _add(cert, "ZZLXDM", licence.type.code)
    _add(cert, "ZZLXMC", licence.type.name)
    _add(cert, "DJZH", unknown if "number" in dirty else licence.number)
    _add(cert, "FZJG", unknown if "issuer_name" in dirty else licence.issuer.name)
    _add(cert, "FZJGDM", licence.issuer.code)
    _add(cert, "Hander_Deptid", licence.issuer.region)
    _add(cert, "FZRQ", dirty.get("issued_on") or _day(licence.issued_on))
    _add(cert, "YXQ_Q", _day(licence.valid_from))
    _add(cert, "XK_YXQZ", dirty.get("valid_until") or _end(licence.valid_until))
    _add(cert, "ZT", library.state_word(record))
    _add(cert, "ZXYY", licence.reason or unknown)
    _add(cert, "SFDZH", "0" if from_paper else "1")
    holders = etree.SubElement(cert, "CZRS")
    for holder in licence.holders:
        person = etree.SubElement(holders, "CZR")
        _add(person, "LX", DOCUMENT_TYPES[holder.type])
        _add(person, "HM", holder.number)
        _add(person, "XM", holder.name)
    # the name is a typing error that became the contract, as in Hander_Deptid
    face = etree.SubElement(cert, "CuslomDatas")
    for field in library.face(record):
        one = etree.SubElement(face, "CuslomData")
        _add(one, "NAME", field.name)
        _add(one, "LABEL", field.label)
        _add(one, "VALUE", field.value)


def _add(parent: etree._Element, name: str, text: str | None) -> None:
    element = etree.SubElement(parent, name)
    if text is None:
        element.set(f"{{{_XSI}}}nil", "true")
    else:
        element.text = text


def _day(day: date) -> str:
    return f"{day:%Y/%m/%d}"


def _end(day: date) -> str:
    return NO_END_TEXT if day == NO_END else _day(day)
