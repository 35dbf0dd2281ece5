"""The context that travels with one operation from the web to the wire."""

import msgspec

from gateway.core.caller import Caller
from gateway.core.clock import Deadline
from gateway.core.text import Language
from gateway.core.use import Use


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of one caller. ``use`` is None until a field that needs a purpose has found it."""

    request_id: str
    caller: Caller
    deadline: Deadline
    language: Language = Language.ZH
    use: Use | None = None

    def under(self, use: Use) -> "Call":
        """The same call under an open use."""
        return msgspec.structs.replace(self, use=use)

    def until(self, deadline: Deadline) -> "Call":
        """The same call with another deadline."""
        return msgspec.structs.replace(self, deadline=deadline)
