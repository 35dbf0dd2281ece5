"""Fetch records under a grant: asked for, checked, masked, taken from the quota, recorded, with a receipt.

Nothing of an answer is kept, logged or given before it was masked, and nothing is given before the transaction that
takes it from the quota and records it has found every grant of the lineage as it was when the use was decided.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from gateway.core import problems
from gateway.core.audit.references import References
from gateway.core.audit.shared_kinds import RECORDS_SHARED
from gateway.core.call import Call
from gateway.core.clock import Clock, china_date
from gateway.core.errors import Refusal
from gateway.core.outcome import ANSWERED, Outcome, SourceReport
from gateway.core.records import Transaction
from gateway.core.sealing import Cipher
from gateway.core.sharing.answers import Checked, Cut, Hasher, Record, check_answer
from gateway.core.sharing.grants import Grant, access_of
from gateway.core.sharing.quota import left
from gateway.core.sharing.receipts import Receipt, instant
from gateway.core.sharing.resources import Resource
from gateway.core.sharing.source import ShareQuestion, SourceRecord
from gateway.core.sharing.spending import Basis, Drawn, Exhausted, Purse, Revoked, Superseded
from gateway.core.sharing.terms import Access
from gateway.core.sharing.values import ValueUnreadable, read_value
from gateway.core.text import Text
from gateway.core.use import Use
from gateway.services.auditing import Auditing, Note
from gateway.services.sharing.decide_use import Decided, DecideUse, SharedRequest
from gateway.services.sharing.receipt_press import NOWHERE, Given, ReceiptPress
from gateway.services.sharing.share_asking import ShareAsker, Told, heard, replies
from gateway.services.sharing.share_cursors import ShareCursors
from gateway.services.sharing.share_memory import ShareMemory


class SharedRecords(msgspec.Struct, frozen=True, kw_only=True):
    """What may leave: records of the fields that are opened, how each is given, why others are not, the receipt."""

    records: Sequence[Record]
    access: Mapping[str, Access]
    withheld: Mapping[str, Text]
    cursor: str | None
    sources: Sequence[SourceReport]
    receipt: Mapping[str, Any] | None

    def __repr__(self) -> str:
        """Count only: records are persons' data."""
        return f"SharedRecords({len(self.records)} records)"


class SharedPage(msgspec.Struct, frozen=True, kw_only=True):
    """What is being given, for whoever keeps it in the transaction that takes it from the quota.

    Attributes:
        use: under which it is given, as it was proven.
        resource: in the version by which it was decided.
        access: what is given of each field.
        cursor: leads to what follows; None at the end.
        truncated: the system has more than can be asked for.
        skipped: how many records of the same reply pages before gave.
        given: of which the receipt is made once the transaction is committed.
    """

    use: Use
    resource: Resource
    access: Mapping[str, Access]
    records: Sequence[Record]
    withheld: Mapping[str, Text]
    cursor: str | None
    truncated: bool
    given: Given
    skipped: int = 0

    def __repr__(self) -> str:
        """Count only: records are persons' data."""
        return f"SharedPage({len(self.records)} records)"


Keep = Callable[[Transaction, SharedPage], Awaitable[None]]
"""Keeps a page in the transaction of its quota and its audit; what it raises undoes all of it. It may run again."""

OnDenied = Callable[[Sequence[Grant]], Awaitable[object]]
"""Is told of a lineage under which a system answered that it denies the use."""


class FetchShared:
    """Fetches records under grants.

    Args:
        decide: decides on each use.
        memory: reads grants; it is told of those that have changed.
        purse: spends quotas.
        asker: asks the systems.
        cursors: seals where a question goes on.
        press: makes receipts; None makes none.
        references: name uses without saying which they are.
        cipher: hashes values of which only that is given.
        clock: gives the present.
        audit: has every attempt written down.
        denied: has the exchange asked whether its grant still holds, if the use was under one.
    """

    def __init__(  # noqa: PLR0913 - the one place that knows them all
        self,
        *,
        decide: DecideUse,
        memory: ShareMemory,
        purse: Purse,
        asker: ShareAsker,
        cursors: ShareCursors,
        press: ReceiptPress | None,
        references: References,
        cipher: Cipher,
        clock: Clock,
        audit: Auditing,
        denied: OnDenied | None = None,
    ) -> None:
        self._decide = decide
        self._memory = memory
        self._purse = purse
        self._asker = asker
        self._cursors = cursors
        self._press = press
        self._references = references
        self._cipher = cipher
        self._clock = clock
        self._audit = audit
        self._denied = denied
        self._spent: dict[str, tuple[int, date]] = {}

    async def __call__(self, request: SharedRequest, call: Call, keep: Keep | None = None) -> SharedRecords:
        """The records that the grant opens to this use, at most ``request.first``.

        Args:
            request: the question.
            call: who asks.
            keep: keeps what is given, or refuses it, in the transaction in which it is taken from the quota.

        Raises:
            Refusal: as DecideUse; LIMIT if the quota is used up, CONFLICT if nothing answers for the resource; what
                ``keep`` raises.
            StoreUnavailable: it could not be recorded, so that nothing is given.
        """
        async with self._audit.noting(RECORDS_SHARED, call) as note:
            decided = await self._decide(request, call, note)
            if any(self._is_spent(grant) for grant in decided.lineage):
                raise Refusal(problems.QUOTA_EXHAUSTED, "grant")
            told = await self._told(decided, request.first, call)
            checked, dirty = self._checked(decided, told)
            self._tell(note, decided, told, checked)
            page = self._page(decided, told, checked, call) if told.answer.outcome in ANSWERED else None
            event = "" if page is None else await self._spend(decided, page, note, keep)
            if told.answer.outcome is Outcome.DENIED:
                await self._refuse_spent(decided)
        receipt = None
        if page is not None and self._press is not None:
            receipt = await self._press.give(msgspec.structs.replace(page.given, event=event))
        return SharedRecords(
            records=checked.rows,
            access=decided.permit.access,
            withheld=decided.permit.withheld,
            cursor=None if page is None else page.cursor,
            sources=[self._asker.report(told, checked, call, dirty=dirty)],
            receipt=receipt,
        )

    async def _told(self, decided: Decided, first: int, call: Call) -> Told:
        resource, permit = decided.resource, decided.permit
        service, upstream = resource.service, access_of(decided.lineage)
        if service is None:
            raise Refusal(problems.SHARED_NOT_SERVED, "grant")
        question = ShareQuestion(
            operation=service.operation,
            resource=resource.code,
            number=None if resource.upstream is None else resource.upstream.number,
            parameters=permit.parameters,
            fields=permit.decoded,
            limit=first,
            cursor=decided.place,
            access=None if upstream is None else upstream.access,
        )
        told = await self._asker.ask(service.system, question, call.under(decided.use))
        if told.answer.outcome is Outcome.DENIED and upstream is not None and self._denied is not None:
            await self._denied(decided.lineage)
        return told

    def _checked(self, decided: Decided, told: Told) -> tuple[Checked, bool]:
        """What may leave, masked; and whether values were none of their field's type."""
        items = {item.name: item for item in decided.resource.items}
        dirty = False
        rows: list[SourceRecord] = []
        for record in told.answer.records:
            row: dict[str, object] = {}
            for name, value in record.items():
                row[name] = value
                if name in decided.permit.decoded and isinstance(value, str):
                    try:
                        row[name] = read_value(items[name], value)
                    except ValueUnreadable:
                        row[name], dirty = None, True
            rows.append(row)
        return check_answer(decided.permit, decided.resource, rows, self._hasher(decided.lineage[0])), dirty

    async def _spend(self, decided: Decided, page: SharedPage, note: Note, keep: Keep | None) -> str:
        """Take it from the quotas, with the audit's event, and with who keeps it, in one transaction; the event."""
        noted = note.within()

        async def also(transaction: Transaction) -> None:
            await noted(transaction)
            if keep is not None:
                given = msgspec.structs.replace(page.given, event=_event(note))
                await keep(transaction, msgspec.structs.replace(page, given=given))

        basis = Basis(decided.resource.code, decided.resource.version)
        spent = await self._purse.spend(Drawn.of(decided.lineage), len(page.records), also, basis)
        if isinstance(spent, Superseded):
            self._memory.forget_resource(decided.resource.code)
            raise Refusal(problems.SHARED_RESOURCE_CHANGED, "grant")
        if isinstance(spent, Revoked):
            self._memory.forget(decided.lineage[0].id)
            raise Refusal(problems.SHARED_GRANT_CHANGED, "grant")
        if isinstance(spent, Exhausted):
            await self._remember(decided, spent.grant)
            raise Refusal(problems.QUOTA_EXHAUSTED, "grant")
        return _event(note)

    async def _refuse_spent(self, decided: Decided) -> None:
        """Say that the quota is used up, where it is: who gives the data may count too, and deny what is too much."""
        for grant in decided.lineage:
            await self._remember(decided, grant.id)
        if any(self._is_spent(grant) for grant in decided.lineage):
            raise Refusal(problems.QUOTA_EXHAUSTED, "grant")

    async def _remember(self, decided: Decided, grant_id: str) -> None:
        """That nothing is left today of a grant, so that its provider is not asked for what nobody may have."""
        grant = next(one for one in decided.lineage if one.id == grant_id)
        now = self._clock.now()
        if left(grant.terms.quota, await self._purse.usage(grant_id), now) == 0:
            today = china_date(now)
            self._spent = {key: known for key, known in self._spent.items() if known[1] == today}
            self._spent[grant_id] = (grant.version, today)

    def _is_spent(self, grant: Grant) -> bool:
        return self._spent.get(grant.id) == (grant.version, china_date(self._clock.now()))

    def _tell(self, note: Note, decided: Decided, told: Told, checked: Checked) -> None:
        note.heard([heard(told, len(checked.rows))])
        shown = decided.permit.access if checked.rows else ()
        note.gives(shown, decided.permit.withheld, len(checked.rows))
        for cut, name in ((Cut.FOREIGN, "foreign"), (Cut.UNPROVEN, "unproven"), (Cut.OUTSIDE, "outside")):
            if count := checked.cut.get(cut):
                note.says(**{name: count})
        if checked.dropped:
            note.says(dropped=len(checked.dropped))

    def _page(self, decided: Decided, told: Told, checked: Checked, call: Call) -> SharedPage:
        assert decided.person.body is not None, "a grant opens to persons of bodies only"
        now = self._clock.now()
        receipt = Receipt(
            id=secrets.token_hex(16),
            request_id=call.request_id,
            grants=tuple(grant.id for grant in decided.lineage),
            use=self._references.of_use(decided.use.id),
            item=decided.use.item,
            resource=decided.resource.code,
            resource_version=decided.resource.version,
            at=instant(now),
            rows=len(checked.rows),
            fields=decided.permit.access,
            replies=tuple(replies(told)),
            place=NOWHERE,
            withheld={cut.value: count for cut, count in checked.cut.items()},
            subject=decided.subject,
        )
        application = call.caller.application.code
        return SharedPage(
            use=decided.use,
            resource=decided.resource,
            access=decided.permit.access,
            records=checked.rows,
            withheld=decided.permit.withheld,
            cursor=self._cursors.seal(told.answer.cursor, decided.bound),
            truncated=told.answer.truncated,
            skipped=told.answer.skipped,
            given=Given(receipt=receipt, body=decided.person.body, application=application, event="", at=now),
        )

    def _hasher(self, grant: Grant) -> Hasher:
        def hashed(field: str, text: str) -> str:
            return self._cipher.blind("shared hash", grant.id, field, text).hex()

        return hashed


def _event(note: Note) -> str:
    """The event that was left in the transaction."""
    assert note.held is not None, "the note stands in the transaction"
    return note.held.id
