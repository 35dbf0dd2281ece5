"""Spending under grants: what is given is taken from quotas and recorded in one step, or not given at all.

An answer leaves only once its spending is committed. The commit and a revocation come one after the other: whoever
spends sees the grants and the catalogue as they are when it commits, and what was revoked before opens nothing.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from gateway.core.records import Also
from gateway.core.sharing.grants import Grant
from gateway.core.sharing.quota import Usage
from gateway.core.sharing.terms import Quota


class Drawn(msgspec.Struct, frozen=True):
    """A grant that is drawn on, as of the version by which the use was decided."""

    grant: str
    version: int
    quota: Quota

    @classmethod
    def of(cls, lineage: Sequence[Grant]) -> tuple["Drawn", ...]:
        """The grants of a lineage."""
        return tuple(cls(grant.id, grant.version, grant.terms.quota) for grant in lineage)


class Basis(msgspec.Struct, frozen=True):
    """The resource that is given, as of the version of the catalogue by which the use was decided."""

    resource: str
    version: int


class Spent(msgspec.Struct, frozen=True):
    """It is taken and recorded."""


class Revoked(msgspec.Struct, frozen=True):
    """A grant was revoked, is over or was changed since the use was decided: nothing is taken, nothing may leave."""

    grant: str


class Exhausted(msgspec.Struct, frozen=True):
    """A quota has not so much left: nothing is taken, nothing may leave."""

    grant: str


class Superseded(msgspec.Struct, frozen=True):
    """The catalogue has another version of the resource by now: nothing is taken, nothing may leave."""

    resource: str


class Purse(Protocol):
    """Where quotas are spent."""

    async def spend(
        self, drawn: Sequence[Drawn], count: int, also: Also | None = None, basis: Basis | None = None
    ) -> Spent | Revoked | Exhausted | Superseded:
        """Take so many records from the quota of every grant, with what belongs to it, in one transaction.

        Raises:
            StoreUnavailable: nobody knows whether it was taken; nothing may leave.
        """
        ...

    async def usage(self, grant_id: str) -> Usage:
        """What was used of a grant's quota, exactly; what processes hold and have not used is not in it.

        Nothing is counted of a grant that has no quota.
        """
        ...

    async def settle(self) -> None:
        """Give back what this process holds and has not used; it goes on with new blocks."""
        ...
