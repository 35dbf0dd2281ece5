"""The district's library behind the bus. It checks no signature: whoever reaches it was let through."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import msgspec
from starlette.responses import Response

from adapters.sandbox.bus.wire import HOLDER_TYPES, certificate, envelope
from adapters.sandbox.world.cast import REGION
from adapters.sandbox.world.libraries import Library
from adapters.sandbox.world.mistakes import Record

ROWS_MOST = 50
"""Rows of a page at the most; more are refused."""

_DEFAULT_ROWS = 10
_PAGE_MOST = 10_000
_USER_MOST = 4_096

_Text = Annotated[str, msgspec.Meta(max_length=200)] | None
_Count = int | Annotated[str, msgspec.Meta(pattern="^[0-9]{1,6}$")] | None


class _User(msgspec.Struct, frozen=True, rename="camel"):
    """Who asks: an officer or clerk with account and region, or a citizen by number alone."""

    account: _Text = None
    id_no: _Text = None
    area_code: _Text = None


class _Query(msgspec.Struct, frozen=True, rename="camel"):
    item_code: _Text = None
    case_no: _Text = None
    holder_no: _Text = None
    holder_type: _Text = None
    cert_code: _Text = None
    cert_no: _Text = None
    page_num: _Count = None
    page_size: _Count = None


class CallRefused(Exception):
    """A call that ends with this RET_CODE."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class DistrictLibrary:
    """The library's operations by path; each takes a body and the user context and raises CallRefused.

    Args:
        library: what it holds.
        forbidden_item: an item that may use nothing.
    """

    def __init__(self, library: Library, forbidden_item: str) -> None:
        self._library = library
        self._forbidden_item = forbidden_item
        self.operations: Mapping[str, Callable[[bytes, str], Response]] = {
            "certificate/page": self._page,
            "certificate/get": self._get,
            "ping": self._ping,
        }

    def _page(self, body: bytes, user: str) -> Response:
        query, asking = self._understood(body, user)
        number, kind = _required(query.holder_no), _required(query.holder_type)
        if not asking.area_code and asking.id_no != number:
            raise CallRefused("2003")
        found = [
            record
            for record in self._library.held_by(number)
            if any(
                holder.number == number.upper() and HOLDER_TYPES[holder.type] == kind
                for holder in record.licence.holders
            )
        ]
        return self._rows(
            found, _count(query.page_num, 1, _PAGE_MOST), _count(query.page_size, _DEFAULT_ROWS, ROWS_MOST)
        )

    def _get(self, body: bytes, user: str) -> Response:
        query, asking = self._understood(body, user)
        if query.cert_code:
            found = self._library.identified(query.cert_code)
        else:
            found = self._library.numbered(_required(query.cert_no))
        if not asking.area_code:
            found = [one for one in found if any(party.number == asking.id_no for party in one.licence.holders)]
        return self._rows(found, 1, ROWS_MOST)

    def _ping(self, _body: bytes, _user: str) -> Response:
        return envelope("0000")

    def _understood(self, body: bytes, user: str) -> tuple[_Query, _User]:
        """The query and who asks, once both may be."""
        asking = _read_user(user)
        try:
            query = msgspec.json.decode(body, type=_Query)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise CallRefused("1000") from None
        item = _required(query.item_code)
        if asking.area_code:
            # an office has to say for which case it asks
            _required(query.case_no)
            if asking.area_code != REGION:
                raise CallRefused("2003")
        if item == self._forbidden_item:
            raise CallRefused("2002")
        return query, asking

    def _rows(self, found: Sequence[Record], page: int, size: int) -> Response:
        if not found:
            return envelope("0001")
        rows = found[(page - 1) * size : page * size]
        data = {
            "total": len(found),
            "pages": -(-len(found) // size),
            "pageNum": page,
            "pageSize": size,
            "rows": [certificate(self._library, record) for record in rows],
        }
        return envelope("0000", data)


def _read_user(header: str) -> _User:
    """The user context: base64 of a JSON object; 2001 without one that names somebody."""
    if not header or len(header) > _USER_MOST:
        raise CallRefused("2001")
    try:
        user = msgspec.json.decode(base64.b64decode(header, validate=True), type=_User)
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise CallRefused("2001") from None
    if not (user.account and user.area_code) and not user.id_no:
        raise CallRefused("2001")
    return user


def _required(text: str | None) -> str:
    stripped = (text or "").strip()
    if not stripped or stripped == "null":
        raise CallRefused("1001")
    return stripped


def _count(given: int | str | None, default: int, most: int) -> int:
    number = default if given is None else int(given)
    if not 1 <= number <= most:
        raise CallRefused("1002")
    return number
