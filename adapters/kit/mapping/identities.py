"""The holder whom a scanned code stands for, read from a row."""

import msgspec

from adapters.kit.manifest.replies import HolderAt
from adapters.kit.mapping.columns import Column, Tables, column, paths_of
from adapters.kit.mapping.shape import Node, Place
from gateway.core.licence import Warned


class ScannedRow(msgspec.Struct, frozen=True):
    """What a row says of a holder; a value with a warning is not what the manifest expects."""

    type: str | None
    number: str | None
    name: str | None
    warnings: tuple[Warned, ...] = ()

    def __repr__(self) -> str:
        """Nothing: it names a person."""
        return "ScannedRow(...)"


_FIELDS = tuple(name for name in ScannedRow.__struct_fields__ if name != "warnings")


def want_scanned(holder: HolderAt, row: Place) -> None:
    """Mark what a holder needs below a row."""
    for name in _FIELDS:
        value = getattr(holder, name)
        for path in () if value is None else paths_of(value):
            row.at(path).value = True


def scanned_columns(holder: HolderAt, row: Node, tables: Tables) -> list[Column | str]:
    """The columns of ScannedRow."""
    values = ((name, getattr(holder, name)) for name in _FIELDS)
    return [name if value is None else column(name, value, row, tables) for name, value in values]
