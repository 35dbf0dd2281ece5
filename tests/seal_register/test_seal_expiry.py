"""Seals that end soon are among what ends on a known day."""

from gateway.core.expiry import Expiry, ExpiryKind
from gateway.services.seal_expiry import NEAR, SealExpiries
from tests.seal_register.entries import DAY, NOW, Clock, registered
from tests.seal_register.registers import MemorySeals


async def test_seals_are_told_of_from_two_months_before_their_end_to_two_months_after() -> None:
    days = (-61, -60, 0, 60, 61)
    seals = [registered(id=f"5ea{n}", number=str(n), valid_until=NOW + day * DAY) for n, day in enumerate(days)]
    found = await SealExpiries(MemorySeals(*seals), Clock())()
    assert found == [Expiry(kind=ExpiryKind.SEAL, name=f"5ea{n}", expires_at=NOW + days[n] * DAY) for n in (1, 2, 3)]
    assert NEAR == 60 * DAY


async def test_nothing_is_told_while_the_register_cannot_be_read() -> None:
    register = MemorySeals(registered(valid_until=NOW))
    register.away = True
    assert await SealExpiries(register, Clock())() == []
