"""Records of resources, in requests and replies: what a request may say of what is wanted, and what a row holds."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec
from msgspec import Raw

from adapters.kit.manifest.expressions import DateAt, ResponseValue
from adapters.kit.manifest.sharing import RecordAt
from adapters.kit.mapping.columns import Column, Tables, column, paths_of
from adapters.kit.mapping.dirt import DirtyValue
from adapters.kit.mapping.forms import parse_form
from adapters.kit.mapping.shape import Get, Node, Place
from adapters.kit.mapping.values import absent, day, instant
from gateway.core.clock import CHINA, utc
from gateway.core.licence import Warned


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What a request about a resource may refer to: one for records of it, or one to an exchange for a grant.

    Attributes:
        resource: its catalogue code; ``number`` its number at an exchange.
        fields: the names of those that are wanted, or asked for.
        access: what an exchange wants named in every use: a secret.
        key: ours for a request; ``request`` the exchange's number of it.
        day: of the list that is asked for.
        correction: the exchange's number of a dispute; ``text`` what is wrong, ``received_at`` when the record came.
        digests: SHA-256 of the files that show it, hexadecimal; ``sizes`` their bytes.
    """

    resource: str | None = None
    number: str | None = None
    fields: tuple[str, ...] = ()
    parameters: Mapping[str, str] = {}
    access: str | None = None
    key: str | None = None
    request: str | None = None
    requester: str | None = None
    items: tuple[str, ...] = ()
    purpose: str | None = None
    basis: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    per_day: int | None = None
    in_all: int | None = None
    day: date | None = None
    correction: str | None = None
    text: str | None = None
    received_at: datetime | None = None
    digests: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()

    def __repr__(self) -> str:
        """No content: parameters name persons, and there is a secret."""
        return "Share(...)"


SHARE_GETTERS: Final[Mapping[str, Callable[[Share], object]]] = {
    "share.resource": lambda one: one.resource,
    "share.number": lambda one: one.number,
    "share.fields": lambda one: list(one.fields) or None,
    "share.access": lambda one: one.access,
    "share.key": lambda one: one.key,
    "share.request": lambda one: one.request,
    "share.requester": lambda one: one.requester,
    "share.items": lambda one: list(one.items) or None,
    "share.purpose": lambda one: one.purpose,
    "share.basis": lambda one: one.basis,
    "share.validFrom": lambda one: _instant(one.valid_from),
    "share.validUntil": lambda one: _instant(one.valid_until),
    "share.perDay": lambda one: one.per_day,
    "share.inAll": lambda one: one.in_all,
    "share.day": lambda one: None if one.day is None else one.day.isoformat(),
    "share.correction": lambda one: one.correction,
    "share.text": lambda one: one.text,
    "share.receivedAt": lambda one: _instant(one.received_at),
    "share.digests": lambda one: list(one.digests) or None,
    "share.sizes": lambda one: [str(size) for size in one.sizes] or None,
}


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(CHINA).isoformat(timespec="seconds")


PREFIX: Final = "record."
"""Before the names of fields in warnings: a resource may call its fields as licences call theirs."""


class ShareRow(msgspec.Struct, frozen=True):
    """A record: the wanted fields that the operation maps, and the names of others that came too, unread."""

    values: Mapping[str, str | None]
    unasked: tuple[str, ...] = ()
    warnings: tuple[Warned, ...] = ()

    def __repr__(self) -> str:
        """No content."""
        return "ShareRow(...)"


_NOTHING: Final = frozenset({b"null", b'""', b"[]"})
_DAY_TOKENS: Final = frozenset("yMd")
_LETTERS: Final = re.compile("[A-Za-z]")


def want_record(record: RecordAt, wanted: frozenset[str], row: Place) -> None:
    """Mark the wanted fields below a row; of the others only that they are there is wanted, not what they say."""
    for name, value in record.items():
        for path in paths_of(value):
            place = row.at(path)
            if name in wanted:
                place.value = True
            else:
                place.noticed = True


def record_columns(record: RecordAt, wanted: frozenset[str], row: Node, tables: Tables) -> list[Column | str]:
    """The columns of ShareRow: one for each wanted field, and the last for what came unasked."""
    columns: list[Column | str] = [_field(name, value, row, tables) for name, value in record.items() if name in wanted]
    others = [
        (name, [row.getter(path, certain=True) for path in paths_of(value)])
        for name, value in record.items()
        if name not in wanted
    ]
    columns.append(Column(PREFIX, lambda one: one, lambda one: _noticed(others, one), ()))
    return columns


def record_maker(record: RecordAt, wanted: frozenset[str]) -> Callable[..., ShareRow]:
    """Makes a ShareRow of the values of the columns, and the warnings."""
    names = tuple(name for name in record if name in wanted)

    def make(*values: Any) -> ShareRow:  # noqa: ANN401 - a value of every column
        return ShareRow(dict(zip(names, values, strict=False)), values[-2], values[-1])

    return make


def _field(name: str, value: ResponseValue, row: Node, tables: Tables) -> Column:
    if not isinstance(value, DateAt):
        return msgspec.structs.replace(column("", value, row, tables), field=f"{PREFIX}{name}")
    (path,) = paths_of(value)
    forms = [parse_form(form) for form in ((value.form,) if isinstance(value.form, str) else value.form)]
    is_day = all(_DAY_TOKENS.issuperset(_LETTERS.findall(form.text)) for form in forms)
    read = day(forms, value.no_end) if is_day else instant(forms)
    return Column(f"{PREFIX}{name}", row.getter(path, certain=True), lambda raw: _written(read(raw)))


def _written(moment: date | None) -> str | None:
    """A day, or an instant in UTC, as ISO 8601 writes it."""
    if isinstance(moment, datetime):
        return utc(moment).isoformat().replace("+00:00", "Z")
    return None if moment is None else moment.isoformat()


def _noticed(others: Sequence[tuple[str, Sequence[Get]]], one: object) -> tuple[str, ...]:
    return tuple(name for name, gets in others if any(_is_there(get, one) for get in gets))


def _is_there(get: Get, one: object) -> bool:
    try:
        value = get(one)
    except DirtyValue:
        return True
    return bytes(value) not in _NOTHING if isinstance(value, Raw) else not absent(value)
