"""Register a seal that was filed elsewhere, and renew it: what comes in is examined before it is kept."""

import secrets

import msgspec

from gateway.core import problems
from gateway.core.audit.seal_kinds import SEAL_REGISTERED, SEAL_RENEWED
from gateway.core.call import Call
from gateway.core.errors import Refusal
from gateway.core.seals.register import Ownership, RegisteredSeal, Renewal
from gateway.services.auditing import Note
from gateway.services.seal_desk import HUB_ONLY, SealDesk, checked_body
from gateway.services.seal_intake import RouteRequest, SealIntake
from gateway.services.seal_views import SealView


class SealRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A new seal: its structure and certificates (Base64 of DER, the signer's first), owner (credit code), route."""

    structure: str
    certificates: tuple[str, ...]
    owner: str
    route: RouteRequest
    two_person: bool


class RenewalRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a seal is renewed with; the route stays where none is given."""

    id: str
    structure: str
    certificates: tuple[str, ...]
    route: RouteRequest | None
    expected_version: int


class RegisterSeal:
    """Registers seals for the hub office, and renews them."""

    def __init__(self, desk: SealDesk, intake: SealIntake) -> None:
        self._desk = desk
        self._intake = intake

    async def __call__(self, request: SealRequest, call: Call) -> SealView:
        """The registered seal, which nobody may use until its owner authorises it.

        Raises:
            Refusal: FORBIDDEN for anybody but the hub office, BAD_INPUT for a seal, certificate or route that does not
                hold, CONFLICT for a number that is registered.
        """
        async with self._desk.audit.noting(SEAL_REGISTERED, call) as note:
            return await self._registered(request, call, note)

    async def renew(self, request: RenewalRequest, call: Call) -> SealView:
        """The seal with another structure and certificates; what it was before is kept.

        Raises:
            Refusal: as registering, NOT_FOUND, CONFLICT for another version or a revoked seal.
        """
        async with self._desk.audit.noting(SEAL_RENEWED, call) as note:
            return await self._renewed(request, call, note)

    async def _registered(self, request: SealRequest, call: Call, note: Note) -> SealView:
        person = self._desk.admit(HUB_ONLY, call)
        owner = checked_body(request.owner, "input.owner")
        reading = await self._intake.read(request.structure, request.certificates)
        route = self._intake.route(request.route, reading)
        now = self._desk.clock.now()
        if reading.valid_until < now:
            raise Refusal(problems.SEAL_NOT_IN_FORCE, "input.structure")
        seal = RegisteredSeal(
            id=secrets.token_hex(10),
            number=reading.number,
            name=reading.name,
            structure=reading.structure,
            certificates=reading.certificates,
            route=route,
            owners=(Ownership(owner, now),),
            authorisations=(),
            valid_from=reading.valid_from,
            valid_until=reading.valid_until,
            two_person=request.two_person,
        )
        note.about("seal", seal.id)
        note.says(seal=seal.id, version=seal.version, body=owner)
        if not await self._desk.register.put(seal, note.within()):
            raise Refusal(problems.SEAL_NUMBER_TAKEN, "input.structure")
        return self._desk.shown(seal, person)

    async def _renewed(self, request: RenewalRequest, call: Call, note: Note) -> SealView:
        self._desk.admit(HUB_ONLY, call)
        reading = await self._intake.read(request.structure, request.certificates)
        route = None if request.route is None else self._intake.route(request.route, reading)
        renewal = Renewal(
            number=reading.number,
            name=reading.name,
            structure=reading.structure,
            certificates=reading.certificates,
            valid_from=reading.valid_from,
            valid_until=reading.valid_until,
            route=route,
        )
        return await self._desk.change(
            request.id,
            HUB_ONLY,
            lambda seal, _, at: seal.renew(renewal, at),
            call,
            note,
            expected=request.expected_version,
        )
