"""Freeze a seal, unfreeze, revoke it, and hand it over to another body.

Freezing is right on whatever version is there and is never lost to another change; everything else is said of the
version that was read.
"""

from gateway.core.audit.seal_kinds import SEAL_FROZEN, SEAL_HANDED_OVER, SEAL_REVOKED, SEAL_UNFROZEN
from gateway.core.call import Call
from gateway.services.seal_desk import (
    HUB_ONLY,
    OWNER_OR_HUB,
    WHOEVER_LOOKS_AFTER_IT,
    SealDesk,
    checked_body,
    checked_reason,
)
from gateway.services.seal_views import SealView


class ChangeSeal:
    """Changes the state and the owner of seals."""

    def __init__(self, desk: SealDesk) -> None:
        self._desk = desk

    async def freeze(self, seal_id: str, reason: str, call: Call) -> SealView:
        """The seal, which nobody uses from now on; by its owner's department, the hub office or operations.

        Raises:
            Refusal: FORBIDDEN, NOT_FOUND, BAD_INPUT for the words, CONFLICT unless it is active.
        """
        async with self._desk.audit.noting(SEAL_FROZEN, call) as note:
            self._desk.admit(WHOEVER_LOOKS_AFTER_IT, call)
            words = checked_reason(reason)
            return await self._desk.change(
                seal_id,
                WHOEVER_LOOKS_AFTER_IT,
                lambda seal, person, at: seal.freeze(reason=words, by=person.subject, at=at),
                call,
                note,
                expected=None,
            )

    async def unfreeze(self, seal_id: str, expected_version: int, call: Call) -> SealView:
        """The seal, which can be used again; by its owner's department or the hub office, not by who froze it.

        Raises:
            Refusal: FORBIDDEN, NOT_FOUND, CONFLICT for another version or unless it is frozen.
        """
        async with self._desk.audit.noting(SEAL_UNFROZEN, call) as note:
            return await self._desk.change(
                seal_id,
                OWNER_OR_HUB,
                lambda seal, person, at: seal.unfreeze(by=person.subject, at=at),
                call,
                note,
                expected=expected_version,
            )

    async def revoke(self, seal_id: str, reason: str, expected_version: int, call: Call) -> SealView:
        """The seal, which nobody uses any more; by the hub office.

        Raises:
            Refusal: FORBIDDEN, NOT_FOUND, BAD_INPUT for the words, CONFLICT for another version or a revoked seal.
        """
        async with self._desk.audit.noting(SEAL_REVOKED, call) as note:
            self._desk.admit(HUB_ONLY, call)
            words = checked_reason(reason)
            return await self._desk.change(
                seal_id,
                HUB_ONLY,
                lambda seal, person, at: seal.revoke(reason=words, by=person.subject, at=at),
                call,
                note,
                expected=expected_version,
            )

    async def hand_over(self, seal_id: str, body: str, expected_version: int, call: Call) -> SealView:
        """The seal, which that body (credit code) owns from now on; by the hub office.

        Authorisations go on only where the rule book says that the body succeeds the former owner.

        Raises:
            Refusal: FORBIDDEN, NOT_FOUND, BAD_INPUT for its present owner, CONFLICT for another version or a revoked
                seal, LIMIT after too many owners.
        """
        async with self._desk.audit.noting(SEAL_HANDED_OVER, call) as note:
            self._desk.admit(HUB_ONLY, call)
            heir = checked_body(body, "input.body")
            note.says(body=heir)
            bodies = self._desk.rules.book().bodies
            return await self._desk.change(
                seal_id,
                HUB_ONLY,
                lambda seal, _, at: seal.hand_over(heir, at=at, bodies=bodies),
                call,
                note,
                expected=expected_version,
            )
