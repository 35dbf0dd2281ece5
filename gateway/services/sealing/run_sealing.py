"""Run sealings: the handlers of their tasks, one for keys of this gateway and one for platforms."""

import asyncio
from collections.abc import Awaitable, Sequence

import structlog

from gateway.core import problems
from gateway.core.audit.seal_kinds import SEAL_IN_DOUBT
from gateway.core.defects import trace
from gateway.core.errors import StoreUnavailable
from gateway.core.seals.register import RegisteredSeal, RouteKind
from gateway.core.seals.sealing import ENDED, Sealing, SealingState
from gateway.core.tasks import Claim, LeaseLost, Rest
from gateway.services.sealing.ledger import Move
from gateway.services.sealing.seal_away import SealAway
from gateway.services.sealing.seal_here import SealHere
from gateway.services.sealing.tools import Tools, trouble_of

_log = structlog.get_logger("sealing")


class RunSealings:
    """A Handler of sealings of either kind: what it is given it does, whichever way the seal's route goes by now.

    Args:
        kind: of its tasks.
        most: how many it takes as a group.
        tools: what documents are sealed with.
        here: seals with keys of this gateway.
        away: has platforms seal.
    """

    def __init__(self, kind: str, most: int, tools: Tools, here: SealHere, away: SealAway) -> None:
        self.kind = kind
        self.most = most
        self._tools = tools
        self._here = here
        self._away = away

    async def work(self, claims: Sequence[Claim]) -> None:
        """Take each sealing as far as it goes now, and settle its task."""
        ledger = self._tools.ledger
        found = await ledger.sealings.find_all([claim.subject for claim in claims])
        done = [claim for claim in claims if _is_resting(found.get(claim.subject))]
        await ledger.leave(done, Rest.DONE)
        seals: dict[str, RegisteredSeal] = {}
        here: list[tuple[Claim, Sealing, RegisteredSeal]] = []
        away: list[tuple[Claim, Sealing, RegisteredSeal]] = []
        for claim in claims:
            sealing = found.get(claim.subject)
            if sealing is None or _is_resting(sealing):
                continue
            if sealing.seal not in seals:
                seals[sealing.seal] = await self._tools.rights.find(sealing.seal)
            seal = seals[sealing.seal]
            if claim.lapses >= self._tools.pace.most_lapses:
                await self._abandon(claim, sealing)
            elif _goes_away(sealing, seal):
                away.append((claim, sealing, seal))
            else:
                here.append((claim, sealing, seal))
        if len(here) == 1:
            await self._alone(self._here(here), *here[0][:2])
        elif here:
            await self._here(here)
        if len(away) == 1:
            await self._one_away(*away[0])
        else:
            await self._all_away(away)

    async def _all_away(self, away: Sequence[tuple[Claim, Sealing, RegisteredSeal]]) -> None:
        """Side by side; the first error is told when all have gone as far as they go."""
        ended = await asyncio.gather(*(self._one_away(*one) for one in away), return_exceptions=True)
        for one in ended:
            if isinstance(one, BaseException):
                raise one

    async def _one_away(self, claim: Claim, sealing: Sealing, seal: RegisteredSeal) -> None:
        await self._alone(self._away(claim, sealing, seal), claim, sealing)

    async def _alone(self, work: Awaitable[None], claim: Claim, sealing: Sealing) -> None:
        """As far as it goes; a defect that does not pass ends it."""
        tools = self._tools
        try:
            await work
        except (LeaseLost, StoreUnavailable):
            raise
        except Exception as error:  # whatever breaks: raised on, unless it has broken for too long
            if not tools.pace.is_broken(sealing, claim, tools.clock.now()):
                raise
            _log.error("seal.broken", system=sealing.platform or "", trace=trace(error))
            now = await tools.ledger.sealings.find_all([sealing.id])
            await self._abandon(claim, now[sealing.id])

    async def _abandon(self, claim: Claim, sealing: Sealing) -> None:
        """Its workers died or broke again and again: perhaps of it."""
        tools = self._tools
        if sealing.state is SealingState.IN_DOUBT:
            await tools.ledger.leave([claim], Rest.PARKED)
        elif sealing.is_exposed:
            after = sealing.doubt(
                trouble_of(problems.SEALING_IN_DOUBT, system=sealing.platform or ""), tools.clock.now()
            )
            line = tools.log.event(SEAL_IN_DOUBT, after)
            await tools.ledger.write_one(Move(claim, Rest.PARKED, sealing, after, line))
        else:
            await tools.ledger.write([tools.failed(claim, sealing, trouble_of(problems.SEALING_BROKEN))])


def _is_resting(sealing: Sealing | None) -> bool:
    return sealing is None or sealing.state in ENDED or sealing.is_unapproved


def _goes_away(sealing: Sealing, seal: RegisteredSeal) -> bool:
    """What has begun with a platform goes on with it, whatever the register says by now."""
    return sealing.is_exposed or sealing.result is not None or sealing.signature is not None or _by_platform(seal)


def _by_platform(seal: RegisteredSeal) -> bool:
    return seal.route.kind is RouteKind.PLATFORM
