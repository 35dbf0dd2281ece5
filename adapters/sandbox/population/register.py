"""What the register knows of people: drawn from the world, the same every time."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sandbox.world.generate import World
from adapters.sandbox.world.model import Party

_FEW: Final = 12
"""Firms that insure people: so few that each has a long list of staff."""

_STATES: Final = ("1", "1", "1", "1", "2", "3")
_STREETS: Final = ("示例大道", "样例路", "测试街", "演示巷")

Record = Mapping[str, str | int | None]
"""A record by the columns' names, as the register spells them."""

COLUMNS: Final = {
    "idNumber": "gmsfhm",
    "name": "xm",
    "born": "csrq",
    "region": "xzqh",
    "address": "jtzz",
    "phone": "lxdh",
    "employer": "dwxydm",
    "employerName": "dwmc",
    "state": "cbzt",
    "since": "cbrq",
    "months": "jfys",
    "base": "jfjs",
    "updated": "gxsj",
}
"""The published names of information items, and the columns they are."""


class Register:
    """The records by person, and by the firm that insures him."""

    def __init__(self, world: World) -> None:
        firms = world.firms[:_FEW]
        self.people: dict[str, Record] = {}
        self._staff: dict[str, list[Record]] = {firm.number: [] for firm in firms}
        for person in world.people:
            record = _record(world.seed, person, firms)
            self.people[person.number] = record
            self._staff[str(record["dwxydm"])].append(record)

    @property
    def firms(self) -> tuple[str, ...]:
        """Credit codes of the firms, those with the most staff first."""
        return tuple(sorted(self._staff, key=lambda firm: -len(self._staff[firm])))

    def person(self, number: str) -> Record | None:
        """The record of the person with this number."""
        return self.people.get(number.strip().upper())

    def staff(self, firm: str) -> Sequence[Record] | None:
        """The records of the people whom the firm insures, None if it is none of the register's."""
        return self._staff.get(firm.strip().upper())

    def somebody_else(self, number: str) -> Record:
        """The record of another person than the one with this number."""
        return next(record for key, record in self.people.items() if key != number)


def _record(seed: int, person: Party, firms: Sequence[Party]) -> Record:
    drawn = hashlib.sha256(f"{seed}/social-insurance/{person.number}".encode()).digest()
    firm = firms[drawn[0] % len(firms)]
    return {
        "gmsfhm": person.number,
        "xm": person.name,
        "csrq": person.number[6:14],
        "xzqh": person.number[:6],
        "jtzz": f"示例市{_STREETS[drawn[1] % len(_STREETS)]}{drawn[2]}号",
        "lxdh": f"199{int.from_bytes(drawn[3:7]) % 10**8:08}",
        "dwxydm": firm.number,
        "dwmc": firm.name,
        "cbzt": _STATES[drawn[7] % len(_STATES)],
        "cbrq": f"{2000 + drawn[8] % 25}{1 + drawn[9] % 12:02}01",
        "jfys": str(drawn[10]),
        "jfjs": 300_000 + drawn[11] * 10_000 + drawn[12],
        "gxsj": f"2026-01-{1 + drawn[13] % 28:02} 08:30:00",
    }
