"""How each reference of the manifest language is read from what the gateway knows of a call."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Final

from adapters.kit.manifest.references import DAY, NOW, SHARE_DAY, SHARE_FROM, SHARE_RECEIVED, SHARE_UNTIL
from adapters.kit.mapping.scope import Build, Page, Scope
from adapters.kit.mapping.sealing import SEALING_GETTERS, Sealing
from adapters.kit.mapping.shares import SHARE_GETTERS, Share
from gateway.core.caller import Person
from gateway.core.clock import CHINA
from gateway.core.licence import Holder, LicenceKey, LicenceQuery
from gateway.core.use import Use


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


def _page(read: Callable[[Page], object]) -> Build:
    return lambda scope: None if scope.page is None else read(scope.page)


def _share(read: Callable[[Share], object]) -> Build:
    return lambda scope: read(scope.share)


def _sealing(read: Callable[[Sealing], object]) -> Build:
    return lambda scope: None if scope.sealing is None else read(scope.sealing)


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
    "case.number": lambda scope: scope.case,
    "scan.code": lambda scope: scope.scan,
    "page.number": _page(lambda page: page.number),
    "page.offset": _page(lambda page: page.offset),
    "page.size": _page(lambda page: page.size),
    "page.token": _page(lambda page: page.token),
    **{name: _share(read) for name, read in SHARE_GETTERS.items()},
    **{name: _sealing(read) for name, read in SEALING_GETTERS.items()},
    NOW: lambda scope: scope.now.astimezone(CHINA).isoformat(timespec="seconds"),
}
"""How each reference of the manifest language is read; ``row`` is open and made on demand."""

MOMENTS: Final[Mapping[str, Callable[[Scope], datetime | None]]] = {
    NOW: lambda scope: scope.now,
    DAY: lambda scope: _begins(None if scope.sealing is None else scope.sealing.day),
    SHARE_DAY: lambda scope: _begins(scope.share.day),
    SHARE_FROM: lambda scope: scope.share.valid_from,
    SHARE_UNTIL: lambda scope: scope.share.valid_until,
    SHARE_RECEIVED: lambda scope: scope.share.received_at,
}
"""The references that are moments: they can be written in a form."""


def _begins(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), CHINA)
