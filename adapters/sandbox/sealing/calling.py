"""Calling back: an address that a request gave is told that something has happened, and nothing else."""

import asyncio
from typing import Final
from urllib.parse import urlsplit

_SECONDS: Final = 5.0
_LONGEST: Final = 2_000


async def call_back(address: str, body: bytes) -> bool:
    """Whether an HTTP address took a POST of this JSON; nobody waits for it longer than a few seconds."""
    try:
        parts = urlsplit(address)
        if parts.scheme != "http" or parts.hostname is None or len(address) > _LONGEST or not address.isascii():
            return False
        async with asyncio.timeout(_SECONDS):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
            try:
                head = (
                    f"POST {parts.path or '/'} HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-type: application/json\r\n"
                    f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
                )
                writer.write(head.encode("ascii") + body)
                await writer.drain()
                status = await reader.readline()
            finally:
                writer.close()
        return status.startswith(b"HTTP/1.1 2")
    except (OSError, ValueError, TimeoutError):
        return False
