"""Pre-application numbers in the database."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, Row, func, or_, select, update

from gateway.core.application import PreApplication
from gateway.core.records import Also
from gateway.core.sealing import Cipher
from gateway.store.database import Database
from gateway.store.rows import Sealed, add_within, sweep
from gateway.store.tables.records import pre_applications

KEPT_BOUND = timedelta(days=366)
"""How long a number is kept after it was bound; unbound ones stay for supervision."""
_c = pre_applications.c


class _Personal(msgspec.Struct, frozen=True, array_like=True):
    """What of a number is sealed: who opened it."""

    application: str
    subject: str


class SqlPreApplications:
    """A PreApplicationStore."""

    def __init__(self, db: Database, cipher: Cipher) -> None:
        self._db = db
        self._cipher = cipher
        self._sealed = Sealed(cipher, pre_applications, _Personal)

    async def add(self, application: PreApplication, most: int, also: Also | None = None) -> bool:
        """Keep a new number; False, and nothing kept, if its opener already has ``most`` that are not bound."""
        owners = self._cipher.blinds("pre-application", application.application, application.subject)
        personal = _Personal(application.application, application.subject)
        row = {
            "number": application.number,
            "owner": owners[0],
            "item": application.item,
            "body": application.body,
            "opened_at": application.opened_at,
            "due_at": application.due_at,
            "case_number": application.case,
            "bound_at": application.bound_at,
            "uses": application.uses,
            "sealed": self._sealed.seal(application.number.encode(), personal),
        }
        counted = _c.owner.in_(owners) & _c.case_number.is_(None)
        return await add_within(self._db, pre_applications, row, counted, most, also)

    async def find(self, number: str) -> PreApplication | None:
        """The number, if there is one."""
        async with self._db.reading() as connection:
            row = (await connection.execute(select(pre_applications).where(_c.number == number))).one_or_none()
        return None if row is None else self._opened(row)

    async def bind(self, number: str, case: str, at: datetime, also: Also | None = None) -> PreApplication | None:
        """The number, bound to the case now or before; None if there is none, or it is bound to another case."""
        free = (_c.number == number) & _c.case_number.is_(None)
        mine = (_c.number == number) & (_c.case_number == case)
        async with self._db.writing() as connection:
            change = update(pre_applications).where(free).values(case_number=case, bound_at=at)
            if (await connection.execute(change)).rowcount and also is not None:
                await also(connection)
            row = (await connection.execute(select(pre_applications).where(mine))).one_or_none()
        return None if row is None else self._opened(row)

    async def count_use(self, number: str, at: datetime, also: Also | None = None) -> bool:
        """Count one more use; False, and nothing counted, if the number is bound or overdue by now."""
        open_still = (_c.number == number) & _c.case_number.is_(None) & (_c.due_at > at)
        async with self._db.writing() as connection:
            change = update(pre_applications).where(open_still).values(uses=_c.uses + 1)
            counted = bool((await connection.execute(change)).rowcount)
            if counted and also is not None:
                await also(connection)
        return counted

    async def overdue(self, at: datetime, after: tuple[datetime, str] | None, most: int) -> Sequence[PreApplication]:
        """The first ``most`` after this end and number that were not bound in time, oldest first."""
        late = _is_late(at)
        if after is not None:
            moment, number = after
            late &= or_(_c.due_at > moment, (_c.due_at == moment) & (_c.number > number))
        asked = select(pre_applications).where(late).order_by(_c.due_at, _c.number).limit(most)
        async with self._db.reading() as connection:
            return [self._opened(row) for row in await connection.execute(asked)]

    async def count_overdue(self, at: datetime) -> int:
        """How many were not bound in time."""
        async with self._db.reading() as connection:
            asked = select(func.count()).select_from(pre_applications).where(_is_late(at))
            return int((await connection.execute(asked)).scalar_one())

    async def sweep(self, at: datetime, most: int) -> int:
        """Remove what was bound long before that moment, ``most`` rows at the most; how many."""
        return await sweep(self._db, pre_applications, _c.bound_at <= at - KEPT_BOUND, most)

    def _opened(self, row: Row[tuple[object, ...]]) -> PreApplication:
        personal = self._sealed.open(row.number.encode(), row.sealed)
        return PreApplication(
            number=row.number,
            item=row.item,
            application=personal.application,
            subject=personal.subject,
            body=row.body,
            opened_at=row.opened_at,
            due_at=row.due_at,
            case=row.case_number,
            bound_at=row.bound_at,
            uses=row.uses,
        )


def _is_late(at: datetime) -> ColumnElement[bool]:
    return _c.case_number.is_(None) & (_c.due_at <= at)
