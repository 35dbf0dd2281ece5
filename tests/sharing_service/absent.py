"""A gateway that shares nothing, for tests of everything else."""

from typing import Any

from gateway.services.sharing.fetch_shared import FetchShared
from schema.context import ExchangeCases, ExportCases, SharingCases


def no_sharing() -> SharingCases:
    absent: Any = None
    return SharingCases(**dict.fromkeys(SharingCases.__dataclass_fields__, absent))


def no_shared_records() -> FetchShared:
    absent: Any = None
    fetching: FetchShared = absent
    return fetching


def no_exports() -> ExportCases:
    absent: Any = None
    return ExportCases(ask=absent, find=absent)


def no_exchanges() -> ExchangeCases:
    absent: Any = None
    return ExchangeCases(list=absent, settle=absent, check=absent, import_catalogue=absent)
