"""The context that travels with one operation from the web to the wire."""

import re
from typing import Final

import msgspec

from gateway.core.caller import Caller
from gateway.core.clock import Deadline
from gateway.core.text import Language
from gateway.core.use import Use

_TRACEPARENT: Final = re.compile(r"(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_LONGEST_TRACEPARENT: Final = 512


class Trace(msgspec.Struct, frozen=True):
    """The caller's place in a distributed trace (W3C Trace Context): identifiers in hex, and whether it is recorded."""

    trace_id: str
    span_id: str
    sampled: bool

    @classmethod
    def parse(cls, text: str) -> "Trace | None":
        """What a ``traceparent`` header says; None for a wrong one, which by the standard counts as none."""
        match = _TRACEPARENT.fullmatch(text) if len(text) <= _LONGEST_TRACEPARENT else None
        if match is None:
            return None
        version, trace_id, span_id, flags, more = match.groups()
        if not trace_id.strip("0") or not span_id.strip("0") or (version == "00" and more):
            return None
        return cls(trace_id, span_id, bool(int(flags, 16) & 1))

    def header(self) -> str:
        """The ``traceparent`` that says the same, in version 00."""
        return f"00-{self.trace_id}-{self.span_id}-{self.sampled:02x}"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of one caller. ``use`` is None until a field that needs a purpose has found it.

    ``trace`` is the caller's own trace, if the request named one.
    """

    request_id: str
    caller: Caller
    deadline: Deadline
    language: Language = Language.ZH
    use: Use | None = None
    trace: Trace | None = None

    def under(self, use: Use) -> "Call":
        """The same call under an open use."""
        return msgspec.structs.replace(self, use=use)

    def until(self, deadline: Deadline) -> "Call":
        """The same call with another deadline."""
        return msgspec.structs.replace(self, deadline=deadline)
