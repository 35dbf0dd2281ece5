"""HTTP to legacy systems: messages, allowed hosts, request bodies, and one client behind a narrow interface.

The only place that knows h11.
"""

from adapters.kit.http.bodies import (
    Body,
    fill_path,
    form_body,
    json_body,
    multipart_body,
    raw_form_body,
    with_query,
)
from adapters.kit.http.client import HttpClient
from adapters.kit.http.documents import HttpDocuments
from adapters.kit.http.hosts import HostAllowList, Origin
from adapters.kit.http.messages import HttpReply, HttpRequest, Transport
from adapters.kit.http.pool import Connections
from adapters.kit.http.status import verify_status

__all__ = [
    "Body",
    "Connections",
    "HostAllowList",
    "HttpClient",
    "HttpDocuments",
    "HttpReply",
    "HttpRequest",
    "Origin",
    "Transport",
    "fill_path",
    "form_body",
    "json_body",
    "multipart_body",
    "raw_form_body",
    "verify_status",
    "with_query",
]
