"""A gateway that shares nothing, for tests of everything else."""

from typing import Any

from gateway.services.sharing.fetch_shared import FetchShared
from schema.context import SharingCases


def no_sharing() -> SharingCases:
    absent: Any = None
    return SharingCases(**dict.fromkeys(SharingCases.__dataclass_fields__, absent))


def no_shared_records() -> FetchShared:
    absent: Any = None
    fetching: FetchShared = absent
    return fetching
