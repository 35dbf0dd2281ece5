"""Reading a reply's body within bounds: never more than the limit, however it is encoded."""

import zlib
from collections.abc import Mapping

from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

_GZIP_MEMBERS = 16
"""A gzip file may be a chain of files; each costs a decoder, so a chain of thousands is an attack."""

_RAW, _ZLIB, _GZIP = -zlib.MAX_WBITS, zlib.MAX_WBITS, zlib.MAX_WBITS | 16


class ReplyBody:
    """Collects a body of at most ``limit`` decoded bytes; the first byte too many is refused.

    Args:
        headers: the reply's, in lower case.
        limit: in bytes, for what arrives and for what it decodes to.

    Raises:
        SystemFailure: UPSTREAM_FAULT, theirs, here or later: longer than the limit, announced longer, in an encoding
            that was not asked for, or not readable in the one it names.
    """

    def __init__(self, headers: Mapping[str, str], limit: int) -> None:
        if int(headers.get("content-length", "0")) > limit:
            raise _too_long(limit)
        self._limit = limit
        self._decoder = _decoder(headers.get("content-encoding", "").strip().lower(), limit)
        self._parts: list[bytes] = []
        self._arrived = self._decoded = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes as they arrived."""
        self._arrived += len(chunk)
        part = chunk if self._decoder is None else self._decoder.feed(chunk, self._limit - self._decoded)
        self._decoded += len(part)
        # compressed bytes count too: they may inflate to nothing for ever
        if self._arrived > self._limit or self._decoded > self._limit:
            raise _too_long(self._limit)
        self._parts.append(part)

    def finish(self) -> bytes:
        """The whole body, decoded."""
        if self._decoder is not None:
            self._decoder.finish()
        return b"".join(self._parts)


def _decoder(encoding: str, limit: int) -> "_Inflater | None":
    if encoding in {"", "identity"}:
        return None
    if encoding in {"gzip", "x-gzip", "deflate"}:
        return _Inflater(limit, gzip=encoding != "deflate")
    raise _fault("the answer is in a content encoding that was not asked for")


class _Inflater:
    """Inflates gzip and deflate without ever producing more than one byte over the limit."""

    def __init__(self, limit: int, *, gzip: bool) -> None:
        self._limit = limit
        self._gzip = gzip
        self._members = 0
        self._inflate: zlib._Decompress | None = None

    def feed(self, chunk: bytes, room: int) -> bytes:
        """What ``chunk`` inflates to, at most ``room + 1`` bytes before it is refused."""
        parts: list[bytes] = []
        while chunk:
            inflate = self._inflate or self._start(chunk)
            try:
                part = inflate.decompress(chunk, room + 1)
            except zlib.error as error:
                raise _fault("the answer's compression is damaged") from error
            room -= len(part)
            if room < 0:
                raise _too_long(self._limit)
            parts.append(part)
            # a byte of room is always left, so anything unconsumed is the input after this member's end
            chunk = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
            if inflate.eof:
                self._inflate = None
        return b"".join(parts)

    def finish(self) -> None:
        """Raise if the compressed stream is not complete; an empty body is."""
        if self._inflate is not None:
            raise _fault("the answer's compressed data ends too early")

    def _start(self, chunk: bytes) -> "zlib._Decompress":
        self._members += 1
        if self._members > (_GZIP_MEMBERS if self._gzip else 1):
            raise _fault("the answer is compressed in too many pieces")
        bits = _GZIP if self._gzip else _deflate_bits(chunk)
        self._inflate = zlib.decompressobj(bits)
        return self._inflate


def _deflate_bits(chunk: bytes) -> int:
    """Half the servers send deflate bare, half in the zlib envelope that HTTP asks for; the first byte tells."""
    return _ZLIB if chunk[0] & 0x0F == zlib.DEFLATED and chunk[0] >> 4 <= 7 else _RAW  # noqa: PLR2004 - RFC 1950


def _too_long(limit: int) -> SystemFailure:
    return _fault(f"the answer is longer than {limit} bytes")


def _fault(notice: str) -> SystemFailure:
    return SystemFailure(Outcome.UPSTREAM_FAULT, Fault.THEIRS, notice)
