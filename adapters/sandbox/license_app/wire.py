"""A licence as this family writes it: numbers as strings, holders joined by commas, its own code tables."""

from datetime import date

import msgspec

from adapters.sandbox.world.libraries import Library
from adapters.sandbox.world.mistakes import Record
from adapters.sandbox.world.model import NO_END, ORGANISATION, RESIDENT
from adapters.sandbox.world.spellings import CITY_WORDS

NO_END_TEXTS = ("9999-12-31 23:59:59", "长期")
"""Two ways to write that there is no end: the program's, and that of records which were taken over from paper."""

_IDENTITY_TYPES = {RESIDENT: "10", ORGANISATION: "20"}
_NAMED_CODES = {CITY_WORDS["VALID"]: "01", CITY_WORDS["DRAFT"]: "99", CITY_WORDS["SUSPENDED"]: "99"}
_ENDED = "05"
_PAPER_YEAR = 2018
_NULL = "null"


def listed(library: Library, record: Record, auth_code: str) -> dict[str, object]:
    """The licence as a list shows it, with the use code that gives its data."""
    licence = record.licence
    dirty = record.dirty
    word = library.state_word(record)
    return {
        "auth_code": auth_code,
        "license_code": licence.identifier or "",
        "name": licence.name,
        "license_type": licence.type.code,
        "license_type_name": licence.type.name,
        "id_code": dirty.get("number", licence.number),
        "holder_name": ",".join(holder.name for holder in licence.holders),
        "holder_identity_type": _IDENTITY_TYPES[licence.holders[0].type],
        "holder_identity_num": ",".join(holder.number for holder in licence.holders),
        "issue_org_name": dirty.get("issuer_name", licence.issuer.name),
        "issue_org_code": licence.issuer.code,
        "division": f"示例区划{licence.issuer.region}",
        "division_code": licence.issuer.region,
        "issue_date": dirty.get("issued_on") or _moment(licence.issued_on),
        "begin_date": _moment(licence.valid_from),
        "expiry_date": dirty.get("valid_until") or _end(licence.valid_until, licence.issued_on),
        "license_status": "77" if "state" in dirty else _NAMED_CODES.get(word, _ENDED),
        "license_status_name": word,
        "abolish_time": _moment(licence.ended_on) if licence.ended_on else "",
        "abolish_reason": licence.reason or _NULL,
        "trust_level": "3",
    }


def full(library: Library, record: Record) -> dict[str, object]:
    """The licence with its face, a JSON object in a string."""
    fields = {field.name: field.value for field in library.face(record)}
    return {
        "license_code": record.licence.identifier or "",
        "name": record.licence.name,
        "data_fields": msgspec.json.encode(fields).decode(),
    }


def _moment(day: date) -> str:
    return f"{day:%Y-%m-%d} 00:00:00"


def _end(day: date, issued_on: date) -> str:
    if day != NO_END:
        return f"{day:%Y-%m-%d} 23:59:59"
    return NO_END_TEXTS[issued_on.year < _PAPER_YEAR]
