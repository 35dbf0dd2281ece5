"""The ASGI application: its routes and nothing else."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.web.graphql import GraphQLEndpoint

Application = Starlette


def build_app(graphql: GraphQLEndpoint, ready: Callable[[], dict[str, str]]) -> Application:
    """The application.

    Args:
        graphql: the endpoint behind /graphql.
        ready: what is not ready yet, by component; empty when requests can be answered.
    """

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        missing = ready()
        return JSONResponse({"ready": not missing, "missing": missing}, 503 if missing else 200)

    return Starlette(
        routes=[
            Route("/graphql", graphql.__call__, methods=["POST"]),
            Route("/healthz", healthz, methods=["GET"]),
            Route("/readyz", readyz, methods=["GET"]),
        ]
    )
