"""Read the audit: auditors all of it, a citizen the uses of his own data. That it was read is in the audit too."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from gateway.core import problems
from gateway.core.audit.catalogue import AUDIT_READ, OWN_USE_READ, find_kind
from gateway.core.audit.events import Ending, Event
from gateway.core.audit.reading import AuditChoice, AuditReader, Place
from gateway.core.audit.references import References
from gateway.core.call import Call
from gateway.core.caller import Role
from gateway.core.clock import Clock, china_date, utc
from gateway.core.errors import Refusal
from gateway.services.auditing import Auditing
from gateway.services.holders import own_document, parse_holder
from gateway.services.paging import Page, cut_page, open_page, read_place

MOST_CODES = 50
_LONGEST_CODE = 200


class AuditRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What an auditor looks for, unchecked; ``holder`` is (type, number) as typed."""

    since: datetime | None = None
    until: datetime | None = None
    kinds: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()
    endings: tuple[Ending, ...] = ()
    actor: str | None = None
    holder: tuple[str, str] | None = None


class ReadAudit:
    """Gives pages of events, newest first. Their total is not counted: it would cost more than any page."""

    def __init__(self, reader: AuditReader, references: References, clock: Clock, audit: Auditing) -> None:
        self._reader = reader
        self._references = references
        self._clock = clock
        self._audit = audit

    async def events(self, request: AuditRequest, first: int, after: str | None, call: Call) -> Page[Event]:
        """Events of the choice.

        Raises:
            Refusal: FORBIDDEN for anybody but an auditor, BAD_INPUT for a choice or page that is none.
        """
        async with self._audit.noting(AUDIT_READ, call) as note:
            person = call.caller.person
            if person is None or person.role is not Role.AUDITOR:
                raise Refusal(problems.AUDITORS_ONLY)
            choice = self._choice(request)
            if request.holder is not None:
                note.concerns(parse_holder(*request.holder, None, china_date(self._clock.now()), "filter.holder"))
            note.says(filter=",".join(_narrowing(choice)))
            page = _page(await self._reader.find(choice, first + 1, _place(first, after)), first)
            note.counts(len(page.nodes))
            return page

    async def own_uses(self, first: int, after: str | None, call: Call) -> Page[Event]:
        """Uses of the signed-in citizen's data that were carried out: everybody's, his own included.

        Raises:
            Refusal: FORBIDDEN for anybody but a citizen, BAD_INPUT for a page that is none.
        """
        async with self._audit.noting(OWN_USE_READ, call) as note:
            own = own_document(call.caller.person) if call.caller.person else None
            if own is None:
                raise Refusal(problems.OWN_DATA_ONLY)
            found = await self._reader.uses_of(self._references.every_of_holder(own), first + 1, _place(first, after))
            page = _page(found, first)
            note.counts(len(page.nodes))
            return page

    def _choice(self, request: AuditRequest) -> AuditChoice:
        for name, codes in (("kinds", request.kinds), ("applications", request.applications)):
            if len(codes) > MOST_CODES:
                raise Refusal(problems.LIMIT_OUT_OF_RANGE, f"filter.{name}", low=0, high=MOST_CODES)
        if any(find_kind(code) is None for code in request.kinds):
            raise Refusal(problems.AUDIT_KIND_UNKNOWN, "filter.kinds")
        for name, text in (("actor", request.actor), *(("applications", code) for code in request.applications)):
            if text is not None and not 0 < len(text) <= _LONGEST_CODE:
                raise Refusal(problems.USE_TEXT_INVALID, f"filter.{name}", limit=_LONGEST_CODE)
        subjects: tuple[str, ...] = ()
        if request.holder is not None:
            today = china_date(self._clock.now())
            subjects = self._references.every_of_holder(parse_holder(*request.holder, None, today, "filter.holder"))
        return AuditChoice(
            since=utc(request.since) if request.since else None,
            until=utc(request.until) if request.until else None,
            kinds=request.kinds,
            applications=request.applications,
            endings=request.endings,
            actor=request.actor,
            subjects=subjects,
        )


def _narrowing(choice: AuditChoice) -> list[str]:
    """The names of what narrows a choice, never the values."""
    return [name for name in choice.__struct_fields__ if getattr(choice, name)]


def _place(first: int, after: str | None) -> Place | None:
    key = open_page(first, after)
    return None if key is None else Place(*read_place(key))


def _page(found: Sequence[Event], first: int) -> Page[Event]:
    return cut_page(found, lambda event: f"{event.at.isoformat()} {event.id}", first, 0)
