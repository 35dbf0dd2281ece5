"""The door through which tests speak HTTP over real sockets."""

import ssl
from collections.abc import Mapping
from typing import Final

import httpx

SECONDS: Final = 120.0
"""Only a server that hangs takes this long, however slow and busy the machine is."""


def http_client(
    *, base_url: str = "", headers: Mapping[str, str] | None = None, verify: ssl.SSLContext | bool = True
) -> httpx.AsyncClient:
    """A client that is patient and takes nothing from the environment, such as a proxy."""
    return httpx.AsyncClient(base_url=base_url, headers=headers, verify=verify, trust_env=False, timeout=SECONDS)
