"""An exchange's catalogue: rows that are whole become resources, the others are named."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, TypeVar

from adapters.kit.mapping import ResourceRow
from adapters.kit.mapping.exchanging import Item
from gateway.core.outcome import Outcome
from gateway.core.ports import Answer
from gateway.core.sharing.exchange import ExchangeCatalogue, ExchangeResource
from gateway.core.sharing.resources import InformationItem, ItemType, Masking, Sensitivity, SharingType

_Word = TypeVar("_Word", bound=StrEnum)

_BESIDE: Final = frozenset({"abstract", "condition", "update_cycle", "published_on"})
"""What a resource may lack: that it cannot be read is no reason to leave the resource out."""

_LONGEST: Final = 200
_MOST_DIGITS: Final = 9


class _Unreadable(ValueError):
    """A row that is no resource."""


def catalogue_of(answer: Answer) -> ExchangeCatalogue:
    """The catalogue that an answer is."""
    rows: Sequence[ResourceRow] = answer.rows
    resources: dict[str, ExchangeResource] = {}
    unreadable: list[str] = []
    for place, row in enumerate(rows, 1):
        try:
            resource = _resource(row)
        except ValueError:
            unreadable.append(str(place) if row.number is None else row.number[:_LONGEST])
            continue
        if resource.number in resources:
            unreadable.append(resource.number)
        else:
            resources[resource.number] = resource
    outcome, notice = answer.outcome, answer.notice
    if outcome is Outcome.OK and answer.dropped:
        outcome, notice = Outcome.UPSTREAM_FAULT, "the catalogue has entries that cannot even be counted"
    elif outcome is Outcome.OK and answer.truncated:
        outcome = Outcome.UPSTREAM_FAULT
        notice = answer.notice or "the catalogue has more than was read: raise limits.rows"
    return ExchangeCatalogue(
        outcome=outcome, resources=tuple(resources.values()), unreadable=tuple(unreadable), notice=notice
    )


def _resource(row: ResourceRow) -> ExchangeResource:
    """Raises ValueError for a row that is no resource."""
    if any(warned.field not in _BESIDE for warned in row.warnings):
        raise _Unreadable
    if row.number is None or row.code is None or row.title is None or row.provider is None or not row.items:
        raise _Unreadable
    if len(row.number) > _LONGEST or not row.number.isprintable():
        raise _Unreadable
    return ExchangeResource(
        number=row.number,
        code=row.code,
        title=row.title,
        provider=row.provider,
        items=tuple(_item(item) for item in row.items),
        sharing=_word(SharingType, row.sharing),
        keys=row.keys or (),
        parameters=frozenset(row.parameters or ()),
        abstract=row.abstract or "",
        condition=row.condition or "",
        update_cycle=row.update_cycle or "",
        published_on=row.published_on,
        operation=row.operation or "",
    )


def _item(item: Item) -> InformationItem:
    name, title = item["name"], item["title"]
    if name is None or title is None:
        raise _Unreadable
    return InformationItem(
        name=name,
        title=title,
        type=_word(ItemType, item.get("type"), ItemType.TEXT),
        length=_length(item.get("length")),
        sensitivity=_word(Sensitivity, item.get("sensitivity"), Sensitivity.INTERNAL),
        masking=_word(Masking, item.get("masking"), Masking.ALL),
    )


def _word(words: type[_Word], text: str | None, unsaid: _Word | None = None) -> _Word:
    if text is not None:
        return words(text)
    if unsaid is None:
        raise _Unreadable
    return unsaid


def _length(digits: str | None) -> int | None:
    if digits is None:
        return None
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS):
        raise _Unreadable
    return int(digits)
