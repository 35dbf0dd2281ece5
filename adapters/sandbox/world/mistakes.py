"""What libraries get wrong. Each mistake turns a good record into the one that a library holds instead."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

import msgspec

from adapters.sandbox.world.model import NO_END, RESIDENT, Licence, Party

_CLEAN: Mapping[str, str] = MappingProxyType({})
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OLD_NUMBER_CENTURY = "19"


class Record(msgspec.Struct, frozen=True, gc=False):
    """A licence as one library has it. ``dirty`` holds, by field, text that goes out as it is and means nothing."""

    licence: Licence
    dirty: Mapping[str, str] = _CLEAN


Mistake = Callable[[Record], Record]


def _changed(record: Record, **changes: object) -> Record:
    return msgspec.structs.replace(record, licence=msgspec.structs.replace(record.licence, **changes))


def _dirty(field: str, text: str) -> Mistake:
    def spoil(record: Record) -> Record:
        return msgspec.structs.replace(record, dirty=MappingProxyType({**record.dirty, field: text}))

    return spoil


def other_end(record: Record) -> Record:
    """An end date one year late, as after a renewal that was typed in by hand."""
    end = record.licence.valid_until
    return record if end == NO_END else _changed(record, valid_until=end + timedelta(days=365))


def other_state(record: Record) -> Record:
    """Cancelled here and valid elsewhere; or still valid here because nobody reported the end."""
    if record.licence.state == "VALID":
        return _changed(record, state="CANCELLED", reason="持证人申请注销", ended_on=record.licence.issued_on)
    return _changed(record, state="VALID", reason=None, ended_on=None)


def other_spelling(record: Record) -> Record:
    """The first holder's name with a blank in it."""
    first, *others = record.licence.holders
    spelt = msgspec.structs.replace(first, name=f"{first.name[0]} {first.name[1:]}")
    return _changed(record, holders=(spelt, *others))


def wrong_check(record: Record) -> Record:
    """An identifier whose check character the vendor computed badly."""
    text = record.licence.identifier
    if text is None:
        return record
    return _changed(record, identifier=text[:-1] + _ALPHANUMERIC[(_ALPHANUMERIC.index(text[-1]) + 7) % 36])


def no_identifier(record: Record) -> Record:
    """No identifier: an old record that was never numbered by the standard."""
    return _changed(record, identifier=None)


def small_identifier(record: Record) -> Record:
    """The identifier in small letters."""
    text = record.licence.identifier
    return _changed(record, identifier=text and text.lower())


def old_number(record: Record) -> Record:
    """The only holder under his 15-digit number, where he was born in time to have had one."""
    holder = record.licence.holders[0]
    if len(record.licence.holders) > 1 or holder.type != RESIDENT or holder.number[6:8] != _OLD_NUMBER_CENTURY:
        return record
    return _changed(record, holders=(Party(RESIDENT, holder.number[:6] + holder.number[8:17], holder.name),))


dirty_end = _dirty("valid_until", "0000-00-00")
"""An end date that no calendar has."""

dirty_issue = _dirty("issued_on", "2019-02-30")
"""A date of issue that no calendar has."""

unknown_state = _dirty("state", "77")
"""A state code that is in no table."""

null_number = _dirty("number", "null")
"""The word null for a number."""

null_issuer = _dirty("issuer_name", "null")
"""The word null for the issuer's name."""

UNREADABLE = "row"
"""Field of the mistake that spoils a whole record."""

unreadable = _dirty(UNREADABLE, "-3")
"""A record that its own database cannot read: a row with this error code and no data."""

PER_MILLE: tuple[tuple[int, Mistake], ...] = (
    (12, other_end),
    (12, other_state),
    (12, other_spelling),
    (4, wrong_check),
    (4, no_identifier),
    (3, small_identifier),
    (3, old_number),
    (3, dirty_end),
    (2, dirty_issue),
    (2, unknown_state),
    (2, null_number),
    (2, null_issuer),
)
"""How often each mistake is made, in a thousand records."""
