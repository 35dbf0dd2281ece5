"""What was sent to be sealed, and what came of it: written down before anything leaves."""

from datetime import datetime
from typing import Final

import msgspec

from gateway.core.delivery import Delivery
from gateway.core.seals.platform import Mode, SealStatus

MOST_KEPT: Final = 20
"""Attempts that a sealing remembers: the first, those in doubt, and the newest."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One use of the seal, or one request for it.

    Attributes:
        number: counted from 1.
        at: when it was intended; what it is about may have been sent any time after.
        fence: of the lease under which it was intended.
        digest: SHA-256 of the document, or the digest to be signed, hexadecimal.
        platform: whom it was sent to; None for a key of this gateway.
        seal: what the platform calls the seal.
        told: what is known of it; None if nobody has said, which is all that is known after a crash.
        code: the platform's own code with it.
        is_unclear: the platform did answer, and with nothing that can be used.
    """

    number: int
    at: datetime
    fence: int
    digest: str
    platform: str | None = None
    seal: str | None = None
    mode: Mode | None = None
    delivery: Delivery | None = None
    told: SealStatus | None = None
    code: str | None = None
    is_unclear: bool = False

    @property
    def is_open(self) -> bool:
        """Whether a platform may have carried it out, or may yet."""
        return self.platform is not None and self.told in _OPEN

    def repeats(self, earlier: "Attempt") -> bool:
        """Whether a platform that honours keys takes it for the earlier one, so that it seals once."""
        return (
            self.delivery is Delivery.IDEMPOTENT
            and earlier.delivery is Delivery.IDEMPOTENT
            and (self.platform, self.seal, self.mode, self.digest)
            == (earlier.platform, earlier.seal, earlier.mode, earlier.digest)
        )


_OPEN: Final = frozenset({None, SealStatus.UNANSWERED, SealStatus.PENDING})


def followed(attempts: tuple[Attempt, ...], attempt: Attempt) -> tuple[Attempt, ...]:
    """The attempts and one more; of very many, some of those are forgotten that say nothing which others do not."""
    if len(attempts) >= MOST_KEPT:
        settled = (place for place in range(1, len(attempts)) if not attempts[place].is_open)
        place = next(settled, 1)
        attempts = (*attempts[:place], *attempts[place + 1 :])
    return (*attempts, attempt)


def told(attempt: Attempt, status: SealStatus, code: str | None) -> Attempt:
    """The attempt with what is known of it now."""
    return msgspec.structs.replace(attempt, told=status, code=code)
