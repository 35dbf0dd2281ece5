"""Record a mandate, and take it back: only the holder himself, signed in, can do either."""

import secrets
from datetime import datetime, timedelta

import msgspec

from gateway.core import problems
from gateway.core.audit.catalogue import MANDATE_RECORDED, MANDATE_REVOKED
from gateway.core.call import Call
from gateway.core.clock import CHINA, Clock, china_date, utc
from gateway.core.errors import Refusal
from gateway.core.licence import Holder
from gateway.core.mandate import Mandate
from gateway.core.records import MandateStore
from gateway.core.use import is_item_code
from gateway.services.auditing import Auditing, Note
from gateway.services.holders import own_document, parse_holder, same_holder

LONGEST = timedelta(days=366)
MOST_OPEN = 200
"""Open mandates of one principal."""
_MOST_CODES = 50
_LONGEST_TYPE = 64


class MandateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a holder declares. ``agent`` is (type, number, name) as typed; ``types`` None means any the item may use."""

    agent: tuple[str, str, str]
    items: tuple[str, ...]
    types: tuple[str, ...] | None
    expires_at: datetime


class RecordMandate:
    """Records mandates of signed-in holders."""

    def __init__(self, mandates: MandateStore, clock: Clock, audit: Auditing) -> None:
        self._mandates = mandates
        self._clock = clock
        self._audit = audit

    async def __call__(self, request: MandateRequest, call: Call) -> Mandate:
        """The new mandate.

        Raises:
            Refusal: FORBIDDEN for anybody but a signed-in holder, BAD_INPUT for a wrong agent, scope or end, LIMIT if
                too many are open.
        """
        async with self._audit.noting(MANDATE_RECORDED, call) as note:
            return await self._recorded(request, call, note)

    async def _recorded(self, request: MandateRequest, call: Call, note: Note) -> Mandate:
        principal = _principal(call)
        note.concerns(principal)
        now = self._clock.now()
        agent = parse_holder(*request.agent, china_date(now), "input.agent")
        if same_holder(agent, principal):
            raise Refusal(problems.MANDATE_TO_ONESELF, "input.agent")
        _check_scope(request)
        expires_at = _end(request.expires_at, now)
        mandate = Mandate(
            id=secrets.token_urlsafe(18),
            principal=principal,
            agent=agent,
            items=frozenset(request.items),
            types=frozenset(request.types) if request.types is not None else None,
            recorded_at=now,
            expires_at=expires_at,
        )
        note.about("mandate", mandate.id)
        note.says(agent=note.references(agent), until=expires_at.isoformat())
        if not await self._mandates.add(mandate, MOST_OPEN, note.within()):
            raise Refusal(problems.MANDATES_TOO_MANY, limit=MOST_OPEN)
        return mandate

    async def revoke(self, mandate_id: str, call: Call) -> Mandate:
        """The mandate, ended now.

        Raises:
            Refusal: FORBIDDEN unless it is the caller's own.
        """
        async with self._audit.noting(MANDATE_REVOKED, call) as note:
            return await self._revoked(mandate_id, call, note)

    async def _revoked(self, mandate_id: str, call: Call, note: Note) -> Mandate:
        principal = _principal(call)
        note.concerns(principal)
        mandate = await self._mandates.find(mandate_id)
        if mandate is None or not same_holder(mandate.principal, principal):
            raise Refusal(problems.MANDATE_UNKNOWN, "input.id")
        note.about("mandate", mandate.id)
        revoked = await self._mandates.revoke(mandate_id, self._clock.now(), note.within())
        if revoked is None:  # it ended meanwhile and was swept away
            raise Refusal(problems.MANDATE_UNKNOWN, "input.id")
        return revoked


def _principal(call: Call) -> Holder:
    person = call.caller.person
    if person is None:
        raise Refusal(problems.PERSON_MISSING)
    principal = own_document(person)
    if principal is None:
        raise Refusal(problems.USE_NEEDS_CITIZEN)
    return principal


def _check_scope(request: MandateRequest) -> None:
    for name, codes in (("items", request.items), ("types", request.types)):
        if codes is not None and not 1 <= len(codes) <= _MOST_CODES:
            raise Refusal(problems.LIMIT_OUT_OF_RANGE, f"input.{name}", low=1, high=_MOST_CODES)
    if not all(is_item_code(code) for code in request.items):
        raise Refusal(problems.USE_ITEM_INVALID, "input.items")
    if not all(0 < len(code) <= _LONGEST_TYPE for code in request.types or ()):
        raise Refusal(problems.TYPES_INVALID, "input.types", limit=_MOST_CODES)


def _end(moment: datetime, now: datetime) -> datetime:
    """The end in UTC; compared before it is converted, which fails at both ends of the calendar."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=CHINA)
    if not now < aware <= now + LONGEST:
        raise Refusal(problems.MANDATE_END_INVALID, "input.expiresAt", days=LONGEST.days)
    return utc(aware)
