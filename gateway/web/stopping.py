"""The way to the end of the process: it serves, then it sends callers elsewhere, then it ends its streams."""

import asyncio
from typing import Final

_COMPONENT: Final = "stopping"


class Stopping:
    """How far the gateway is on its way to its end. Who serves asks; who runs the process tells."""

    def __init__(self) -> None:
        self._leaving = False
        self._ending = asyncio.Event()

    def leave(self) -> None:
        """Serve on, but tell load balancers to send nothing more."""
        self._leaving = True

    def end(self) -> None:
        """End streams and open no others; everything else is answered."""
        self._leaving = True
        self._ending.set()

    @property
    def ending(self) -> bool:
        """Whether streams are to end."""
        return self._ending.is_set()

    async def ended(self) -> None:
        """Wait until streams are to end."""
        await self._ending.wait()

    def missing(self) -> dict[str, str]:
        """What /readyz tells of it: nothing while the gateway serves."""
        return {_COMPONENT: "the gateway is stopping"} if self._leaving else {}
