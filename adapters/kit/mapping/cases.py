"""The status of a case, read from a row."""

from datetime import datetime

import msgspec

from adapters.kit.manifest.replies import CaseAt
from adapters.kit.mapping.columns import Column, Tables, column, paths_of
from adapters.kit.mapping.paths import parse_path
from adapters.kit.mapping.shape import Node, Place
from adapters.kit.mapping.values import state
from gateway.core.case import CaseState
from gateway.core.licence import Warned


class CaseRow(msgspec.Struct, frozen=True):
    """What a row says of a case; ``state_code`` is the system's own word for the state."""

    number: str | None
    item: str | None
    state: CaseState
    state_code: str | None
    applicant_type: str | None
    applicant_number: str | None
    body: str | None
    region: str | None
    opened_at: datetime | None
    closed_at: datetime | None
    warnings: tuple[Warned, ...] = ()

    def __repr__(self) -> str:
        """State only: a case names its applicant."""
        return f"CaseRow(state={self.state.value})"


_FIELDS = tuple(name for name in CaseRow.__struct_fields__ if name not in {"state_code", "warnings"})


def want_case(case: CaseAt, row: Place) -> None:
    """Mark what a case needs below a row."""
    for name in _FIELDS:
        value = getattr(case, name)
        for path in () if value is None else paths_of(value):
            row.at(path).value = True


def case_columns(case: CaseAt, row: Node, tables: Tables) -> list[Column | str]:
    """The columns of CaseRow; that of the state gives the code too."""
    columns: list[Column | str] = []
    for name in _FIELDS:
        value = getattr(case, name)
        if name == "state":
            read = row.getter(parse_path(case.state.code), certain=True)
            columns.append(Column(name, read, state(tables[case.state.table], CaseState), (CaseState.UNKNOWN, None)))
        else:
            columns.append(name if value is None else column(name, value, row, tables))
    return columns
