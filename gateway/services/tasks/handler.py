"""Who does tasks of a kind, and how many of them at once."""

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from gateway.core.tasks import Claim

LONGEST_SECONDS: Final = 900.0


class Handler(Protocol):
    """Does the tasks of a kind.

    A task may be given again after any moment at which this process could have died, so what a handler does outside is
    safe to repeat, or is written down before it is done. Right before it, the handler asks ``Leases.check``.
    """

    @property
    def kind(self) -> str:
        """Of the tasks that it does."""
        ...

    @property
    def most(self) -> int:
        """How many it takes as a group."""
        ...

    async def work(self, claims: Sequence[Claim]) -> None:
        """Do the tasks, and settle each through the leases; it is cancelled when no lease is left.

        What it raises is for defects: the tasks that it has not settled are done again later, each alone at first.
        """
        ...


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A handler at work.

    Attributes:
        hands: how many groups it works on at the same time.
        longest: seconds after which it is taken to hang, and its tasks are taken from it.
    """

    handler: Handler
    hands: int = 2
    longest: float = LONGEST_SECONDS
