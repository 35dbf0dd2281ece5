"""Rows: generated structs of exactly the fields that somebody wants."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from gateway.core.licence import ROW_FIELDS, FaceField, Holder, LicenceState, Warned

_TYPES: Final[dict[str, Any]] = {
    "holders": tuple[Holder, ...] | None,
    "face": tuple[FaceField, ...] | None,
    "issued_on": date | None,
    "valid_from": date | None,
    "valid_until": date | None,
    "as_of": datetime | None,
    "state": LicenceState,
}


@lru_cache(maxsize=1024)
def row_type(fields: frozenset[str]) -> Any:  # noqa: ANN401 - a class that exists at run time only
    """The frozen struct whose positional fields are ``fields`` in the order of ROW_FIELDS, warnings and detail."""
    unknown = fields.difference(ROW_FIELDS)
    if unknown:
        message = f"no fields of a row: {', '.join(sorted(unknown))}"
        raise ValueError(message)
    return msgspec.defstruct(
        "Row",
        [
            *((name, _TYPES.get(name, str | None)) for name in ordered(fields)),
            ("warnings", tuple[Warned, ...], ()),
            ("detail", dict[str, str | None] | None, None),
        ],
        frozen=True,
        gc=False,  # values only: a row never holds what holds it
        namespace={"__repr__": _unnamed},
    )


def ordered(fields: Iterable[str]) -> list[str]:
    """``fields`` in the order of ROW_FIELDS."""
    wanted = frozenset(fields)
    return [name for name in ROW_FIELDS if name in wanted]


def _unnamed(_: object) -> str:
    """Nothing of a person may reach a log line or a traceback."""
    return "Row(...)"
