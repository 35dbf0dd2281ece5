"""A client as a frontend team would have one: plain HTTP, nothing of the gateway's own code."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

import msgspec

_SECONDS = 60


class Reply(msgspec.Struct, frozen=True):
    """A GraphQL reply: HTTP status, body and the milliseconds it took."""

    status: int
    body: dict[str, Any]
    milliseconds: float

    @property
    def data(self) -> dict[str, Any]:
        """The data, empty if there is none."""
        return self.body.get("data") or {}

    @property
    def codes(self) -> list[str]:
        """The codes of the errors."""
        return [error["extensions"]["code"] for error in self.body.get("errors", ())]


class Client:
    """Speaks to addresses of this machine; proxies of the environment are ignored."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def answers(self, url: str) -> bool:
        """Whether a GET of ``url`` succeeds."""
        try:
            with self._opener.open(url, timeout=_SECONDS) as reply:
                return bool(reply.status == 200)  # noqa: PLR2004 - OK
        except OSError:
            return False

    def graphql(
        self, gateway: str, token: str | None, query: str, variables: dict[str, Any], timeout_ms: int | None = None
    ) -> Reply:
        """The reply to a GraphQL operation, also if its HTTP status is an error."""
        headers = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if timeout_ms is not None:
            headers["X-Request-Timeout"] = str(timeout_ms)
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{gateway}/graphql", body, headers, method="POST")  # noqa: S310 - http, to ourselves
        started = time.monotonic()
        try:
            with self._opener.open(request, timeout=_SECONDS) as reply:
                status, content = reply.status, reply.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        return Reply(status, json.loads(content), (time.monotonic() - started) * 1000)

    def read(self, url: str) -> Any:  # noqa: ANN401 - any JSON
        """The JSON at ``url``."""
        with self._opener.open(url, timeout=_SECONDS) as reply:
            return json.load(reply)

    def order(self, url: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
        """The JSON with which the sandbox answers an order."""
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")  # noqa: S310 - http, to ourselves
        with self._opener.open(request, timeout=_SECONDS) as reply:
            return json.load(reply)

    def set_fault(self, faults: str, system: str, fault: dict[str, Any] | None) -> None:
        """Switch a fault of a sandbox system, or clear it with None."""
        method = "DELETE" if fault is None else "PUT"
        request = urllib.request.Request(  # noqa: S310 - http, to ourselves
            f"{faults}/{system}", json.dumps(fault).encode() if fault else None, method=method
        )
        with self._opener.open(request, timeout=_SECONDS):
            pass
