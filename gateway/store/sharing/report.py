"""What the yearly report of data sharing is counted from, in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import aliased

from gateway.core.sealing import Cipher
from gateway.core.sharing.reporting import PairCount
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.resources import Resource
from gateway.core.sharing.steps import ENDED, Action
from gateway.store.database import Database
from gateway.store.rows import Sealed
from gateway.store.tables.sharing import (
    share_disputes,
    share_grants,
    share_receipts,
    share_request_steps,
    share_requests,
    share_resource_versions,
)

_q, _s, _g = share_requests.c, share_request_steps.c, share_grants.c
_v, _r, _d = share_resource_versions.c, share_receipts.c, share_disputes.c
_ENDED: Final = sorted(state.value for state in ENDED)
_resource = msgspec.json.Decoder(Resource)


class SqlShareReport:
    """ReportRecords."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._sealed = Sealed(cipher, share_requests, ShareRequest)

    async def resources(self, at: datetime, after: str, most: int) -> Sequence[Resource]:
        """The resources as the catalogue had them at that moment, after this code, by code."""
        last = (
            select(_v.code, func.max(_v.version).label("version"))
            .where(_v.changed_at < at, _v.code > after)
            .group_by(_v.code)
            .order_by(_v.code)
            .limit(most)
            .subquery()
        )
        asked = select(_v.document).join(last, (last.c.code == _v.code) & (last.c.version == _v.version))
        return [_resource.decode(row.document) for row in await self._read(asked.order_by(_v.code))]

    async def requests(self, since: datetime, until: datetime, after: str, most: int) -> Sequence[ShareRequest]:
        """Those that were drafted before ``until`` and had not ended by ``since``, after this id, by id."""
        went_on = exists().where(_s.request == _q.id, _s.at >= since)
        chosen = (_q.drafted_at < until) & (_q.id > after) & (went_on | _q.state.not_in(_ENDED))
        asked = select(_q.id, _q.sealed).where(chosen).order_by(_q.id).limit(most)
        return [self._sealed.open(row.id.encode(), row.sealed) for row in await self._read(asked)]

    async def grants(self, at: datetime) -> Sequence[PairCount]:
        """The grants in force at that moment, without those of an exchange that are used through others only."""
        below = aliased(share_grants)
        is_above = exists().where(below.c.parent == _g.id, below.c.request == _g.request)
        was_issued = exists().where(_s.request == _g.request, _s.action == Action.DELIVER.value, _s.at < at)
        in_force = (_g.valid_from <= at) & (_g.valid_until > at) & (_g.revoked_at.is_(None) | (_g.revoked_at > at))
        asked = select(_g.provider, _g.requester, func.count().label("many")).where(in_force, was_issued, ~is_above)
        return await self._pairs(asked.group_by(_g.provider, _g.requester))

    async def records(self, since: datetime, until: datetime) -> Sequence[PairCount]:
        """The records given in that time, as receipts have them."""
        asked = (
            select(_g.provider, _g.requester, func.sum(_r.rows).label("many"))
            .join(share_grants, _g.id == _r.grant)
            .where(_r.at >= since, _r.at < until)
        )
        return await self._pairs(asked.group_by(_g.provider, _g.requester))

    async def disputes(self, since: datetime, until: datetime) -> Sequence[PairCount]:
        """The disputes reported in that time, between source and reporter."""
        provider, requester = _d.source.label("provider"), _d.reporter.label("requester")
        asked = select(provider, requester, func.count().label("many"))
        return await self._pairs(
            asked.where(_d.reported_at >= since, _d.reported_at < until).group_by(_d.source, _d.reporter)
        )

    async def _pairs(self, asked: Select[Any]) -> Sequence[PairCount]:
        return [PairCount(row.provider, row.requester, int(row.many)) for row in await self._read(asked)]

    async def _read(self, asked: Select[Any]) -> Sequence[Any]:
        return await self._database.glance(asked, {})
