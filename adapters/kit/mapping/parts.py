"""Fields that are lists: the holders of a licence and the printed face."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
from msgspec import Raw

from adapters.kit.manifest.expressions import CodeAt, FaceAt, HoldersAt, ResponseValue, SplitAt
from adapters.kit.mapping.columns import Column, Tables, column, paths_of
from adapters.kit.mapping.dirt import Dirt, DirtyValue
from adapters.kit.mapping.paths import Path, parse_path
from adapters.kit.mapping.shape import Get, Node, Place
from adapters.kit.mapping.values import MAX_PARTS, MAX_TEXT, absent, coded, single, split, text
from gateway.core.licence import FaceField, Holder

_COLUMNS: Final = ("type", "number", "name")
_SELF: Final = Path(())
_JSON = msgspec.json.Decoder(float_hook=Raw)
_ENCODINGS: Final = 2
"""JSON in a JSON string is met in the wild; deeper is nobody's."""

Parts = Callable[[Any], list[str | None]]


class _Notes:
    """Reasons collected while the rest of a list is still read."""

    def __init__(self) -> None:
        self.reasons: list[Dirt] = []

    def add(self, *reasons: Dirt) -> None:
        self.reasons.extend(reason for reason in reasons if reason not in self.reasons)

    def take(self, read: Callable[[Any], Any], value: object, otherwise: object = None) -> Any:  # noqa: ANN401 - see read
        """What ``read`` makes of a value; if that is dirty the reason is noted and what stands instead is taken."""
        try:
            return read(value)
        except DirtyValue as dirt:
            self.add(*dirt.reasons)
            return otherwise if dirt.instead is None else dirt.instead

    def result(self, found: list[Any]) -> tuple[Any, ...] | None:
        """The list, None if it is empty; raised as dirty if anything was noted."""
        whole = tuple(found) or None
        if self.reasons:
            raise DirtyValue(*self.reasons, instead=whole)
        return whole


def want_holders(holders: HoldersAt, row: Place) -> None:
    """Mark what the holders need below a row."""
    base = row.at(parse_path(holders.each)) if holders.each else row
    for _, value in _given(holders):
        for path in paths_of(value):
            base.at(path).value = True


def want_face(face: FaceAt, row: Place) -> None:
    """Mark what the face needs below a row."""
    if face.entries is not None:
        row.at(parse_path(face.entries)).whole = True
    elif face.json_text is not None:
        row.at(parse_path(face.json_text)).value = True
    elif face.each is not None:
        base = row.at(parse_path(face.each))
        for path in (face.name, face.label, face.value):
            if path is not None:
                base.at(parse_path(path)).value = True


def holders_column(holders: HoldersAt, row: Node, tables: Tables) -> Column:
    """A tuple of Holder, or None if nobody is named."""
    if holders.each is None:
        return Column("holders", _itself, _zipped(holders, row, tables))
    path = parse_path(holders.each)
    element = row.at(path)
    readers = {name: _part(value, element, tables) for name, value in _given(holders)}

    def convert(elements: list[object]) -> object:
        notes = _Notes()
        found = []
        for one in _bounded(elements, notes):
            values = {name: notes.take(read, one) for name, read in readers.items()}
            if values.get("number") or values.get("name"):
                found.append(Holder(**values))
        return notes.result(found)

    return Column("holders", row.gatherer(path), convert)


def face_column(face: FaceAt, row: Node) -> Column:
    """A tuple of FaceField in the system's order, or None if there is none."""
    if face.entries is not None:
        get = row.getter(parse_path(face.entries), entire=True)
        return Column("face", get, _entries)
    if face.json_text is not None:
        return Column("face", row.getter(parse_path(face.json_text), certain=True), _json_entries)
    path = parse_path(face.each or ".")
    element = row.at(path)
    key, label, value = (
        _after(element.getter(parse_path(part)) if part is not None else _nothing, read)
        for part, read in ((face.name, text), (face.label, text), (face.value, _printed))
    )

    def convert(elements: list[object]) -> object:
        notes = _Notes()
        found = []
        for one in _bounded(elements, notes):
            name = notes.take(key, one)
            if name is None:
                notes.add(Dirt.NAME_MISSING)
            else:
                found.append(FaceField(name, notes.take(label, one), notes.take(value, one)))
        return notes.result(found)

    return Column("face", row.gatherer(path), convert)


def _given(holders: HoldersAt) -> list[tuple[str, ResponseValue]]:
    values = ((name, getattr(holders, name)) for name in _COLUMNS)
    return [(name, value) for name, value in values if value is not None]


def _part(value: ResponseValue, node: Node, tables: Tables) -> Get:
    prepared = column("holders", value, node, tables, certain=False)
    return _after(prepared.get, prepared.convert)


def _zipped(holders: HoldersAt, row: Node, tables: Tables) -> Callable[[object], object]:
    given = dict(_given(holders))
    joints = [value.by for value in given.values() if isinstance(value, SplitAt)]
    types, numbers, names = (
        _parts(given[name], row, tables, joints) if name in given else _no_parts for name in _COLUMNS
    )

    def convert(one: object) -> object:
        try:
            kinds, digits, words = types(one), numbers(one), names(one)
            if len(kinds) == 1:
                kinds = kinds * len(digits)
            if len(kinds) == len(digits) == len(words) and all(digits):
                return tuple(map(Holder, kinds, digits, words)) or None
        except DirtyValue:
            pass
        # Not the plain case: read again with an eye on each column.
        notes = _Notes()
        return _joined(notes, notes.take(types, one, []), notes.take(numbers, one, []), notes.take(names, one, []))

    return convert


def _joined(notes: _Notes, types: list[str | None], numbers: list[str | None], names: list[str | None]) -> object:
    lengths = {len(parts) for parts in (numbers, names) if parts}
    size = min(lengths, default=0)
    if len(types) == 1:
        types = types * size
    if len(lengths) > 1 or (size and types and len(types) != size):
        notes.add(Dirt.UNEQUAL_PARTS)
    columns = (parts[:size] + [None] * (size - len(parts)) for parts in (types, numbers, names))
    return notes.result([holder for holder in map(Holder, *columns) if holder.number or holder.name])


def _parts(value: ResponseValue, row: Node, tables: Tables, joints: list[str]) -> Parts:
    if isinstance(value, CodeAt) and joints:
        # The columns of a row are joined alike; the table is for one code, not for several in one string.
        get = row.getter(parse_path(value.code), certain=True)
        joined, decode = _after(get, split(joints[0])), coded(tables[value.table])

        def parts(one: object) -> list[str | None]:
            notes = _Notes()
            found = [notes.take(decode, raw) for raw in notes.take(joined, one, [])]
            if notes.reasons:
                raise DirtyValue(*notes.reasons, instead=found)
            return found

        return parts
    prepared = column("holders", value, row, tables)

    def read(one: object) -> list[str | None]:
        try:
            found = prepared.convert(prepared.get(one))
        except DirtyValue as dirt:
            if dirt.instead is None or isinstance(dirt.instead, list):
                raise
            raise DirtyValue(*dirt.reasons, instead=[dirt.instead]) from None
        return found if isinstance(found, list) else [] if found is None else [found]

    return read


def _bounded(elements: list[object], notes: _Notes) -> list[object]:
    if len(elements) > MAX_PARTS:
        notes.add(Dirt.TOO_MANY)
    return elements[:MAX_PARTS]


def _json_entries(value: object) -> object:
    value = single(value)
    for _ in range(_ENCODINGS):
        if not isinstance(value, str) or absent(value):
            break
        try:
            value = _JSON.decode(value)
        except (msgspec.DecodeError, UnicodeError):
            raise DirtyValue(Dirt.NOT_JSON) from None
        except RecursionError:
            raise DirtyValue(Dirt.TOO_DEEP) from None
    return _entries(value)


def _entries(value: object) -> object:
    value = single(value)
    if absent(value):
        return None
    if not isinstance(value, dict):
        raise DirtyValue(Dirt.NOT_AN_OBJECT)
    notes = _Notes()
    # Attributes and stray text of an XML element are not printed on a licence.
    names: Iterable[str] = [name for name in value if not name.startswith(("@", "#"))]
    return notes.result(
        [
            FaceField(name, None, notes.take(_printed, value[name]))
            for name in _bounded(list(names), notes)
            if isinstance(name, str)
        ]
    )


def _printed(value: object) -> str | None:
    """A value as text; what is nested is written compactly as JSON."""
    if isinstance(value, dict | list):
        try:
            value = msgspec.json.encode(value).decode()
        except RecursionError:
            raise DirtyValue(Dirt.TOO_DEEP) from None
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise DirtyValue(Dirt.TOO_LONG, instead=value[:MAX_TEXT])
    return text(value)


def _after(get: Get, convert: Callable[[Any], Any]) -> Get:
    return lambda value: convert(get(value))


def _itself(row: object) -> object:
    return row


def _no_parts(_: object) -> list[str | None]:
    return []


def _nothing(_: object) -> None:
    return None
