"""Wake a sealing of which a platform says that it is done: it is asked for the result, whatever the message says."""

from gateway.core.clock import Clock
from gateway.core.seals.sealing import ENDED
from gateway.core.seals.sealings import SealingStore
from gateway.core.tasks import TaskStore
from gateway.services.sealing.pace import waking


class WakeSealing:
    """Makes the tasks of sealings due."""

    def __init__(self, sealings: SealingStore, tasks: TaskStore, clock: Clock) -> None:
        self._sealings = sealings
        self._tasks = tasks
        self._clock = clock

    async def __call__(self, ticket: str) -> None:
        """Have the sealing of this ticket looked at, if there is one that has not ended."""
        sealing = await self._sealings.of_callback(ticket)
        if sealing is not None and sealing.state not in ENDED:
            await self._sealings.together(waking(self._tasks, sealing.id, self._clock.now()))
