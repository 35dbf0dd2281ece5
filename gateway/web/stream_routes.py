"""Where streams are served: beside the answers of /graphql, and at an address of their own."""

from typing import Final

from starlette.requests import Request
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.web.app import GRAPHQL_PATH
from gateway.web.sse import EventStreams, asks_for_events
from gateway.web.websocket import WebSocketEndpoint

STREAM_PATH: Final = f"{GRAPHQL_PATH}/stream"


def with_events(graphql: ASGIApp, events: EventStreams) -> ASGIApp:
    """``graphql``, but for callers who ask it for a stream of events."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (events if asks_for_events(Request(scope)) else graphql)(scope, receive, send)

    return app


def stream_routes(events: EventStreams, sockets: WebSocketEndpoint) -> list[BaseRoute]:
    """The routes of streams; a single connection of many operations has an address of its own."""
    return [Route(STREAM_PATH, events), WebSocketRoute(GRAPHQL_PATH, sockets.__call__)]
