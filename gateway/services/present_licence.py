"""Present a licence: its holder gets a code that a checker can read it with for some minutes."""

import secrets
from datetime import timedelta

from gateway.core import problems
from gateway.core.audit.catalogue import LICENCE_PRESENTED
from gateway.core.call import Call
from gateway.core.clock import Clock
from gateway.core.errors import Refusal
from gateway.core.presentation import Presentation
from gateway.core.records import PresentationStore
from gateway.core.use import UseBasis
from gateway.services.auditing import Auditing, Note
from gateway.services.fetch_licence import FetchLicence
from gateway.services.holders import own_document, same_holder
from gateway.services.licence_ids import LicenceIds
from gateway.services.live_use import LiveUse

LIFETIME = timedelta(minutes=5)
MOST_LIVE = 20
"""Live codes of one holder."""


class PresentLicence:
    """Makes codes for licences that are the caller's own, by his own use."""

    def __init__(
        self,
        fetch: FetchLicence,
        presentations: PresentationStore,
        uses: LiveUse,
        ids: LicenceIds,
        clock: Clock,
        audit: Auditing,
    ) -> None:
        self._fetch = fetch
        self._presentations = presentations
        self._uses = uses
        self._ids = ids
        self._clock = clock
        self._audit = audit

    async def __call__(self, use_id: str, licence_id: str, call: Call) -> Presentation:
        """The new presentation; its code is to be shown, not sent.

        Raises:
            Refusal: FORBIDDEN unless the use is the caller's own as a holder, BAD_INPUT for a foreign id, NOT_FOUND
                if no system knows the licence as the holder's at this moment, LIMIT if too many codes live.
        """
        async with self._audit.noting(LICENCE_PRESENTED, call) as note:
            return await self._presented(use_id, licence_id, call, note)

    async def _presented(self, use_id: str, licence_id: str, call: Call, note: Note) -> Presentation:
        use = await self._uses(use_id, call)
        note.under(use)
        holder = use.reaches
        own = own_document(call.caller.person) if call.caller.person else None
        if use.basis is not UseBasis.HOLDER or holder is None or own is None or not same_holder(own, holder):
            raise Refusal(problems.USE_NEEDS_CITIZEN, "input.use")
        lookup = await self._fetch(use_id, licence_id, frozenset({"state"}), call)
        key = self._ids.open(licence_id)
        if lookup.licence is None or key is None:
            raise Refusal(problems.LICENCE_NOT_FOUND, "input.licence")
        now = self._clock.now()
        presentation = Presentation(
            code=secrets.token_urlsafe(24),
            item=use.item,
            holder=holder,
            licence=key,
            expires_at=now + LIFETIME,
        )
        if not await self._presentations.add(presentation, now, MOST_LIVE, note.within()):
            raise Refusal(problems.CODES_TOO_MANY, limit=MOST_LIVE)
        return presentation
