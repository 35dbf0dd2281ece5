"""A certificate as this family writes it: its face in groups, several forms of no end."""

from collections.abc import Sequence
from datetime import date

from adapters.sandbox.cert_share.requests import DOCUMENT_TYPES
from adapters.sandbox.world.libraries import Library
from adapters.sandbox.world.mistakes import Record
from adapters.sandbox.world.model import NO_END, FaceField

NO_END_TEXTS = ("", "9999-12-31")
"""Two ways to write that there is no end: nothing at all, and that of records which were taken over from paper."""

_NULL = "null"
_OF_HOLDER = 2
_PAPER_YEAR = 2018


def certificate(library: Library, record: Record) -> dict[str, object]:
    """The certificate with its face."""
    licence, dirty = record.licence, record.dirty
    return {
        "certIdentifier": licence.identifier or "",
        "certName": licence.name,
        "certTypeCode": licence.type.code,
        "certTypeName": licence.type.name,
        "certNo": dirty.get("number", licence.number),
        "certHolders": [
            {
                "holderName": holder.name,
                "holderCode": holder.number,
                "holderTypeCode": DOCUMENT_TYPES[holder.type],
            }
            for holder in licence.holders
        ],
        "issueOrgName": dirty.get("issuer_name", licence.issuer.name),
        "issueOrgCode": licence.issuer.code,
        "issueDate": dirty.get("issued_on") or f"{licence.issued_on:%Y-%m-%d}",
        "validBeginDate": f"{licence.valid_from:%Y-%m-%d}",
        "validEndDate": dirty.get("valid_until") or _end(licence.valid_until, licence.issued_on),
        "certStatus": library.state_word(record),
        "statusReason": licence.reason or _NULL,
        "certDatas": _groups(library.face(record)),
    }


def _groups(face: Sequence[FaceField]) -> list[dict[str, object]]:
    lines = [
        {
            "name": field.label or "",
            "value": field.value,
            "valueType": "date" if field.value.endswith("日") else "string",
            "columnName": field.name,
            "orderNum": str(order),
        }
        for order, field in enumerate(face, start=1)
    ]
    return [
        {"groupName": "持证主体", "fields": lines[:_OF_HOLDER]},
        {"groupName": "证照信息", "fields": lines[_OF_HOLDER:]},
    ]


def _end(day: date, issued_on: date) -> str:
    if day != NO_END:
        return f"{day:%Y-%m-%d}"
    return NO_END_TEXTS[issued_on.year < _PAPER_YEAR]
