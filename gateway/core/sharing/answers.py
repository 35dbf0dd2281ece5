"""What leaves of a provider's answer: only what the permit opens, only of whom was asked for, masked before it is kept.

Providers return more than they were asked for, and other people's records: both are cut out here and reported.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from gateway.core.identifiers import citizen_id, credit_code
from gateway.core.identifiers.documents import DocumentType
from gateway.core.identifiers.spelling import mask_all
from gateway.core.masking import mask_name, mask_number, mask_phone
from gateway.core.sharing.decisions import Permit
from gateway.core.sharing.resources import InformationItem, Masking, Resource
from gateway.core.sharing.terms import Access

Hasher = Callable[[str, str], str]
"""A keyed hash of a field's text: (field, text) to text. The key is of one grant, so that two cannot be joined."""

Record = dict[str, object]


class Cut(StrEnum):
    """Why a row does not leave."""

    FOREIGN = "FOREIGN"
    """It echoes another key: somebody else's record."""
    UNPROVEN = "UNPROVEN"
    """It does not echo the key, so that nobody can tell whose it is."""
    OUTSIDE = "OUTSIDE"
    """It is outside of the grant's rows."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it may leave.

    Attributes:
        rows: the selected fields that are opened; null where the provider has none.
        dropped: names of fields that the provider gave although they are not opened.
        cut: how many rows were held back, by reason; none that is 0.
    """

    rows: tuple[Record, ...]
    dropped: frozenset[str] = frozenset()
    cut: Mapping[Cut, int] = {}

    def __repr__(self) -> str:
        """Counts only: rows are persons' data."""
        return f"Checked({len(self.rows)} rows, {sum(self.cut.values())} cut)"


MOST_DROPPED: Final = 100
"""Names of fields that one report tells."""


def check_answer(permit: Permit, resource: Resource, rows: Iterable[Mapping[str, object]], hasher: Hasher) -> Checked:
    """The answer with everything taken out that may not leave.

    Args:
        permit: what may leave.
        resource: of which the rows are.
        rows: canonical values by the names of fields, as they were mapped.
        hasher: for fields of which only a hash is given.
    """
    items = {item.name: item for item in resource.items}
    kept: list[Record] = []
    cut: dict[Cut, int] = {}
    dropped: set[str] = set()
    for row in rows:
        dropped |= row.keys() - permit.decoded
        reason = _reason(permit, items, row)
        if reason is None:
            kept.append({name: _given(items[name], row.get(name), how, hasher) for name, how in permit.access.items()})
        else:
            cut[reason] = cut.get(reason, 0) + 1
    return Checked(rows=tuple(kept), dropped=frozenset(sorted(dropped)[:MOST_DROPPED]), cut=cut)


def mask(masking: Masking, value: object) -> str:
    """A value with a part of it hidden; all of it where it has no part that could be shown."""
    return _MASKS[masking](value) if isinstance(value, str) else _HIDDEN


_HIDDEN: Final = "****"
_MASKS: Final[Mapping[Masking, Callable[[str], str]]] = {
    Masking.ALL: mask_all,
    Masking.NAME: mask_name,
    Masking.CITIZEN_ID: citizen_id.mask,
    Masking.CREDIT_CODE: credit_code.mask,
    Masking.PHONE: mask_phone,
    Masking.NUMBER: lambda number: mask_number(DocumentType.OTHER, number),
}


def _reason(permit: Permit, items: Mapping[str, InformationItem], row: Mapping[str, object]) -> Cut | None:
    """Why a row is held back. Keys come first: a foreign record is nobody's business, in scope or not."""
    for key, asked in permit.keys.items():
        echoed = row.get(key)
        if echoed is None or echoed == "":
            return Cut.UNPROVEN
        if _compared(items[key], echoed) != _compared(items[key], asked):
            return Cut.FOREIGN
    return None if permit.scope.reaches(row) else Cut.OUTSIDE


def _compared(item: InformationItem, value: object) -> str:
    """A value as it is compared and hashed: an old citizen's number as the new one, without case and outer spaces."""
    text = str(value).strip()
    return citizen_id.upgrade(text) if item.masking is Masking.CITIZEN_ID else text.upper()


def _given(item: InformationItem, value: object, how: Access, hasher: Hasher) -> object:
    if value is None or how is Access.SHOW:
        return value
    return mask(item.masking, value) if how is Access.MASK else hasher(item.name, _compared(item, value))
