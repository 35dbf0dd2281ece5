"""The port of what the yearly report of data sharing is counted from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.core.sharing.reporting import PairCount
from gateway.core.sharing.requests import ShareRequest
from gateway.core.sharing.resources import Resource


class ReportRecords(Protocol):
    """Reads it, a page at a time where there is much of it."""

    async def resources(self, at: datetime, after: str, most: int) -> Sequence[Resource]:
        """The resources as the catalogue had them at that moment, after this code, by code."""
        ...

    async def requests(self, since: datetime, until: datetime, after: str, most: int) -> Sequence[ShareRequest]:
        """Those that were drafted before ``until`` and had not ended by ``since``, after this id, by id."""
        ...

    async def grants(self, at: datetime) -> Sequence[PairCount]:
        """The grants in force at that moment, without those of an exchange that are used through others only."""
        ...

    async def records(self, since: datetime, until: datetime) -> Sequence[PairCount]:
        """The records given in that time, as receipts have them."""
        ...

    async def disputes(self, since: datetime, until: datetime) -> Sequence[PairCount]:
        """The disputes reported in that time, between source and reporter."""
        ...
