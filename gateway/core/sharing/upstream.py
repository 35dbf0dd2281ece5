"""What an exchange is asked for a request or a dispute, and what its answer gives here: never more than was asked."""

from datetime import datetime, timedelta
from typing import Final

from gateway.core.clock import utc
from gateway.core.sharing.corrections import Dispute
from gateway.core.sharing.exchange import ExchangeOrder, ExchangeStatus
from gateway.core.sharing.exchange_corrections import (
    CorrectionOrder,
    CorrectionStanding,
    CorrectionStatus,
    EvidenceDigest,
)
from gateway.core.sharing.forwarding import Forwarding
from gateway.core.sharing.grants import Grant, UpstreamAccess
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.scope import Scope
from gateway.core.sharing.steps import LONGEST_TEXT
from gateway.core.sharing.terms import Access, Quota, Terms

LONGEST_NUMBER: Final = 100
LONGEST_ACCESS: Final = 4_000
"""Characters of a number, and of what each use has to name; longer ones are no answer."""


_SECOND: Final = timedelta(seconds=1)


def order_of(request: ShareRequest, forwarding: Forwarding) -> ExchangeOrder:
    """The request as the exchange is sent it: the same for the same key, for its terms do not change any more."""
    wanted = request.wanted
    return ExchangeOrder(
        key=forwarding.key,
        resource=forwarding.resource,
        requester=request.requester,
        fields=tuple(sorted(wanted.opened)),
        items=tuple(sorted(wanted.items)),
        purpose=request.purpose.text,
        basis=request.purpose.basis,
        valid_from=wanted.valid_from,
        valid_until=wanted.valid_until,
        per_day=wanted.quota.per_day,
        in_all=wanted.quota.in_all,
    )


def correction_of(dispute: Dispute) -> CorrectionOrder:
    """The dispute as the exchange is sent it: the same for the same key, for its claim does not change any more."""
    forwarding, origin, own = dispute.forwarding, dispute.origin, dispute.delivery
    assert forwarding is not None, "only what is forwarded is sent"
    assert origin is not None, "kept for as long as it may be sent"
    return CorrectionOrder(
        key=forwarding.key,
        resource=forwarding.resource,
        request=origin.request,
        requester=origin.requester,
        record=origin.record,
        fields=tuple(sorted(dispute.claim.fields)),
        text=dispute.claim.text,
        evidence=tuple(EvidenceDigest(one.bytes, one.sha256) for one in dispute.claim.evidence),
        received_at=own.at,
    )


def corrected_there(dispute: Dispute, status: CorrectionStatus) -> frozenset[str]:
    """The disputed fields that an exchange has corrected; what it corrected besides is not disputed."""
    if status.standing is not CorrectionStanding.CORRECTED:
        return frozenset()
    return dispute.claim.fields if status.corrected is None else dispute.claim.fields & status.corrected


def is_number(text: str | None) -> bool:
    """Whether an exchange may call a request so."""
    return text is not None and 1 <= len(text) <= LONGEST_NUMBER and text.isprintable()


def is_sound(status: ExchangeStatus) -> bool:
    """Whether what an exchange says can be: one that gives what cannot be kept has not answered."""
    numbers = (status.per_day, status.in_all)
    return len(status.access or "") <= LONGEST_ACCESS and all(one is None or one >= 0 for one in numbers)


def given(wanted: Terms, status: ExchangeStatus) -> Terms:
    """What an exchange opens of what was asked for; what it does not say is as it was asked for.

    Fields are given whole, and masked here by the grants below. It knows of no persons and no rows.
    """
    fields = wanted.opened if status.fields is None else wanted.opened & status.fields
    quota = wanted.quota
    return Terms(
        fields=dict.fromkeys(sorted(fields), Access.SHOW),
        items=wanted.items,
        applications=wanted.applications,
        bodies=wanted.bodies,
        scope=Scope(),
        quota=Quota(
            quota.per_day if status.per_day is None else status.per_day,
            quota.in_all if status.in_all is None else status.in_all,
        ),
        valid_from=wanted.valid_from,
        valid_until=_until(wanted, status),
    )


def _until(wanted: Terms, status: ExchangeStatus) -> datetime:
    """Until when; an exchange that keeps whole seconds has not given less."""
    if status.valid_until is None:
        return wanted.valid_until
    until = utc(status.valid_until)
    return wanted.valid_until if abs(until - wanted.valid_until) < _SECOND else until


def upstream_grant(
    request: ShareRequest, forwarding: Forwarding, status: ExchangeStatus, grant_id: str, at: datetime
) -> Grant:
    """The grant of the exchange that has approved a request, as of the instant at which it was heard of."""
    assert forwarding.number is not None, "an exchange decides on what it has numbered"
    return Grant(
        id=grant_id,
        request=request.id,
        resource=request.resource,
        provider=request.provider,
        requester=request.requester,
        authority=request.authority,
        terms=given(request.wanted, status),
        issued_at=at,
        upstream=UpstreamAccess(system=forwarding.system, number=forwarding.number, access=status.access),
    )


def words(text: str | None) -> str | None:
    """What an exchange said of its decision, for the record; None if it said nothing."""
    said = "".join(letter if letter.isprintable() else " " for letter in text or "").strip()
    return said[:LONGEST_TEXT] or None


def as_told(grant: Grant, status: ExchangeStatus) -> Grant:
    """The exchange's grant as it says that it is by now."""
    return grant.told(given(grant.terms, status), status.access)
