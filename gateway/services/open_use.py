"""Open a use: a purpose is declared and its basis proven once, before any sensitive field is asked."""

import re
import secrets
from datetime import timedelta

import msgspec

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.ports import UseStore
from gateway.core.use import Use, UseBasis

_ITEM = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{5,39}")
_LONGEST_TEXT = 200
"""Legacy systems take a cause of at most 200 characters; a longer one would be cut there unseen."""


class UseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller declares: the item, the basis and, for a statutory use, the case or pre-application number.

    A presented code stands for its own item, so ``item`` is None there.
    """

    basis: UseBasis
    item: str | None
    case: str | None = None
    application: str | None = None
    note: str | None = None


class OpenUse:
    """Opens uses that live for ``lifetime``, bound to the application and person that opened them."""

    def __init__(self, uses: UseStore, clock: Clock, lifetime: timedelta) -> None:
        self._uses = uses
        self._clock = clock
        self._lifetime = lifetime

    async def __call__(self, request: UseRequest, call: Call) -> Use:
        """The new use.

        Raises:
            Refusal: UNAUTHENTICATED without a person, FORBIDDEN if the person cannot act on this basis,
                BAD_INPUT for a malformed item, case or note.
        """
        person = call.caller.person
        if person is None:
            raise Refusal(problems.PERSON_MISSING)
        field = request.basis.value.lower()
        _check_basis(request, person, field)
        _check_texts(request, field)
        use = Use(
            id=secrets.token_urlsafe(24),
            item=_check_item(request, field),
            basis=request.basis,
            expires_at=self._clock.now() + self._lifetime,
            owner_application=call.caller.application.code,
            owner_subject=person.subject,
            case=request.case,
            application=request.application,
            note=request.note,
        )
        await self._uses.add(use)
        return use


def _check_item(request: UseRequest, field: str) -> str:
    if request.item is None or not _ITEM.fullmatch(request.item):
        raise Refusal(problems.USE_ITEM_INVALID, f"input.{field}.item")
    return request.item


def _check_texts(request: UseRequest, field: str) -> None:
    for name in ("note", "case", "application"):
        text: str | None = getattr(request, name)
        if text is not None and not 0 < len(text) <= _LONGEST_TEXT:
            raise Refusal(problems.USE_TEXT_INVALID, f"input.{field}.{name}", limit=_LONGEST_TEXT)


def _check_basis(request: UseRequest, person: Person, field: str) -> None:
    match request.basis:
        case UseBasis.HOLDER:
            if person.role is not Role.CITIZEN or person.number is None:
                raise Refusal(problems.USE_NEEDS_CITIZEN, f"input.{field}")
        case UseBasis.STATUTORY:
            if person.role is not Role.OFFICER or person.body is None:
                raise Refusal(problems.USE_NEEDS_OFFICER, f"input.{field}")
            if (request.case is None) == (request.application is None):
                raise Refusal(problems.USE_CASE_NEEDED, f"input.{field}")
        case UseBasis.ENTRUSTED | UseBasis.PRESENTED:
            # Mandates and presented codes are proven by systems that are not connected yet: denied, not assumed.
            raise Refusal(problems.USE_BASIS_UNPROVEN, f"input.{field}", basis=request.basis.value)
