"""What an auth style adds to a call."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from gateway.core.clock import Deadline


class Credential(msgspec.Struct, frozen=True):
    """Values for the query and the headers of one call; ``username``/``password`` for a SOAP security header."""

    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    username: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        """Names only: the values are secrets."""
        return f"Credential(query={sorted(self.query)}, headers={sorted(self.headers)})"


class AuthStyle(Protocol):
    """Gives the credential of the moment, and renews it when the system says that it is over."""

    async def credential(self, deadline: Deadline) -> Credential:
        """The credential for a call that must end before ``deadline``.

        Raises:
            SystemFailure: it could not be had.
        """
        ...

    def discard(self, credential: Credential) -> bool:
        """The system calls this credential expired; whether a new one can be had, so that asking again helps."""
        ...
