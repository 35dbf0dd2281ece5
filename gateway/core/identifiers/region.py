"""Region code (行政区划代码, GB/T 2260): six digits, or twelve with a statistical suffix.

``PP0000`` is a province, ``PPCC00`` a city, ``PPCCDD`` a county; ``000000`` stands for the whole country. The functions
decide what follows from the digits. Which codes exist, and since when, a ``RegionTable`` tells: codes retire when
bodies merge and split, and real systems write pseudo codes that GB/T 2260 has only as headings.
"""

import re
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

import msgspec

from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.identifiers.provinces import NATION, PROVINCES
from gateway.core.identifiers.spelling import find_misspelling
from gateway.core.text import Text

LENGTH: Final = Text("长度不对：应为 6 位或 12 位数字", "its length is wrong: 6 or 12 digits are expected")
CHARACTERS: Final = Text("字符不对：应全部为数字", "its characters are wrong: digits only are expected")
PROVINCE: Final = Text(
    "前两位不是省级代码：应为 GB/T 2260 的 34 个省级代码之一，全国为 000000",
    "its first two digits are no province: one of GB/T 2260's 34 is expected, or 000000 for the whole country",
)
LEVELS: Final = Text(
    "层级不对：第 3 至 4 位为 00 时，第 5 至 6 位也应为 00",
    "its levels are wrong: after 00 at digits 3 and 4, 00 is expected at digits 5 and 6",
)
UNKNOWN: Final = Text(
    "{province}没有这个行政区划代码：应为该省现行代码",
    "{province} has no such region code: one of its present codes is expected",
)
SUGGESTION: Final = Text("，例如 {codes}", "; did you mean {codes}?")
NOT_YET: Final = Text(
    "该行政区划代码自 {day} 起启用：应使用当时有效的代码",
    "this region code is in force from {day} only: a code in force on the day is expected",
)
RETIRED: Final = Text(
    "该行政区划代码已于 {day} 后停用且没有后继代码：应使用现行代码",
    "this region code was retired after {day} and has no successor: a present code is expected",
)

_SHAPE = re.compile(r"[0-9]{6}(?:[0-9]{6})?")
_SHORT, _LONG = 6, 12
_MOST_SUGGESTIONS = 3


class RegionLevel(StrEnum):
    """What a region code names."""

    NATION = "NATION"
    PROVINCE = "PROVINCE"
    CITY = "CITY"
    COUNTY = "COUNTY"


class Region(msgspec.Struct, frozen=True):
    """A region.

    Attributes:
        code: six digits.
        statistical: the twelve digits it was given with, None if it was given with six.
        name: in Chinese, if a table knows it.
    """

    code: str
    statistical: str | None = None
    name: str | None = None

    @property
    def level(self) -> RegionLevel:
        """Told by the trailing zeros."""
        return _LEVELS[len(_significant(self.code))]

    @property
    def province(self) -> str:
        """Code of the province that it is or lies in; the whole country's is its own."""
        return self.code[:2] + "0000"


def parse(raw: str) -> Region:
    """The region that ``raw`` spells, without a name; nothing is repaired.

    Raises:
        IdentifierInvalid: neither 6 nor 12 digits, no such province, or a county without a city's digits.
    """
    if _SHAPE.fullmatch(raw) is None:
        raise IdentifierInvalid(_explain(raw))
    code = raw[:_SHORT]
    if code[:2] + "0000" not in PROVINCES and code != NATION:
        raise IdentifierInvalid(PROVINCE)
    if code[2:4] == "00" and code[4:] != "00":
        raise IdentifierInvalid(LEVELS)
    return Region(code, raw if len(raw) == _LONG else None)


def ancestors(code: str) -> tuple[str, ...]:
    """The codes above ``code``, nearest first: city and province of a county, nothing above a province.

    Raises:
        IdentifierInvalid: as ``parse``.
    """
    own = parse(code).code
    steps = (own[:4] + "00", own[:2] + "0000")
    return tuple(step for place, step in enumerate(steps) if step not in {own, *steps[:place]})


def matches(assigned: str, asked: str) -> bool:
    """Whether ``assigned`` is ``asked`` or a region around it: a system of 420000 answers for 420106.

    Walks up only: one assigned 420100 does not match 420000. ``000000`` as ``assigned`` matches every region.

    Raises:
        IdentifierInvalid: as ``parse``, for either code.
    """
    return parse(asked).code.startswith(_significant(parse(assigned).code))


def serves(assigned: Iterable[str], asked: str) -> bool:
    """Whether a system that was assigned these regions is to be asked for ``asked``.

    It is if one of them is ``asked``, lies around it or lies in it: whoever asks for a province also wants what only
    its cities' systems hold, and whoever asks for ``000000`` wants everything. Nothing assigned serves nothing.

    Raises:
        IdentifierInvalid: as ``parse``, for ``asked`` and for any assigned code up to the first that serves.
    """
    wanted = parse(asked).code
    within = _significant(wanted)
    return any(
        own.startswith(within) or wanted.startswith(_significant(own))
        for own in (parse(each).code for each in assigned)
    )


class RegionRow(msgspec.Struct, frozen=True):
    """One code of a table.

    Attributes:
        code: six digits.
        name: in Chinese.
        valid_from: first day in force; None if it always was.
        valid_until: last day in force; None if it still is.
        successor: the code that stands for it afterwards.
        pseudo: it is in force on no day, and ``successor`` always stands for it: a heading that systems use as a
            code, or a retired code whose last day is not known.
    """

    code: str
    name: str
    valid_from: date | None = None
    valid_until: date | None = None
    successor: str | None = None
    pseudo: bool = False


class RegionTable:
    """Region codes with their days in force.

    It answers for the provinces whose own rows it holds and leaves the codes of others as they are.

    Args:
        rows: each code once, in any order.

    Raises:
        ValueError: the rows contradict themselves: a code that is none or is twice there, days in reverse, a
            successor that is missing or leads back, a pseudo code without one.
    """

    def __init__(self, rows: Iterable[RegionRow]) -> None:
        self._rows: dict[str, RegionRow] = {}
        for row in rows:
            if row.code in self._rows:
                raise ValueError(f"region {row.code} is there twice")
            self._rows[row.code] = row
        for row in self._rows.values():
            self._check(row)

    def covers(self, province: str) -> bool:
        """Whether the table knows every code of the province that ``province`` is or lies in.

        Raises:
            IdentifierInvalid: no region code.
        """
        return parse(province).province in self._rows

    def resolve(self, code: str, on: date) -> Region:
        """The region to be used for ``code`` (6 or 12 digits) on that day, with its name if the table has it.

        A retired or pseudo code gives its successor, without the statistical suffix. A code of a province that the
        table does not cover is given back as it is.

        Raises:
            IdentifierInvalid: no region code; or unknown to a covered province, not in force yet, or retired
                without a successor.
        """
        asked = parse(code)
        row = self._rows.get(asked.code)
        if row is None:
            if asked.province not in self._rows:
                return asked
            raise IdentifierInvalid(self._unknown(asked, on))
        return self._follow(row, asked, on)

    def _follow(self, row: RegionRow, asked: Region, on: date) -> Region:
        while _is_replaced(row, on):
            if row.successor is None:
                raise IdentifierInvalid(RETIRED.format(day=row.valid_until))
            row = self._rows[row.successor]
        if _is_ahead(row, on):
            raise IdentifierInvalid(NOT_YET.format(day=row.valid_from))
        return Region(row.code, asked.statistical if row.code == asked.code else None, row.name)

    def _unknown(self, asked: Region, on: date) -> Text:
        """Near codes are named, which are public; the code that was asked for is not."""
        name = PROVINCES[asked.province]
        reason = Text(UNKNOWN.zh.format(province=name.zh), UNKNOWN.en.format(province=name.en))
        in_force = [
            code
            for code, row in self._rows.items()
            if code[:2] == asked.code[:2] and not _is_replaced(row, on) and not _is_ahead(row, on)
        ]
        close = get_close_matches(asked.code, in_force, n=len(in_force) + 1)
        if not close:
            return reason
        near = sorted(close, key=lambda code: _slip(code, asked.code))[:_MOST_SUGGESTIONS]
        hint = SUGGESTION.format(codes=", ".join(f"{code} {self._rows[code].name}" for code in near))
        return Text(reason.zh + hint.zh, reason.en + hint.en)

    def _check(self, row: RegionRow) -> None:
        if parse(row.code).statistical is not None:
            raise ValueError(f"region {row.code} is not of six digits")
        if row.valid_from is not None and row.valid_until is not None and row.valid_until < row.valid_from:
            raise ValueError(f"region {row.code} ends before it begins")
        if row.pseudo and row.successor is None:
            raise ValueError(f"pseudo region {row.code} has no successor")
        passed = {row.code}
        successor = row.successor
        while successor is not None:
            if successor in passed:
                raise ValueError(f"the successors of region {row.code} lead back to one of them")
            if successor not in self._rows:
                raise ValueError(f"region {row.code} has the successor {successor}, which is missing")
            passed.add(successor)
            successor = self._rows[successor].successor


_LEVELS: Final = {0: RegionLevel.NATION, 2: RegionLevel.PROVINCE, 4: RegionLevel.CITY, 6: RegionLevel.COUNTY}


def _significant(code: str) -> str:
    """The digits that every region inside ``code`` begins with."""
    if code[4:] != "00":
        return code
    if code[2:] != "0000":
        return code[:4]
    return "" if code == NATION else code[:2]


def _explain(raw: str) -> Text:
    return find_misspelling(raw) or (CHARACTERS if len(raw) in {_SHORT, _LONG} else LENGTH)


def _is_replaced(row: RegionRow, on: date) -> bool:
    return row.pseudo or (row.valid_until is not None and on > row.valid_until)


def _is_ahead(row: RegionRow, on: date) -> bool:
    return row.valid_from is not None and on < row.valid_from


def _slip(code: str, asked: str) -> tuple[bool, bool]:
    """Orders codes that are equally close: a slip of the hand rarely leaves the city, and often swaps digits."""
    return code[:4] != asked[:4], sorted(code) != sorted(asked)
