"""The ASGI application: its routes and nothing else."""

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.web.probes import probe_routes

Application = ASGIApp
GRAPHQL_PATH = "/graphql"


def build_app(
    graphql: ASGIApp, ready: Callable[[], dict[str, str]], *, routes: Sequence[BaseRoute] = ()
) -> Application:
    """The application.

    Args:
        graphql: the endpoint behind /graphql, for HTTP.
        ready: what is not ready yet, by component; empty when requests can be answered.
        routes: everything else that is served, WebSockets at /graphql included.
    """
    others = Starlette(
        routes=[
            *probe_routes(ready),
            *routes,
        ]
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        # nearly every request is for this one address: routing would cost it more than reading does
        if scope["type"] == "http" and scope["path"] == GRAPHQL_PATH:
            await graphql(scope, receive, send)
        else:
            await others(scope, receive, send)

    return app
