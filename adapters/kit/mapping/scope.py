"""What the gateway knows at the moment of a call: all that a request may refer to."""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from adapters.kit.mapping.sealing import Sealing
from adapters.kit.mapping.shares import Share
from gateway.core.call import Call
from gateway.core.call_record import Received
from gateway.core.licence import Holder, LicenceKey, LicenceQuery
from gateway.core.ports import NationalCrypto
from gateway.core.system import SecretSource


class Page(msgspec.Struct, frozen=True):
    """Which page is asked for: its number, the rows before it, the rows of a full one, the token that leads to it."""

    number: int
    offset: int
    size: int
    token: str | None = None


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway knows at the moment of a call; what does not apply is None and its references give None.

    ``row`` holds the values that a row hands to its detail operation; ``now`` is aware. ``session`` is what the
    present login gave, ``named`` what a signature has computed so far, ``request`` the fields that it signs;
    ``headers`` are those of a reply whose signature is proven, in lower case. ``received`` collects the replies that
    came, and is shared by the scopes that are made of this one.
    """

    call: Call
    secrets: SecretSource
    now: datetime
    holder: Holder | None = None
    licence: LicenceKey | None = None
    query: LicenceQuery | None = None
    case: str | None = None
    scan: str | None = None
    sealing: Sealing | None = None
    share: Share = Share()
    page: Page | None = None
    row: Mapping[str, str | None] = {}
    session: Mapping[str, str] = {}
    named: Mapping[str, str] = {}
    request: Mapping[str, object] = {}
    headers: Mapping[str, str] = {}
    crypto: NationalCrypto | None = None
    received: list[Received] = msgspec.field(default_factory=list)

    def __repr__(self) -> str:
        """No content: it names persons."""
        return "Scope(...)"


Build = Callable[[Scope], object]
"""Reads one value of a request."""
