"""Compression of answers, by gzip: what the standard library has and every client reads."""

import asyncio
import zlib
from typing import Final

from gateway.web.negotiation import takes_gzip

LEAST_BYTES: Final = 1_024
_MOST_IN_LOOP: Final = 256 * 1_024
"""Bigger answers are compressed in a thread: a millisecond per 100 kB is too long for everybody else."""
_LEVEL: Final = 5
_GZIP: Final = 16 + zlib.MAX_WBITS
_LONGEST_HEADER: Final = 200


async def compressed(body: bytes, accept_encoding: str | None, *, confidential: bool) -> bytes | None:
    """The body in gzip, or None if it is to be sent as it is.

    ``confidential`` answers are never compressed: they hold codes or ids that open something, beside text that the
    asker chose, and the length of what is compressed together tells of both (BREACH). No other answer holds any, and no
    foreign page can have one asked for again and again: nothing that a browser sends by itself proves who calls.
    """
    if len(body) < LEAST_BYTES or confidential or accept_encoding is None or len(accept_encoding) > _LONGEST_HEADER:
        return None
    if not takes_gzip(accept_encoding):
        return None
    if len(body) > _MOST_IN_LOOP:
        return await asyncio.to_thread(_gzip, body)
    return _gzip(body)


def _gzip(body: bytes) -> bytes:
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return compressor.compress(body) + compressor.flush()
