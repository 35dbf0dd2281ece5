"""The application behind the ops port: metrics, and whether the process lives and is ready. It knows no callers."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.web.app import Application
from gateway.web.metrics import CONTENT_TYPE, Metrics
from gateway.web.probes import probe_routes


def build_ops_app(metrics: Metrics, ready: Callable[[], dict[str, str]]) -> Application:
    """The application for a port that only operations reach: nothing on it asks who calls.

    Args:
        metrics: what /metrics shows.
        ready: what is not ready yet, by component; empty when requests can be answered.
    """

    async def scrape(_: Request) -> Response:
        return Response(metrics.exposition(), headers={"content-type": CONTENT_TYPE, "cache-control": "no-store"})

    return Starlette(
        routes=[
            Route("/metrics", scrape, methods=["GET"]),
            *probe_routes(ready),
        ]
    )
