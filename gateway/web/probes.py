"""Whether the process lives and is ready: asked by balancers on the main port and by operations on theirs."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def probe_routes(ready: Callable[[], dict[str, str]]) -> list[Route]:
    """The routes /healthz and /readyz; ``ready`` says what is not ready yet, by component."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        missing = ready()
        return JSONResponse({"ready": not missing, "missing": missing}, 503 if missing else 200)

    return [Route("/healthz", healthz, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]
