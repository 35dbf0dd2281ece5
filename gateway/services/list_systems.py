"""List the registered systems and find one by its code."""

from gateway.core.identifiers import region
from gateway.core.ports import SystemDirectory
from gateway.core.system import SystemState, SystemView
from gateway.services.paging import Page, page


class ListSystems:
    """Pages through the systems, by code, optionally those of one state or serving one region."""

    def __init__(self, directory: SystemDirectory) -> None:
        self._directory = directory

    def __call__(
        self, state: SystemState | None, region_code: str | None, first: int, after: str | None
    ) -> Page[SystemView]:
        """The page."""
        found = [
            system
            for system in self._directory.systems()
            if (state is None or system.state is state)
            and (region_code is None or region.serves(system.regions, region_code))
        ]
        return page(found, lambda system: system.code, first, after)

    def find(self, code: str) -> SystemView | None:
        """The system of this code."""
        return next((system for system in self._directory.systems() if system.code == code), None)
