"""The door for what the database and its drivers raise: own errors leave, the cause stays with them."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy import exc

from gateway.core.errors import StoreConflict, StoreUnavailable

_REPEATABLE = frozenset({"40001", "40P01"})
"""PostgreSQL: serialisation failure, deadlock."""


@contextmanager
def translated() -> Iterator[None]:
    """Inside, SQLAlchemy and drivers may raise; what leaves is ours.

    Raises:
        StoreUnavailable: the database cannot be reached, is busy for too long, or broke the connection.
        StoreConflict: a rule of the tables refused a row.
    """
    try:
        yield
    except exc.IntegrityError as error:
        raise StoreConflict("a rule of the tables refused a row") from error
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
        raise StoreUnavailable("the database cannot be reached or does not answer in time") from error
    except exc.DBAPIError as error:
        if not error.connection_invalidated and not _is_outage(error):
            raise
        raise StoreUnavailable("the connection to the database broke") from error
    except (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as error:
        raise StoreUnavailable("the database cannot be reached") from error


def is_repeatable(error: BaseException) -> bool:
    """Whether the transaction lost a race on PostgreSQL and may be tried again as a whole."""
    while error.__cause__ is not None:
        error = error.__cause__
    return getattr(error, "sqlstate", None) in _REPEATABLE


def _is_outage(error: exc.DBAPIError) -> bool:
    """Classes 08 (connection), 53 (resources), 57 (an operator or a timeout stopped it), 40 and 55P03 (locks)."""
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return state[:2] in {"08", "53", "57", "40"} or state == "55P03"
