"""PostgreSQL: connections in bounds, of size and of time, straight or through a pooler."""

import ssl
from typing import Any
from uuid import uuid4

import asyncpg
from sqlalchemy import URL, AsyncAdaptedQueuePool, event, exc
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gateway.core.clock import Clock
from gateway.core.errors import ConfigurationInvalid
from gateway.store.address import Address

CONNECT_SECONDS = 5
STATEMENT_SECONDS = 15
LOCK_SECONDS = 5
IDLE_SECONDS = 60
TRANSACTION_SECONDS = 50
"""Shorter than a lease: who is frozen in the middle of a transaction holds what is locked in it no longer than that.

Servers before 17 have no such limit, and the others on time do not end what waits for its client's next word.
"""

POOL_WAIT_SECONDS = 5
_LIMITS_TRANSACTIONS = 17
TRIED_SECONDS = 5.0
"""A connection that has rested for so long is tried before it is lent; trying takes three trips."""


def engine(
    address: Address,
    *,
    size: int,
    pooled: bool,
    statement_seconds: int | None = STATEMENT_SECONDS,
    serves: bool = False,
    clock: Clock | None = None,
) -> AsyncEngine:
    """At most ``size`` connections; one that is known or suspected to be broken is replaced before it is lent.

    Args:
        address: where.
        size: most connections.
        pooled: a pooler stands between, which may give each transaction another server connection: no prepared
            statement outlives a transaction, and the limits on time are kept on our side only.
        statement_seconds: how long one statement may take; None for work that takes as long as it takes.
        serves: others wait for what its transactions hold, so that these have an end.
        clock: says how long connections have rested; None where they never do.
    """
    arguments = connect_arguments(address, pooled=pooled)
    arguments["command_timeout"] = statement_seconds and statement_seconds + 1
    if pooled:
        arguments |= {
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": lambda: f"yiwang_{uuid4().hex}",
        }
    made = create_async_engine(
        URL.create("postgresql+asyncpg", database=address.name),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args=arguments,
    )
    if serves and not pooled:
        _limit_transactions(made)
    if clock is not None:
        _try_the_rested(made, clock)
    return made


async def listener(address: Address) -> "asyncpg.Connection[Any]":
    """A connection of its own that hears what is announced."""
    return await asyncpg.connect(**connect_arguments(address, pooled=False))


def _limit_transactions(made: AsyncEngine) -> None:
    limit = f"SET transaction_timeout = {TRANSACTION_SECONDS * 1000:.0f}"

    async def begin(driver: "asyncpg.Connection[Any]") -> None:
        if driver.get_server_version().major >= _LIMITS_TRANSACTIONS:
            await driver.execute(limit)

    @event.listens_for(made.sync_engine, "connect")
    def connect(connection: Any, _: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapter of the driver
        connection.run_async(begin)


def _try_the_rested(made: AsyncEngine, clock: Clock) -> None:
    """What the pool's own ``pool_pre_ping`` does on every loan, only where it can tell something new."""

    @event.listens_for(made.sync_engine, "checkin")
    def rest(_: object, record: Any) -> None:  # noqa: ANN401 - the pool's entry of a connection
        record.info["rests_since"] = clock.monotonic()

    @event.listens_for(made.sync_engine, "checkout")
    def lend(connection: Any, record: Any, _: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapter of the driver
        since = record.info.get("rests_since")
        if since is None:
            return  # it was opened just now
        if connection.driver_connection.is_closed():
            raise exc.InvalidatePoolError("the server has closed it")
        if clock.monotonic() - since >= TRIED_SECONDS:
            try:
                connection.ping()
            except Exception as error:
                raise exc.InvalidatePoolError("it does not answer") from error


def connect_arguments(address: Address, *, pooled: bool) -> dict[str, Any]:
    """What the driver is told."""
    limits = {
        "statement_timeout": str(STATEMENT_SECONDS * 1000),
        "lock_timeout": str(LOCK_SECONDS * 1000),
        "idle_in_transaction_session_timeout": str(IDLE_SECONDS * 1000),
        "timezone": "UTC",
    }
    return {
        "host": address.host,
        "port": address.port,
        "user": address.user,
        "password": address.password,
        "database": address.name,
        "ssl": _tls(address),
        "timeout": CONNECT_SECONDS,
        "command_timeout": STATEMENT_SECONDS + 1,
        "server_settings": {"application_name": "yiwang"} | ({} if pooled else limits),
    }


def _tls(address: Address) -> ssl.SSLContext | bool:
    if address.tls == "disable":
        return False
    try:
        context = ssl.create_default_context(cafile=address.authorities)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationInvalid(
            f"{address.authorities} gives no certificates of authorities", "set sslrootcert to a PEM file"
        ) from error
    if address.tls != "verify-full":
        context.check_hostname = False
    if address.tls == "require":
        context.verify_mode = ssl.CERT_NONE
    return context
