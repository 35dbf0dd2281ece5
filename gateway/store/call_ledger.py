"""The CallLedger over the database: the same questions and the same answers on SQLite and PostgreSQL."""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Double, Row, and_, case, cast, false, func, select

from gateway.core.call_ledger import CallFilter, CallStatistics, RecordedCall, Spread
from gateway.core.call_record import BreakerState, CallKind, CallRecord, NotSent, Received
from gateway.core.outcome import Fault, Outcome, ServedFrom
from gateway.store.database import Database
from gateway.store.tables.calls import calls, place_at

_SUCCEEDED: Final = and_(calls.c.fault.is_(None), calls.c.not_sent.is_(None))
"""As CallRecord.succeeded says it."""

_MEASURES: Final = {
    "milliseconds": (calls.c.taken_ms, calls.c.not_sent.is_(None)),
    "request_bytes": (calls.c.request_bytes, calls.c.not_sent.is_(None)),
    "reply_bytes": (calls.c.reply_bytes, calls.c.reply_bytes.is_not(None)),
}
"""The column of each spread, and the calls that have a value in it."""

_Key = tuple[str, str]


class DatabaseCallLedger:
    """Answers from the rows of ``database``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def calls(self, which: CallFilter, most: int, before: str | None = None) -> Sequence[RecordedCall]:
        """The newest calls before the place, newest first."""
        asked = select(calls).where(_matches(which)).order_by(calls.c.place.desc()).limit(most)
        if before is not None:
            asked = asked.where(calls.c.place < before)
        async with self._database.reading() as connection:
            rows = (await connection.execute(asked)).all()
        return [RecordedCall(row.place, _record(row)) for row in rows]

    async def statistics(self, which: CallFilter) -> Sequence[CallStatistics]:
        """A line for each operation, by system and operation; all figures are of the same moment."""
        counted = (
            select(
                calls.c.system,
                calls.c.operation,
                calls.c.outcome,
                func.count().label("calls"),
                func.sum(case((_SUCCEEDED, 1), else_=0)).label("succeeded"),
                func.max(case((_SUCCEEDED, calls.c.answered_at))).label("last_success"),
                func.max(case((~_SUCCEEDED, calls.c.answered_at))).label("last_failure"),
            )
            .where(_matches(which))
            .group_by(calls.c.system, calls.c.operation, calls.c.outcome)
        )
        async with self._database.reading(snapshot=True) as connection:
            groups: defaultdict[_Key, list[Row[Any]]] = defaultdict(list)
            for row in await connection.execute(counted):
                groups[row.system, row.operation].append(row)
            spreads = {
                name: {
                    (row.system, row.operation): _spread(row) for row in await connection.execute(_spreads(name, which))
                }
                for name in _MEASURES
            }
        return [
            _line(key, groups[key], {name: found.get(key) for name, found in spreads.items()}) for key in sorted(groups)
        ]


def _matches(which: CallFilter) -> ColumnElement[bool]:
    matches = and_(calls.c.place >= place_at(which.since), calls.c.place < place_at(which.until))
    if which.systems is not None:
        matches = and_(matches, calls.c.system.in_(sorted(which.systems)) if which.systems else false())
    if which.application is not None:
        matches = and_(matches, calls.c.application == which.application)
    return matches


def _spreads(name: str, which: CallFilter) -> Any:  # noqa: ANN401 - a statement whose columns `_spread` knows
    """Percentiles are those of the nearest rank, which both databases can find with window functions."""
    column, has_value = _MEASURES[name]
    operation = (calls.c.system, calls.c.operation)
    ranked = (
        select(
            *operation,
            cast(column, Double).label("value"),
            func.row_number().over(partition_by=operation, order_by=column).label("rank"),
            func.count().over(partition_by=operation).label("count"),
        )
        .where(_matches(which), has_value)
        .subquery()
    )
    value, rank, count = ranked.c.value, ranked.c.rank, ranked.c.count
    return select(
        ranked.c.system,
        ranked.c.operation,
        func.min(value).label("least"),
        func.avg(value).label("average"),
        func.max(value).label("most"),
        func.avg(value * value).label("square"),
        # the rank of a percentile: count * share, rounded up, in whole numbers
        func.min(case((rank * 100 >= count * 50, value))).label("p50"),
        func.min(case((rank * 100 >= count * 95, value))).label("p95"),
    ).group_by(ranked.c.system, ranked.c.operation)


def _spread(row: Row[Any]) -> Spread:
    # rounding may bring the difference of two nearly equal numbers below zero
    variance = max(0.0, row.square - row.average**2)
    return Spread(
        least=row.least,
        average=row.average,
        most=row.most,
        deviation=math.sqrt(variance),
        p50=row.p50,
        p95=row.p95,
    )


def _line(key: _Key, groups: Sequence[Row[Any]], spreads: dict[str, Spread | None]) -> CallStatistics:
    system, operation = key
    return CallStatistics(
        system=system,
        operation=operation,
        calls=sum(group.calls for group in groups),
        succeeded=sum(group.succeeded for group in groups),
        outcomes={
            Outcome(group.outcome): group.calls for group in sorted(groups, key=lambda group: str(group.outcome))
        },
        last_success=max((group.last_success for group in groups if group.last_success), default=None),
        last_failure=max((group.last_failure for group in groups if group.last_failure), default=None),
        milliseconds=spreads["milliseconds"],
        request_bytes=spreads["request_bytes"],
        reply_bytes=spreads["reply_bytes"],
    )


def _record(row: Row[Any]) -> CallRecord:
    return CallRecord(
        request_id=row.request_id,
        application=row.application,
        system=row.system,
        version=row.version,
        operation=row.operation,
        kind=CallKind(row.kind),
        attempt=row.attempt,
        asked_at=row.asked_at,
        sent_at=row.sent_at,
        answered_at=row.answered_at,
        queued_ms=row.queued_ms,
        taken_ms=row.taken_ms,
        request_bytes=row.request_bytes,
        received=None if row.reply_sha256 is None else Received(row.reply_bytes, row.reply_sha256),
        status=row.status,
        outcome=Outcome(row.outcome),
        fault=Fault(row.fault) if row.fault else None,
        code=row.code,
        served_from=ServedFrom(row.served_from) if row.served_from else None,
        breaker=BreakerState(row.breaker),
        not_sent=NotSent(row.not_sent) if row.not_sent else None,
    )
