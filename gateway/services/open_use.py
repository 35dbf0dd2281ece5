"""Open a use: a purpose is declared, its basis proven and the rules asked once, before any sensitive field is."""

import secrets
from datetime import timedelta

import msgspec

from gateway.core import problems
from gateway.core.audit.catalogue import USE_OPENED
from gateway.core.call import Call
from gateway.core.caller import Person, Role
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.ports import UseStore
from gateway.core.proof import Proof
from gateway.core.use import Use, UseBasis, is_item_code
from gateway.services.auditing import Auditing, Note
from gateway.services.permitting import Permits
from gateway.services.proofs.case import ProveCase, ProvePreApplication
from gateway.services.proofs.holder import ProveHolder
from gateway.services.proofs.mandate import ProveMandate
from gateway.services.proofs.presentation import ProvePresentation

MOST_OPEN = 500
"""Open uses of one person in one application."""
LONGEST_TEXT = 200
"""Legacy systems take a cause of at most 200 characters; a longer one would be cut there unseen."""


class UseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller declares: the item, the basis, and what proves it.

    A presented code stands for its own item, so ``item`` is None there.
    """

    basis: UseBasis
    item: str | None
    case: str | None = None
    application: str | None = None
    mandate: str | None = None
    code: str | None = None
    scan: str | None = None
    note: str | None = None

    def __repr__(self) -> str:
        """Basis only: the rest are secrets and numbers of cases."""
        return f"UseRequest(basis={self.basis.value})"


class Proofs(msgspec.Struct, frozen=True):
    """The ways in which a basis is proven."""

    holder: ProveHolder
    mandate: ProveMandate
    presentation: ProvePresentation
    case: ProveCase
    application: ProvePreApplication


class OpenUse:
    """Opens uses that live for ``lifetime`` at most, bound to the application and person that opened them."""

    def __init__(
        self,
        uses: UseStore,
        proofs: Proofs,
        permits: Permits,
        clock: Clock,
        lifetime: timedelta,
        audit: Auditing,
    ) -> None:
        self._uses = uses
        self._proofs = proofs
        self._permits = permits
        self._clock = clock
        self._lifetime = lifetime
        self._audit = audit

    async def __call__(self, request: UseRequest, call: Call) -> Use:
        """The new use.

        Raises:
            Refusal: UNAUTHENTICATED without a person; FORBIDDEN if the person cannot act on this basis, the proof
                does not hold or no rule opens anything; BAD_INPUT for a malformed item, case or note; LIMIT if too many
                are open.
        """
        async with self._audit.noting(USE_OPENED, call) as note:
            note.says(basis=request.basis.value)
            return await self._opened(request, call, note)

    async def _opened(self, request: UseRequest, call: Call, note: Note) -> Use:
        person = call.caller.person
        if person is None:
            raise Refusal(problems.PERSON_MISSING)
        field = f"input.{request.basis.value.lower()}"
        _check_texts(request, field)
        proof = await self._prove(request, person, call, field)
        now = self._clock.now()
        use = Use(
            id=secrets.token_urlsafe(24),
            item=proof.item,
            basis=request.basis,
            expires_at=min(now + self._lifetime, proof.until or now + self._lifetime),
            owner_application=call.caller.application.code,
            owner_subject=person.subject,
            case=proof.case,
            application=request.application,
            mandate=request.mandate,
            note=request.note,
            proven_at=now,
            reaches=proof.holder,
            types=proof.types,
            licence=proof.licence,
        )
        note.under(use)
        if not await self._uses.add(use, now, MOST_OPEN, note.within()):
            raise Refusal(problems.USES_TOO_MANY, limit=MOST_OPEN)
        return use

    async def _prove(self, request: UseRequest, person: Person, call: Call, field: str) -> Proof:
        """The proof, which nobody is asked for before the rules open anything."""
        proofs = self._proofs
        match request.basis:
            case UseBasis.HOLDER:
                return await proofs.holder.prove(self._item(request, call, field), request.scan, person, call)
            case UseBasis.ENTRUSTED:
                return await proofs.mandate.prove(request.mandate or "", self._item(request, call, field), person)
            case UseBasis.PRESENTED:
                return await proofs.presentation.prove(
                    request.code or "",
                    person,
                    call,
                    lambda item: self._permits.permit(item, request.basis, call, f"{field}.code"),
                )
        return await self._prove_statutory(request, person, call, field)

    async def _prove_statutory(self, request: UseRequest, person: Person, call: Call, field: str) -> Proof:
        if person.role is not Role.OFFICER or person.body is None:
            raise Refusal(problems.USE_NEEDS_OFFICER, field)
        item = self._item(request, call, field)
        if request.case is not None and request.application is None:
            return await self._proofs.case.prove(request.case, item, person, call, f"{field}.case")
        if request.application is not None and request.case is None:
            return await self._proofs.application.prove(request.application, item, person, call)
        raise Refusal(problems.USE_CASE_NEEDED, field)

    def _item(self, request: UseRequest, call: Call, field: str) -> str:
        item = request.item
        if item is None or not is_item_code(item):
            raise Refusal(problems.USE_ITEM_INVALID, f"{field}.item")
        self._permits.permit(item, request.basis, call, f"{field}.item")
        return item


def _check_texts(request: UseRequest, field: str) -> None:
    for name in ("note", "case", "application", "mandate", "code", "scan"):
        text: str | None = getattr(request, name)
        if text is not None and not 0 < len(text) <= LONGEST_TEXT:
            raise Refusal(problems.USE_TEXT_INVALID, f"{field}.{name}", limit=LONGEST_TEXT)
