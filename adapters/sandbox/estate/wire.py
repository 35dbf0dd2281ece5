"""A licence as this family writes it: a row with its own code, three ways to write a date, XML in base64."""

import base64
from datetime import date, datetime

from lxml import etree

from adapters.sandbox.estate.replies import MESSAGES, CodeKind, written
from adapters.sandbox.estate.requests import DOCUMENT_TYPES
from adapters.sandbox.world.libraries import Library
from adapters.sandbox.world.mistakes import UNREADABLE, Record
from adapters.sandbox.world.model import NO_END
from adapters.sandbox.world.spellings import ESTATE_STATES
from gateway.core.clock import CHINA

NO_END_TEXT = "20991231235959"
"""What is written where there is no end."""

_ENDED = 11
_PROLOG = b'<?xml version="1.0" encoding="GBK"?>'
_NULL = "null"


def row(library: Library, record: Record, kind: CodeKind) -> dict[str, object]:
    """The licence with its own code: 0, 11 if it has ended, an error without data if it cannot be read."""
    if UNREADABLE in record.dirty:
        code = int(record.dirty[UNREADABLE])
    else:
        code = _ENDED if ESTATE_STATES.means.get(library.state_word(record)) == "CANCELLED" else 0
    data = _data(library, record) if code >= 0 else None
    return {"code": written(code, kind), "msg": MESSAGES[code], "data": data}


def _data(library: Library, record: Record) -> dict[str, object]:
    licence, dirty = record.licence, record.dirty
    shared = len(licence.holders) > 1
    return {
        "ZZBS": licence.identifier or "",
        "ZZMC": licence.name,
        "ZZLXDM": licence.type.code,
        "ZZLXMC": licence.type.name,
        "BDCQZH": dirty.get("number", licence.number),
        "QLRLB": [
            {
                "QLRMC": holder.name,
                "ZJZL": DOCUMENT_TYPES[holder.type],
                "ZJH": holder.number,
                "GYBL": f"1/{len(licence.holders)}" if shared else _NULL,
            }
            for holder in licence.holders
        ],
        "GYBZ": "是" if shared else "否",
        "CXBZ": "Y" if licence.state == "SUSPENDED" else "N",
        "DJJG": dirty.get("issuer_name", licence.issuer.name),
        "DJJGDM": licence.issuer.code,
        "QXDM": licence.issuer.region,
        "FZSJ": dirty.get("issued_on") or _seconds(licence.issued_on) * 1000,
        "QSSJ": str(_seconds(licence.valid_from)),
        "JSSJ": dirty.get("valid_until") or _end(licence.valid_until),
        "QSZT": library.state_word(record),
        "ZXYY": licence.reason or _NULL,
        "ZZFM": _face(library, record),
    }


def _face(library: Library, record: Record) -> str:
    # the name is a typing error that became the contract; the prolog lies
    root = etree.Element("CuslomDatas")
    for field in library.face(record):
        element = etree.SubElement(root, "CuslomData", name=field.name, label=field.label or "")
        element.text = field.value
    return base64.b64encode(_PROLOG + etree.tostring(root, encoding="UTF-8", xml_declaration=False)).decode()


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=CHINA).timestamp())


def _end(day: date) -> str:
    return NO_END_TEXT if day == NO_END else f"{day:%Y%m%d}235959"
