"""HTTP to legacy systems: messages, allowed hosts, request bodies, and one client behind a narrow interface.

The only place that knows httpx.
"""

from adapters.kit.http.bodies import Body, form_body, json_body, with_query
from adapters.kit.http.client import Connections, HttpClient
from adapters.kit.http.hosts import HostAllowList, Origin
from adapters.kit.http.messages import HttpReply, HttpRequest, Transport
from adapters.kit.http.status import verify_status

__all__ = [
    "Body",
    "Connections",
    "HostAllowList",
    "HttpClient",
    "HttpReply",
    "HttpRequest",
    "Origin",
    "Transport",
    "form_body",
    "json_body",
    "verify_status",
    "with_query",
]
