"""Watch how the registered systems fare: every change of state from now on."""

from collections.abc import AsyncGenerator, Sequence

import msgspec

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.health import HealthChange, HealthWatch
from gateway.core.ports import SystemDirectory
from gateway.core.system import SystemView

MOST_CODES = 100
_LONGEST_CODE = 64


class SystemChange(msgspec.Struct, frozen=True):
    """A change of state, and the system as it is when the change is told."""

    system: SystemView
    change: HealthChange


class WatchSystems:
    """Tells changes of state to every caller who is proven: they are no secret.

    What is told of a system, its last error too, is what the list of systems shows.
    """

    def __init__(self, watch: HealthWatch, directory: SystemDirectory) -> None:
        self._watch = watch
        self._directory = directory

    def __call__(self, codes: Sequence[str] | None) -> AsyncGenerator[SystemChange, None]:
        """Changes of the systems of these codes, or of all, until the generator is closed.

        Nothing is told at the start: ask for the systems first to know their states. A code that nobody has yet is
        watched for. A slow reader misses steps but never the newest state, as HealthWatch promises.

        Raises:
            Refusal: BAD_INPUT for no codes, too many, or one of an impossible length.
        """
        if codes is not None and not (
            1 <= len(codes) <= MOST_CODES and all(1 <= len(code) <= _LONGEST_CODE for code in codes)
        ):
            raise Refusal(problems.SYSTEM_CODES_INVALID, "codes", limit=MOST_CODES)
        return self._changes(None if codes is None else frozenset(codes))

    async def _changes(self, codes: frozenset[str] | None) -> AsyncGenerator[SystemChange, None]:
        async with self._watch.watch() as changes:
            async for change in changes:
                if codes is not None and change.code not in codes:
                    continue
                system = next((one for one in self._directory.systems() if one.code == change.code), None)
                if system is not None:  # else it was taken out meanwhile
                    yield SystemChange(system, change)
