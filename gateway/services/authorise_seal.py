"""Authorise the use of a seal, and withdraw it: only the department that owns the seal can do either."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec

from gateway.core import problems
from gateway.core.audit.seal_kinds import SEAL_AUTHORISED, SEAL_WITHDRAWN
from gateway.core.call import Call
from gateway.core.caller import Person
from gateway.core.errors import Refusal
from gateway.core.policy.rules import ANY
from gateway.core.seals.register import Authorisation, RegisteredSeal
from gateway.core.use import is_item_code
from gateway.services.seal_desk import OWNER_ONLY, SealDesk, checked_body
from gateway.services.seal_views import SealView

MOST_CODES: Final = 200
LONGEST_CODE: Final = 200
MOST_PAGES: Final = 100_000
DOCUMENTS: Final = frozenset({"application/ofd", "application/pdf"})


class AuthorisationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Who may use the seal of this id for what; ``*`` alone stands for all. Fields as in Authorisation.

    ``since`` None means from now on.
    """

    id: str
    applications: tuple[str, ...]
    bodies: tuple[str, ...]
    accounts: tuple[str, ...] | None
    items: tuple[str, ...]
    documents: tuple[str, ...]
    since: datetime | None
    until: datetime | None
    pages: int | None
    expected_version: int


class AuthoriseSeal:
    """Changes who may use seals."""

    def __init__(self, desk: SealDesk) -> None:
        self._desk = desk

    async def __call__(self, request: AuthorisationRequest, call: Call) -> SealView:
        """The seal with one more authorisation.

        Raises:
            Refusal: FORBIDDEN for anybody but the owner's department, NOT_FOUND, BAD_INPUT for a wrong scope or time,
                CONFLICT for another version or a revoked seal, LIMIT if there are too many.
        """
        async with self._desk.audit.noting(SEAL_AUTHORISED, call) as note:
            self._desk.admit(OWNER_ONLY, call)
            scope = _checked(request)
            name = secrets.token_hex(8)
            note.says(authorisation=name)

            def authorise(seal: RegisteredSeal, _: Person, at: datetime) -> RegisteredSeal:
                since = at if request.since is None else max(request.since, at)
                one = Authorisation(id=name, since=since, until=request.until, pages=request.pages, **scope)
                return seal.authorise(one, at)

            return await self._desk.change(
                request.id, OWNER_ONLY, authorise, call, note, expected=request.expected_version
            )

    async def withdraw(self, seal_id: str, authorisation: str, expected_version: int, call: Call) -> SealView:
        """The seal without that authorisation.

        Raises:
            Refusal: FORBIDDEN for anybody but the owner's department, NOT_FOUND, CONFLICT for another version.
        """
        async with self._desk.audit.noting(SEAL_WITHDRAWN, call) as note:

            def withdraw(seal: RegisteredSeal, _: Person, at: datetime) -> RegisteredSeal:
                changed = seal.withdraw(authorisation, at)
                note.says(authorisation=authorisation)  # it is one of ours: else the change was refused
                return changed

            return await self._desk.change(seal_id, OWNER_ONLY, withdraw, call, note, expected=expected_version)


def _checked(request: AuthorisationRequest) -> dict[str, Any]:
    """The scope; raises Refusal BAD_INPUT with the field."""
    if request.pages is not None and not 1 <= request.pages <= MOST_PAGES:
        raise Refusal(problems.LIMIT_OUT_OF_RANGE, "input.pages", low=1, high=MOST_PAGES)
    accounts = request.accounts
    return {
        "applications": _codes(request.applications, "applications"),
        "bodies": _codes(request.bodies, "bodies", _body),
        "accounts": None if accounts is None else _codes(accounts, "accounts", _account),
        "items": _codes(request.items, "items", _item),
        "documents": _codes(request.documents, "documents", _document),
    }


def _codes(codes: tuple[str, ...], name: str, checked: Callable[[str, str], str] | None = None) -> frozenset[str]:
    field = f"input.{name}"
    fits = 1 <= len(codes) <= MOST_CODES and (ANY not in codes or len(codes) == 1)
    if not fits or not all(1 <= len(code) <= LONGEST_CODE and code.isprintable() for code in codes):
        raise _scope_invalid(field)
    return frozenset(codes if checked is None else (checked(code, field) for code in codes))


def _body(code: str, field: str) -> str:
    return code if code == ANY else checked_body(code, field)


def _account(code: str, field: str) -> str:
    """All accounts are meant by leaving them out, so that nobody means an account by that name."""
    if code == ANY:
        raise _scope_invalid(field)
    return code


def _item(code: str, field: str) -> str:
    if code != ANY and not is_item_code(code):
        raise Refusal(problems.USE_ITEM_INVALID, field)
    return code


def _document(code: str, field: str) -> str:
    if code not in DOCUMENTS | {ANY}:
        raise Refusal(problems.SEAL_DOCUMENTS_INVALID, field)
    return code


def _scope_invalid(field: str) -> Refusal:
    return Refusal(problems.SEAL_CODES_INVALID, field, limit=MOST_CODES, length=LONGEST_CODE)
