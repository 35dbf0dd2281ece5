"""Dispute a record that one's body received: report it with evidence, add to that, take it back."""

from collections.abc import Mapping
from typing import Final

import msgspec

from gateway.core import problems
from gateway.core.audit.share_kinds import DISPUTE_HANDLED, RECORD_DISPUTED
from gateway.core.call import Call
from gateway.core.clock import china_date
from gateway.core.errors import Refusal
from gateway.core.records import all_of
from gateway.core.sharing.corrections import OPEN, Claim, Dispute, DisputeRole, report
from gateway.core.sharing.parties import GATEWAY
from gateway.core.sharing.recipients import Delivery
from gateway.core.sharing.records import DisputeChoice
from gateway.services.auditing import Note
from gateway.services.sharing.disputes.dispute_desk import DisputeDesk, tell_dispute
from gateway.services.sharing.disputes.dispute_sight import SeenDispute
from gateway.services.sharing.disputes.route_dispute import RouteDispute
from gateway.services.sharing.exchanges.forward_pace import KIND_DISPUTE
from gateway.services.sharing.request_share import checked_key

MOST_OPEN: Final = 200
"""Disputes of one body over one resource that wait for an answer at a time."""


class NewDispute(msgspec.Struct, frozen=True, kw_only=True):
    """A report: the receipt with which the record came, what is wrong with it, and uploads that show it.

    ``record`` are the keys with which it was asked for: an exchange has to be told which record is meant, and here it
    is known by a reference only.
    """

    key: str
    receipt: str
    fields: tuple[str, ...]
    text: str
    evidence: tuple[str, ...]
    record: Mapping[str, str] = {}

    def __repr__(self) -> str:
        """Fields only: words may name persons."""
        return f"NewDispute({', '.join(sorted(self.fields))})"


class DisputeRecord:
    """What the reporter does."""

    def __init__(self, desk: DisputeDesk, route: RouteDispute) -> None:
        self._desk = desk
        self._route = route

    async def __call__(self, new: NewDispute, call: Call) -> SeenDispute:
        """The new dispute, handed over to the source at once, or queued for the exchange that the record came from.

        Repeating it with the same key gives the same dispute, whatever has become of it.

        Raises:
            Refusal: FORBIDDEN for whoever works for no body, NOT_FOUND for a receipt that is not his body's or an
                upload that is not his, BAD_INPUT for fields that were not given, without evidence, or without the keys
                that an exchange is told, CONFLICT for a key that was used for something else or while such a dispute
                goes on already.
        """
        desk, share = self._desk, self._desk.share
        async with share.audit.noting(RECORD_DISPUTED, call) as note:
            person, body = share.admit(call)
            key = checked_key(new.key)
            dispute_id = share.log.key("dispute key", call.caller.application.code, person.subject, key)
            if (before := await desk.disputes.find(dispute_id)) is not None:
                return self._same(before, new, call, note)
            delivery = await self._delivery(new.receipt, body)
            note.is_of(delivery.subject)
            resource = await share.resource(delivery.resource)
            now = share.clock.now()
            evidence, held = await desk.evidence(new.evidence, call.caller, now)
            reported = report(
                dispute_id,
                delivery,
                Claim(frozenset(new.fields), new.text, evidence),
                resource,
                region=share.rules.offices.region_of(resource.provider),
                by=share.actor(person, frozenset({delivery.body})),
                at=now,
            )
            await self._require_new(reported)
            dispute, queued = await self._route(reported.hand_over(by=GATEWAY), resource, new.record, now)
            tell_dispute(note, dispute)
            if await desk.disputes.add(dispute, all_of([note.within(), held, queued])):
                return desk.acted(dispute, call)
            meanwhile = await desk.disputes.find(dispute_id)
            assert meanwhile is not None  # disputes are never removed
            return self._same(meanwhile, new, call, note)

    async def supplement(self, dispute_id: str, evidence: tuple[str, ...], version: int, call: Call) -> SeenDispute:
        """The dispute, back with the source with more evidence.

        Raises:
            Refusal: FORBIDDEN, NOT_FOUND, BAD_INPUT without evidence, CONFLICT for another version or state.
        """
        desk = self._desk
        async with desk.share.audit.noting(DISPUTE_HANDLED, call) as note:
            note.says(action="SUPPLEMENT")
            before, by = await desk.expected(dispute_id, version, call, note)
            now = desk.share.clock.now()
            more, held = await desk.evidence(evidence, call.caller, now)
            return await desk.keep(before, before.supplement(more, by=by, at=now), call, note, held)

    async def withdraw(self, dispute_id: str, version: int, call: Call) -> SeenDispute:
        """The dispute, taken back before there was an answer.

        Raises:
            Refusal: FORBIDDEN, NOT_FOUND, CONFLICT for another version or once it is answered.
        """
        desk = self._desk
        async with desk.share.audit.noting(DISPUTE_HANDLED, call) as note:
            note.says(action="WITHDRAW")
            before, by = await desk.expected(dispute_id, version, call, note)
            now, woken = desk.share.clock.now(), None
            if before.is_at_exchange:
                woken = desk.share.tasks.waking(KIND_DISPUTE, [before.id], now)
            return await desk.keep(before, before.withdraw(by=by, at=now), call, note, woken)

    async def _delivery(self, receipt: str, body: str) -> Delivery:
        """The answer in which the body got the record; of one without records no field was given."""
        kept = await self._desk.receipts.kept(receipt)
        share = self._desk.share
        bodies, on = share.book.book().bodies, china_date(share.clock.now())
        if kept is None or not bodies.same(kept.delivery.body, body, on):
            raise Refusal(problems.DISPUTE_UNKNOWN, "input.receipt")
        return kept.delivery if kept.rows else msgspec.structs.replace(kept.delivery, fields=frozenset())

    async def _require_new(self, dispute: Dispute) -> None:
        """That the reporter's body has no such dispute open, nor too many; raises Refusal CONFLICT or LIMIT."""
        own = dispute.delivery
        choice = DisputeChoice(
            bodies=frozenset({own.body}), role=DisputeRole.REPORTER, states=OPEN, resource=own.resource
        )
        going_on = await self._desk.disputes.page(choice, None, MOST_OPEN)
        if len(going_on) >= MOST_OPEN:
            raise Refusal(problems.SHARE_TOO_MANY, limit=MOST_OPEN)
        for other in going_on:
            is_of_it = other.delivery.subject == own.subject and other.delivery.body == own.body
            if is_of_it and other.claim.fields & dispute.claim.fields:
                raise Refusal(problems.DISPUTE_GOES_ON, "input.fields")

    def _same(self, before: Dispute, new: NewDispute, call: Call, note: Note) -> SeenDispute:
        """What came of the key before; raises Refusal CONFLICT if it was for something else."""
        tell_dispute(note, before)
        first = {one.upload for one in before.claim.evidence if one.at == before.reported_at}
        claimed = (before.delivery.receipt, before.claim.fields, before.claim.text, first)
        if claimed != (new.receipt, frozenset(new.fields), new.text, set(new.evidence)):
            raise Refusal(problems.SHARE_KEY_TAKEN, "input.idempotencyKey")
        return self._desk.acted(before, call)
