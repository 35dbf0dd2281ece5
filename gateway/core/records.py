"""Ports of what the gateway itself records for uses: mandates, presented licences, pre-application numbers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.core.application import PreApplication
from gateway.core.mandate import Mandate
from gateway.core.presentation import Presentation


class MandateStore(Protocol):
    """Where mandates are kept."""

    async def put(self, mandate: Mandate) -> None:
        """Keep a mandate, new or changed."""
        ...

    async def find(self, mandate_id: str) -> Mandate | None:
        """The mandate of this id."""
        ...


class PresentationStore(Protocol):
    """Where presented licences are kept while their codes live."""

    async def put(self, presentation: Presentation) -> None:
        """Keep a presentation."""
        ...

    async def find(self, code: str) -> Presentation | None:
        """The presentation of this code."""
        ...


class PreApplicationStore(Protocol):
    """Where pre-application numbers are kept."""

    async def put(self, application: PreApplication) -> None:
        """Keep a number, new or changed."""
        ...

    async def find(self, number: str) -> PreApplication | None:
        """The number, if there is one."""
        ...

    async def overdue(self, at: datetime) -> Sequence[PreApplication]:
        """Those that were not bound in time, oldest first."""
        ...
