"""Fetch records under a grant: decided, asked for, checked, masked, taken from the quota, recorded, with a receipt.

Nothing of an answer is kept, logged or given before it was masked, and nothing is given before the transaction that
takes it from the quota and records it has found every grant of the lineage as it was when the use was decided.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec

from gateway.core import problems
from gateway.core.audit.references import References
from gateway.core.audit.shared_kinds import RECORDS_SHARED
from gateway.core.call import Call
from gateway.core.caller import Person
from gateway.core.clock import Clock, china_date
from gateway.core.errors import Refusal
from gateway.core.licence import Holder
from gateway.core.outcome import ANSWERED, SourceReport
from gateway.core.policy.provider import PolicyProvider
from gateway.core.sealing import Cipher
from gateway.core.sharing.answers import Checked, Cut, Hasher, Record, check_answer
from gateway.core.sharing.decisions import Asked, Denial, Permit, decide
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.quota import left
from gateway.core.sharing.receipts import Receipt, instant
from gateway.core.sharing.resources import MOST_ITEMS, Masking, Resource
from gateway.core.sharing.source import ShareQuestion, SourceRecord
from gateway.core.sharing.spending import Drawn, Exhausted, Purse, Revoked
from gateway.core.sharing.values import MOST_PARAMETERS, ValueUnreadable, read_value, write_parameter
from gateway.core.text import Text
from gateway.core.use import Use
from gateway.services.auditing import Auditing, Note
from gateway.services.holders import same_holder
from gateway.services.live_use import LiveUse
from gateway.services.permitting import Permits
from gateway.services.sharing.receipt_press import NOWHERE, Given, ReceiptPress
from gateway.services.sharing.share_asking import ShareAsker, Told, heard, replies
from gateway.services.sharing.share_cursors import ShareCursors, binding
from gateway.services.sharing.share_memory import ShareMemory
from gateway.services.sharing.sight import sees_grant

MOST_RECORDS: Final = 500
"""Records of one answer; more are asked for with a cursor, or as a file."""

_DOCUMENTS: Final = {Masking.CITIZEN_ID: "111", Masking.CREDIT_CODE: "001"}
"""Kinds of keys that are numbers of identity documents, and the type of the document."""


class SharedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's question, unchecked; ``fields`` None for all that the resource has."""

    use: str
    grant: str
    parameters: object
    fields: tuple[str, ...] | None = None
    first: int = 20
    after: str | None = None

    def __repr__(self) -> str:
        """Nothing: parameters name persons."""
        return "SharedRequest(...)"


class SharedRecords(msgspec.Struct, frozen=True, kw_only=True):
    """What may leave: records of the fields that are opened, why others are not, the receipt."""

    records: Sequence[Record]
    withheld: Mapping[str, Text]
    cursor: str | None
    sources: Sequence[SourceReport]
    receipt: Mapping[str, Any] | None

    def __repr__(self) -> str:
        """Count only: records are persons' data."""
        return f"SharedRecords({len(self.records)} records)"


class _Decided(msgspec.Struct, frozen=True):
    """A use that is allowed, and everything that it was decided by."""

    use: Use
    person: Person
    lineage: Sequence[Grant]
    resource: Resource
    permit: Permit
    subject: str | None
    bound: bytes
    place: str | None


class FetchShared:
    """Fetches records under grants.

    Args:
        memory: reads grants and resources.
        purse: spends quotas.
        uses: finds the use under which it is asked.
        permits: holds callers to a pace.
        book: knows which body stands for which.
        asker: asks the systems.
        cursors: seals where a question goes on.
        press: makes receipts; None makes none.
        references: name persons and uses without saying who they are.
        cipher: hashes values of which only that is given.
        clock: gives the present.
        audit: has every attempt written down.
    """

    def __init__(  # noqa: PLR0913 - the one place that knows them all
        self,
        *,
        memory: ShareMemory,
        purse: Purse,
        uses: LiveUse,
        permits: Permits,
        book: PolicyProvider,
        asker: ShareAsker,
        cursors: ShareCursors,
        press: ReceiptPress | None,
        references: References,
        cipher: Cipher,
        clock: Clock,
        audit: Auditing,
    ) -> None:
        self._memory = memory
        self._purse = purse
        self._uses = uses
        self._permits = permits
        self._book = book
        self._asker = asker
        self._cursors = cursors
        self._press = press
        self._references = references
        self._cipher = cipher
        self._clock = clock
        self._audit = audit
        self._spent: dict[str, tuple[int, date]] = {}

    async def __call__(self, request: SharedRequest, call: Call) -> SharedRecords:
        """The records that the grant opens to this use, at most ``request.first``.

        Raises:
            Refusal: FORBIDDEN without a use or a grant that allows it, NOT_FOUND for a grant that is not the caller's
                to know of, BAD_INPUT for a wrong argument, LIMIT if the quota is used up, CONFLICT if nothing answers
                for the resource.
            StoreUnavailable: it could not be recorded, so that nothing is given.
        """
        async with self._audit.noting(RECORDS_SHARED, call) as note:
            decided = await self._decided(request, call, note)
            told = await self._told(decided, request.first, call)
            checked, dirty = self._checked(decided, told)
            self._tell(note, decided, told, checked)
            given = told.answer.outcome in ANSWERED
            if given:
                await self._spend(decided, len(checked.rows), note)
        receipt = None
        if given and self._press is not None and note.held is not None:
            receipt = await self._receipt(self._press, decided, told, checked, call, note.held.id)
        return SharedRecords(
            records=checked.rows,
            withheld=decided.permit.withheld,
            cursor=self._cursors.seal(told.answer.cursor, decided.bound) if given else None,
            sources=[self._asker.report(told, checked, call, dirty=dirty)],
            receipt=receipt,
        )

    async def _decided(self, request: SharedRequest, call: Call, note: Note) -> _Decided:
        if not 1 <= request.first <= MOST_RECORDS:
            raise Refusal(problems.LIMIT_OUT_OF_RANGE, "first", low=1, high=MOST_RECORDS)
        use = await self._uses(request.use, call)
        note.under(use)
        person = call.caller.person
        assert person is not None, "a use is found for a person only"
        lineage = await self._memory.lineage(request.grant)
        now = self._clock.now()
        bodies = self._book.book().bodies
        is_seen = bool(lineage) and sees_grant(lineage[0], person, bodies, china_date(now))
        resource = await self._memory.resource(lineage[0].resource) if lineage else None
        if resource is None:
            raise Refusal(problems.GRANT_UNKNOWN, "grant")
        fields = _fields(request.fields, resource)
        try:
            parameters = _parameters(request.parameters, resource)
        except Refusal:
            if not is_seen:
                raise Refusal(problems.GRANT_UNKNOWN, "grant") from None
            raise
        asked = Asked(caller=call.caller, item=use.item, fields=fields, parameters=parameters, at=now)
        permit = decide(lineage, asked, resource, bodies)
        if isinstance(permit, Denial):
            if not is_seen:
                raise Refusal(problems.GRANT_UNKNOWN, "grant")
            field = None if permit.field is None else f"parameters.{permit.field}"
            raise Refusal(problems.GRANT_DENIED, field or "grant", reason=permit.reason)
        note.about("grant", lineage[0].id)
        note.says(resource=resource.code, version=resource.version)
        holder = _holder(permit, resource)
        subject = self._subject(permit, resource, holder)
        if holder is not None:
            note.concerns(holder)
            self._permits.pace(use, holder.number or "", call)
        if use.reaches is not None and (holder is None or not same_holder(holder, use.reaches)):
            raise Refusal(problems.SHARED_OTHER_HOLDER, "parameters")
        bound = binding(call, use.id, lineage[0].id, parameters, fields)
        place = self._cursors.open(request.after, bound)
        if any(self._is_spent(grant) for grant in lineage):
            raise Refusal(problems.QUOTA_EXHAUSTED, "grant")
        return _Decided(use, person, lineage, resource, permit, subject, bound, place)

    async def _told(self, decided: _Decided, first: int, call: Call) -> Told:
        resource, permit = decided.resource, decided.permit
        service = resource.service
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
        )
        return await self._asker.ask(service.system, question, call.under(decided.use))

    def _checked(self, decided: _Decided, told: Told) -> tuple[Checked, bool]:
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

    async def _spend(self, decided: _Decided, count: int, note: Note) -> None:
        """Take it from the quotas, with the audit's event in the same transaction."""
        also = note.within()
        spent = await self._purse.spend(Drawn.of(decided.lineage), count, also)
        if isinstance(spent, Revoked):
            self._memory.forget(decided.lineage[0].id)
            raise Refusal(problems.SHARED_GRANT_CHANGED, "grant")
        if isinstance(spent, Exhausted):
            await self._remember(decided, spent.grant)
            raise Refusal(problems.QUOTA_EXHAUSTED, "grant")

    async def _remember(self, decided: _Decided, grant_id: str) -> None:
        """That nothing is left today of a grant, so that its provider is not asked for what nobody may have."""
        grant = next(one for one in decided.lineage if one.id == grant_id)
        now = self._clock.now()
        if left(grant.terms.quota, await self._purse.usage(grant_id), now) == 0:
            today = china_date(now)
            self._spent = {key: known for key, known in self._spent.items() if known[1] == today}
            self._spent[grant_id] = (grant.version, today)

    def _is_spent(self, grant: Grant) -> bool:
        return self._spent.get(grant.id) == (grant.version, china_date(self._clock.now()))

    def _tell(self, note: Note, decided: _Decided, told: Told, checked: Checked) -> None:
        note.heard([heard(told, len(checked.rows))])
        shown = decided.permit.access if checked.rows else ()
        note.gives(shown, decided.permit.withheld, len(checked.rows))
        for cut, name in ((Cut.FOREIGN, "foreign"), (Cut.UNPROVEN, "unproven"), (Cut.OUTSIDE, "outside")):
            if count := checked.cut.get(cut):
                note.says(**{name: count})
        if checked.dropped:
            note.says(dropped=len(checked.dropped))

    async def _receipt(
        self, press: ReceiptPress, decided: _Decided, told: Told, checked: Checked, call: Call, event: str
    ) -> Mapping[str, Any]:
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
        given = Given(receipt=receipt, body=decided.person.body, application=application, event=event, at=now)
        return await press.give(given)

    def _subject(self, permit: Permit, resource: Resource, holder: Holder | None) -> str | None:
        """The reference of whom the records are about, None if the resource has no keys."""
        if holder is not None:
            return self._references.of_holder(holder)
        if not resource.keys:
            return None
        keys = "\n".join(f"{name}={permit.keys[name].strip().upper()}" for name in resource.keys)
        return self._references.of_record("shared subject", f"{resource.code}\n{keys}")

    def _hasher(self, grant: Grant) -> Hasher:
        def hashed(field: str, text: str) -> str:
            return self._cipher.blind("shared hash", grant.id, field, text).hex()

        return hashed


def _fields(wanted: tuple[str, ...] | None, resource: Resource) -> frozenset[str]:
    if wanted is None:
        return resource.fields
    if not 1 <= len(wanted) <= MOST_ITEMS:
        raise Refusal(problems.SHARED_FIELDS_INVALID, "fields", limit=MOST_ITEMS)
    return frozenset(wanted)


def _parameters(given: object, resource: Resource) -> dict[str, str]:
    """The parameters as they are sent.

    Raises:
        Refusal: BAD_INPUT; nothing of them is quoted.
    """
    if not isinstance(given, dict) or len(given) > MOST_PARAMETERS:
        raise Refusal(problems.SHARED_PARAMETERS_INVALID, "parameters", limit=MOST_PARAMETERS)
    found: dict[str, str] = {}
    for name, value in given.items():
        item = resource.item(str(name))
        try:
            found[str(name)] = write_parameter(item, value)
        except ValueUnreadable as error:
            field = f"parameters.{name}" if item is not None else "parameters"
            raise Refusal(problems.SHARED_PARAMETERS_INVALID, field, limit=MOST_PARAMETERS) from error
    return found


def _holder(permit: Permit, resource: Resource) -> Holder | None:
    """Whom a key names, if one of them is the number of an identity document."""
    for key in resource.keys:
        item = resource.item(key)
        if item is not None and item.masking in _DOCUMENTS:
            return Holder(_DOCUMENTS[item.masking], permit.keys[key].strip())
    return None
