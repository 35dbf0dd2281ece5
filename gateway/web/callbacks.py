"""Callbacks of platforms: ``POST /callbacks/<ticket>`` says that something may have happened to a request of ours.

A callback is a hint and nothing more: its body is read away and never believed, and whoever sends it proves nothing but
that he has the ticket. Every answer is alike and is given before anybody looks for the ticket, so that nobody learns
from it, or from the time that it takes, whether a ticket is known. Hints that come too fast are dropped: what they tell
is asked for anyway, only later.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from math import ceil
from typing import Final

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.core.clock import Clock
from gateway.core.defects import trace
from gateway.core.rate import Buckets, Rate, network_of
from gateway.web.evidence import TrustedProxies, read_peer
from gateway.web.statuses import NOBODY_READS

_log = structlog.get_logger("web.callbacks")

_TICKET: Final = re.compile(r"[A-Za-z0-9_-]{22,128}")
_TAKEN: Final = 204
_TOO_OFTEN: Final = 429
_HEADERS: Final = {"cache-control": "no-store", "connection": "close"}

Called = Callable[[str], Awaitable[None]]
"""Follows a hint: looks for the ticket and, if it is known, asks the platform. Called with well-formed text only."""


class CallbackLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of callbacks.

    Attributes:
        bytes: of a body, which is read away.
        seconds: within which it has to be there, and within which a hint is followed.
        at_once: hints that are followed at a time.
        network: how often one network may call.
    """

    bytes: int = 65_536
    seconds: float = 10.0
    at_once: int = 32
    network: Rate = Rate(20.0, 200.0)


class Callbacks:
    """Takes callbacks.

    Args:
        called: follows them.
        clock: measures how often they come.
        proxies: those whose word about where a request comes from is taken.
        limits: bounds.
    """

    def __init__(
        self,
        called: Called,
        clock: Clock,
        proxies: TrustedProxies | None = None,
        limits: CallbackLimits | None = None,
    ) -> None:
        self._called = called
        self._proxies = proxies
        self._limits = limits or CallbackLimits()
        self._buckets = Buckets(clock)
        self._following: set[asyncio.Task[None]] = set()

    def routes(self) -> list[Route]:
        """Where they are."""
        return [Route("/callbacks/{ticket}", self.call, methods=["POST"])]

    async def call(self, request: Request) -> Response:
        """Take a callback."""
        wait = self._admit(request)
        if wait:
            _log.info("callback", status=_TOO_OFTEN)
            return Response(status_code=_TOO_OFTEN, headers={**_HEADERS, "retry-after": str(ceil(wait))})
        try:
            await self._read_away(request)
        except ClientDisconnect:
            return Response(status_code=NOBODY_READS)
        self._follow(request.path_params["ticket"])
        _log.info("callback", status=_TAKEN)
        return Response(status_code=_TAKEN, headers=_HEADERS)

    def _admit(self, request: Request) -> float:
        """0, or the seconds until the sender's network may call again; a proxy that we trust does this itself."""
        peer = read_peer(request, self._proxies)
        if peer is None:
            return 0.0
        network = network_of(peer)
        wait = self._buckets.wait_seconds(network, self._limits.network)
        if not wait:
            self._buckets.spend(network, self._limits.network, 1)
        return wait

    async def aclose(self) -> None:
        """Stop following hints."""
        for task in self._following:
            task.cancel()
        await asyncio.gather(*self._following, return_exceptions=True)

    async def _read_away(self, request: Request) -> None:
        """Read a body that is not too long, and no more of one that is; the connection ends with the answer."""
        came = 0
        try:
            async with asyncio.timeout(self._limits.seconds):
                async for piece in request.stream():
                    came += len(piece)
                    if came > self._limits.bytes:
                        return
        except TimeoutError:
            return

    def _follow(self, ticket: str) -> None:
        if _TICKET.fullmatch(ticket) is None or len(self._following) >= self._limits.at_once:
            return
        task = asyncio.create_task(self._followed(ticket), name="callback")
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    async def _followed(self, ticket: str) -> None:
        try:
            async with asyncio.timeout(self._limits.seconds):
                await self._called(ticket)
        except TimeoutError:
            return  # what the hint would have told is heard when the platform is asked
        except Exception as error:  # noqa: BLE001 - nobody waits for this task: what breaks it is only told here
            _log.error("callback.defect", trace=trace(error))
