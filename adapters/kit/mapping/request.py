"""Builders of requests: a manifest's request section compiled to getters once, then run for every call."""

from collections.abc import Callable, Mapping
from typing import Final

from adapters.kit.manifest.expressions import (
    Base64Text,
    CodedReference,
    Encrypted,
    FilePartOf,
    FromReference,
    Given,
    Joined,
    JsonText,
    Length,
    ListOf,
    ObjectOf,
    RequestValue,
    SettingRef,
    Stamp,
    XmlText,
)
from adapters.kit.manifest.model import Manifest
from adapters.kit.manifest.references import HEADER, PARAMETER, REQUEST, ROW, SESSION
from adapters.kit.mapping.forms import parse_form
from adapters.kit.mapping.getters import GETTERS, MOMENTS
from adapters.kit.mapping.scope import Build, Scope
from adapters.kit.mapping.texts import base64_text, encoded, encrypted_sm2, encrypted_sm4, joined, json_text, xml_text
from adapters.kit.plain import FilePart, plain_text
from adapters.kit.settings import read_setting
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome


class HeaderMissing(LookupError):
    """A reply lacks a header of which its signature is made."""


class RequestBuilder:
    """A compiled request; safe to share between calls."""

    def __init__(self, fields: Mapping[str, Build]) -> None:
        self._fields = tuple(fields.items())

    def build(self, scope: Scope) -> dict[str, object]:
        """The request's fields in the manifest's order: nested dicts of text, numbers, booleans, lists and None.

        Raises SystemFailure: GATEWAY_ERROR if a setting is not filled, INVALID if a code table lacks a code.
        """
        return {name: build(scope) for name, build in self._fields}


def compile_request(fields: Mapping[str, RequestValue], manifest: Manifest) -> RequestBuilder:
    """The builder of a request section of a checked manifest.

    Raises ValueError, KeyError or FormInvalid for what the check would have found.
    """
    return RequestBuilder({name: compile_value(value, manifest) for name, value in fields.items()})


def compile_value(value: RequestValue, manifest: Manifest, names: frozenset[str] = frozenset()) -> Build:
    """The getter of one value; ``names`` are further references, found in the scope's ``named``.

    Raises as ``compile_request``.
    """
    return _Compiler(manifest, names).value(value)


class _Compiler:
    """Turns values into getters."""

    def __init__(self, manifest: Manifest, names: frozenset[str]) -> None:
        self._manifest = manifest
        self._names = names

    def value(self, value: RequestValue) -> Build:
        if isinstance(value, dict | ObjectOf):
            return self._fields(value.object if isinstance(value, ObjectOf) else value)
        if isinstance(value, ListOf):
            return _members([self.value(member) for member in value.members])
        if isinstance(value, Given):
            constant = value.value
            return lambda _: constant
        if isinstance(value, SettingRef):
            name = value.setting
            return lambda scope: read_setting(scope.secrets, name)
        if isinstance(value, JsonText | XmlText | Joined | Base64Text | Encrypted):
            return self._text(value)
        return self._referring(value)

    def _fields(self, fields: Mapping[str, RequestValue]) -> Callable[[Scope], dict[str, object]]:
        return RequestBuilder({name: self.value(value) for name, value in fields.items()}).build

    def _text(self, value: JsonText | XmlText | Joined | Base64Text | Encrypted) -> Build:
        if isinstance(value, JsonText):
            build = self.value(value.document)
            return lambda scope: json_text(build(scope))
        if isinstance(value, XmlText):
            document = value.xml
            fields = self._fields(document.fields)
            declared = None if document.declaration == "none" else document.declaration
            return lambda scope: xml_text(document.root, fields(scope), declared)
        if isinstance(value, Joined):
            by, parts = value.by, [self.value(part) for part in value.join]
            return lambda scope: joined([part(scope) for part in parts], by)
        if isinstance(value, Base64Text):
            inner = self.value(value.base64)
            return lambda scope: base64_text(inner(scope))
        return self._ciphertext(value)

    def _ciphertext(self, value: Encrypted) -> Build:
        key_of = value.sm2 or value.sm4
        assert key_of is not None, "the model lets no ciphertext pass without a key"
        plain, key = self.value(value.encrypt), self.value(key_of)
        vector = None if value.iv is None else self.value(value.iv)
        form = value.form or "c1c3c2"
        source = f"setting {key_of.setting}" if isinstance(key_of, SettingRef) else key_of

        def build(scope: Scope) -> object:
            text = plain(scope)
            if text is None:
                return None
            word = plain_text(key(scope))
            if value.sm2 is not None:
                return encoded(encrypted_sm2(scope.crypto, word, source, plain_text(text), form), value.encoding)
            start = None if vector is None else plain_text(vector(scope))
            return encoded(encrypted_sm4(scope.crypto, word, source, plain_text(text), start), value.encoding)

        return build

    def _referring(self, value: str | FromReference | CodedReference | Stamp | Length | FilePartOf) -> Build:
        if isinstance(value, str):
            return self._reference(value)
        if isinstance(value, FromReference):
            return _otherwise(self._reference(value.reference), value.otherwise)
        if isinstance(value, CodedReference):
            return _coded(self._reference(value.code), value.table, self._manifest.codes[value.table])
        if isinstance(value, Length):
            return _length(self._reference(value.length), value)
        if isinstance(value, FilePartOf):
            return _file_part(self._reference(value.file), value.name)
        return _stamp(value)

    def _reference(self, reference: str) -> Build:
        if reference in self._names:
            return lambda scope: scope.named.get(reference)
        root, _, name = reference.partition(".")
        if root in _OPEN and name:
            given = _OPEN[root]
            return lambda scope: given(scope).get(name)
        if root == REQUEST and name:
            return _field(name.split("."))
        if root == HEADER and name:
            return _header(name.lower())
        if reference not in GETTERS:
            message = f"{reference} is no reference"
            raise ValueError(message)
        return GETTERS[reference]


_OPEN: Final[Mapping[str, Callable[[Scope], Mapping[str, object]]]] = {
    ROW: lambda scope: scope.row,
    SESSION: lambda scope: scope.session,
    PARAMETER: lambda scope: scope.share.parameters,
}


def _members(builds: list[Build]) -> Build:
    return lambda scope: [value for build in builds if (value := build(scope)) is not None]


def _header(name: str) -> Build:
    def build(scope: Scope) -> object:
        if name not in scope.headers:
            raise HeaderMissing
        return scope.headers[name]

    return build


def _field(path: list[str]) -> Build:
    """A field of the request as it was built, by the names that lead to it."""

    def build(scope: Scope) -> object:
        found: object = scope.request
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    return build


def _otherwise(get: Build, fallback: str | int) -> Build:
    def build(scope: Scope) -> object:
        value = get(scope)
        return fallback if value is None else value

    return build


def _coded(get: Build, table: str, codes: Mapping[str, str]) -> Build:
    backwards: dict[object, str] = {}
    for raw, canonical in codes.items():
        backwards.setdefault(canonical, raw)

    def code(canonical: object) -> str:
        raw = backwards.get(canonical)
        if raw is None:
            notice = f"code table {table} has no code of this system for the value asked for"
            raise SystemFailure(Outcome.INVALID, Fault.OURS, notice)
        return raw

    def build(scope: Scope) -> object:
        value = get(scope)
        if value is None:
            return None
        return [code(one) for one in value] if isinstance(value, list) else code(value)

    return build


def _stamp(stamp: Stamp) -> Build:
    write = parse_form(stamp.form).write
    if stamp.date not in MOMENTS:
        message = f"{stamp.date} is no moment in time"
        raise ValueError(message)
    read = MOMENTS[stamp.date]

    def build(scope: Scope) -> object:
        moment = read(scope)
        return None if moment is None else write(moment)

    return build


_PER_MILLIMETRE: Final = {"mm": 1.0, "cm": 0.1, "0.1mm": 10.0, "pt": 72 / 25.4, "px": 96 / 25.4}


def _length(get: Build, length: Length) -> Build:
    factor, decimals = _PER_MILLIMETRE[length.unit], length.decimals

    def build(scope: Scope) -> object:
        millimetres = get(scope)
        if not isinstance(millimetres, int | float):
            return None
        return round(millimetres * factor, decimals) if decimals else round(millimetres * factor)

    return build


def _file_part(get: Build, name: str) -> Build:
    def build(scope: Scope) -> object:
        content = get(scope)
        if not isinstance(content, bytes):
            return None
        media_type = scope.sealing.media_type if scope.sealing is not None else None
        return FilePart(content, name, media_type or "application/octet-stream")

    return build
