"""Sealing, in requests and replies: what a request may say of it, and what a row says became of it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec

from adapters.kit.manifest.sealing import SealingAt, SealLogAt, SealState
from adapters.kit.mapping.columns import Column, Tables, column, paths_of, state_column
from adapters.kit.mapping.dirt import Dirt, DirtyValue
from adapters.kit.mapping.files import base64_content
from adapters.kit.mapping.paths import parse_path
from adapters.kit.mapping.shape import Node, Place
from adapters.kit.mapping.values import absent, single, text
from gateway.core.licence import Warned
from gateway.core.seals.place import Across, Keyword, Point
from gateway.core.seals.place import Place as SealPlace

_ADDRESS_LIMIT: Final = 4_000


class Sealing(msgspec.Struct, frozen=True, kw_only=True):
    """What a request about a sealing may refer to.

    Attributes:
        document: the bytes of a document, or their base64 where the request wants text.
        digest: what is to be signed, in base64; ``digest_hex`` in hexadecimal digits.
        day: of the log that is asked for.
    """

    key: str | None = None
    seal: str | None = None
    number: str | None = None
    mode: str | None = None
    document: bytes | str | None = None
    digest: str | None = None
    digest_hex: str | None = None
    media_type: str | None = None
    place: SealPlace | None = None
    item: str | None = None
    case: str | None = None
    operator: str | None = None
    callback: str | None = None
    day: date | None = None

    def __repr__(self) -> str:
        """No content."""
        return "Sealing(...)"


SEALING_GETTERS: Final[Mapping[str, Callable[[Sealing], object]]] = {
    "sealing.key": lambda one: one.key,
    "sealing.seal": lambda one: one.seal,
    "sealing.number": lambda one: one.number,
    "sealing.mode": lambda one: one.mode,
    "sealing.document": lambda one: one.document,
    "sealing.digest": lambda one: one.digest,
    "sealing.digestHex": lambda one: one.digest_hex,
    "sealing.mediaType": lambda one: one.media_type,
    "sealing.placing": lambda one: _placing(one.place),
    "sealing.page": lambda one: one.place.page if isinstance(one.place, Point) else None,
    "sealing.x": lambda one: one.place.x if isinstance(one.place, Point) else None,
    "sealing.y": lambda one: one.place.y if isinstance(one.place, Point) else None,
    "sealing.keyword": lambda one: one.place.text if isinstance(one.place, Keyword) else None,
    "sealing.across": lambda one: "across" if isinstance(one.place, Across) else None,
    "sealing.item": lambda one: one.item,
    "sealing.case": lambda one: one.case,
    "sealing.operator": lambda one: one.operator,
    "sealing.callback": lambda one: one.callback,
    "sealing.day": lambda one: None if one.day is None else one.day.isoformat(),
}


def _placing(place: SealPlace | None) -> str | None:
    """The canonical word for the kind of a place, which a code table may translate."""
    kinds = {Point: "point", Keyword: "keyword", Across: "across"}
    return None if place is None else kinds[type(place)]


class SealingRow(msgspec.Struct, frozen=True):
    """What a row says of a request; ``state_code`` is the platform's own word, ``document`` and ``signature`` bytes."""

    state: SealState
    state_code: str | None
    key: str | None
    number: str | None
    document: bytes | None
    document_url: str | None
    signature: bytes | None
    retry_after: str | None
    warnings: tuple[Warned, ...] = ()

    def __repr__(self) -> str:
        """State only."""
        return f"SealingRow(state={self.state.value})"


class LogRow(msgspec.Struct, frozen=True):
    """What a row says of a sealing that was done."""

    number: str | None
    seal: str | None
    at: datetime | None
    key: str | None
    before: str | None
    after: str | None
    warnings: tuple[Warned, ...] = ()


_LOG_FIELDS: Final = tuple(name for name in LogRow.__struct_fields__ if name != "warnings")
_SPOKEN: Final = ("key", "number", "retry_after")
_PLAIN: Final = ("document", "document_url", "signature")


def want_sealing(sealing: SealingAt, row: Place) -> None:
    """Mark what a request's fate needs below a row."""
    for name in ("state", *_SPOKEN):
        value = getattr(sealing, name)
        for path in () if value is None else paths_of(value):
            row.at(path).value = True
    for name in _PLAIN:
        path_text = getattr(sealing, name)
        if path_text is not None:
            row.at(parse_path(path_text)).value = True


def want_log(log: SealLogAt, row: Place) -> None:
    """Mark what a line of a log needs below a row."""
    for name in _LOG_FIELDS:
        value = getattr(log, name)
        for path in () if value is None else paths_of(value):
            row.at(path).value = True


def sealing_columns(sealing: SealingAt, row: Node, tables: Tables) -> list[Column | str]:
    """The columns of SealingRow; that of the state gives the code too."""

    def spoken(name: str) -> Column | str:
        value = getattr(sealing, name)
        return name if value is None else column(name, value, row, tables)

    def plain(name: str, convert: Callable[[Any], Any]) -> Column | str:
        path = getattr(sealing, name)
        return name if path is None else Column(name, row.getter(parse_path(path), certain=True), convert)

    signature = base64_content if sealing.signature_as == "base64" else _hexadecimal
    return [
        state_column(sealing.state, row, tables, SealState),
        spoken("key"),
        spoken("number"),
        plain("document", base64_content),
        plain("document_url", _address),
        plain("signature", signature),
        spoken("retry_after"),
    ]


def log_columns(log: SealLogAt, row: Node, tables: Tables) -> list[Column | str]:
    """The columns of LogRow."""
    values = ((name, getattr(log, name)) for name in _LOG_FIELDS)
    return [name if value is None else column(name, value, row, tables) for name, value in values]


def _hexadecimal(value: object) -> bytes | None:
    digits = text(value)
    try:
        return None if digits is None else bytes.fromhex(digits)
    except ValueError:
        raise DirtyValue(Dirt.NOT_TEXT) from None


def _address(value: object) -> str | None:
    value = single(value)
    if absent(value):
        return None
    if not isinstance(value, str) or len(value) > _ADDRESS_LIMIT:
        raise DirtyValue(Dirt.NOT_TEXT)
    return value.strip()
