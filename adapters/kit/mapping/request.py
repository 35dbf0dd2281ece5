"""Builders of requests: a manifest's request section compiled to getters once, then run for every call."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from adapters.kit.manifest.expressions import (
    CodedReference,
    FromReference,
    Given,
    ObjectOf,
    RequestValue,
    SettingRef,
    Stamp,
)
from adapters.kit.manifest.model import Manifest
from adapters.kit.manifest.references import NOW, ROW
from adapters.kit.mapping.forms import parse_form
from adapters.kit.settings import read_setting
from gateway.core.call import Call
from gateway.core.caller import Person
from gateway.core.clock import CHINA
from gateway.core.errors import SystemFailure
from gateway.core.licence import Holder, LicenceKey, LicenceQuery
from gateway.core.outcome import Fault, Outcome
from gateway.core.system import SecretSource
from gateway.core.use import Use


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway knows at the moment of a call; what does not apply is None and its references give None.

    ``row`` holds the values that a row hands to its detail operation; ``now`` is aware.
    """

    call: Call
    secrets: SecretSource
    now: datetime
    holder: Holder | None = None
    licence: LicenceKey | None = None
    query: LicenceQuery | None = None
    row: Mapping[str, str | None] = {}

    def __repr__(self) -> str:
        """No content: it names persons."""
        return "Scope(...)"


Build = Callable[[Scope], object]


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
    return RequestBuilder({name: _compile(value, manifest) for name, value in fields.items()})


def _compile(value: RequestValue, manifest: Manifest) -> Build:
    if isinstance(value, dict):
        return compile_request(value, manifest).build
    if isinstance(value, ObjectOf):
        return compile_request(value.object, manifest).build
    if isinstance(value, Given):
        constant = value.value
        return lambda _: constant
    if isinstance(value, SettingRef):
        name = value.setting
        return lambda scope: read_setting(scope.secrets, name)
    return _referring(value, manifest)


def _referring(value: str | FromReference | CodedReference | Stamp, manifest: Manifest) -> Build:
    if isinstance(value, str):
        return _reference(value)
    if isinstance(value, FromReference):
        return _otherwise(_reference(value.reference), value.otherwise)
    if isinstance(value, CodedReference):
        return _coded(_reference(value.code), value.table, manifest.codes[value.table])
    return _stamp(value)


def _person(read: Callable[[Person], object]) -> Build:
    def build(scope: Scope) -> object:
        person = scope.call.caller.person
        return None if person is None else read(person)

    return build


def _use(read: Callable[[Use], object]) -> Build:
    def build(scope: Scope) -> object:
        return None if scope.call.use is None else read(scope.call.use)

    return build


def _holder(read: Callable[[Holder], object]) -> Build:
    def build(scope: Scope) -> object:
        return None if scope.holder is None else read(scope.holder)

    return build


def _licence(read: Callable[[LicenceKey], object]) -> Build:
    def build(scope: Scope) -> object:
        return None if scope.licence is None else read(scope.licence)

    return build


def _query(read: Callable[[LicenceQuery], object]) -> Build:
    def build(scope: Scope) -> object:
        return None if scope.query is None else read(scope.query)

    return build


GETTERS: Final[Mapping[str, Build]] = {
    "holder.type": _holder(lambda holder: holder.type),
    "holder.number": _holder(lambda holder: holder.number),
    "holder.name": _holder(lambda holder: holder.name),
    "licence.identifier": _licence(lambda licence: licence.identifier),
    "licence.number": _licence(lambda licence: licence.number),
    "query.limit": _query(lambda query: query.limit),
    "query.types": _query(lambda query: None if query.types is None else list(query.types)),
    "query.region": _query(lambda query: query.region),
    "use.id": _use(lambda use: use.id),
    "use.item": _use(lambda use: use.item),
    "use.case": _use(lambda use: use.case),
    "use.application": _use(lambda use: use.application),
    "use.note": _use(lambda use: use.note),
    "use.basis": _use(lambda use: use.basis.value),
    "person.name": _person(lambda person: person.name),
    "person.number": _person(lambda person: person.number),
    "person.account": _person(lambda person: person.account),
    "person.body": _person(lambda person: person.body),
    "person.bodyName": _person(lambda person: person.body_name),
    "person.post": _person(lambda person: person.post),
    "person.region": _person(lambda person: person.region),
    "person.role": _person(lambda person: person.role.value),
    "call.requestId": lambda scope: scope.call.request_id,
    NOW: lambda scope: scope.now.astimezone(CHINA).isoformat(timespec="seconds"),
}
"""How each reference of the manifest language is read; ``row`` is open and made on demand."""


def _reference(reference: str) -> Build:
    root, _, name = reference.partition(".")
    if root == ROW and name:
        return lambda scope: scope.row.get(name)
    if reference not in GETTERS:
        message = f"{reference} is no reference"
        raise ValueError(message)
    return GETTERS[reference]


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
    if stamp.date != NOW:
        message = f"{stamp.date} is no moment in time"
        raise ValueError(message)
    write = parse_form(stamp.form).write
    return lambda scope: write(scope.now)
