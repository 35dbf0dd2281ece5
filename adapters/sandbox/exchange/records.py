"""What the exchange's providers know of people and firms: drawn from the world, the same every time."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sandbox.world.generate import World
from adapters.sandbox.world.model import Party

_FEW: Final = 8
"""Firms whose staff is registered: so few that each has pages of them."""

_STREETS: Final = ("示例大道", "样例路", "测试街", "演示巷")
_POSTS: Final = ("管理", "技术", "生产")

Record = Mapping[str, str | int]
"""A record by the names of information items, which this exchange uses as they are published."""


class Records:
    """The records of each resource, by the key that is asked for."""

    def __init__(self, world: World) -> None:
        self._seed = world.seed
        self.people: dict[str, Record] = {one.number: self._household(one) for one in world.people}
        self.firms: dict[str, Record] = {one.number: self._firm(one) for one in world.firms}
        employers = world.firms[:_FEW]
        self.staff: dict[str, list[Record]] = {one.number: [] for one in employers}
        for person in world.people:
            member = self._member(person, employers)
            self.staff[str(member["creditCode"])].append(member)

    def of(self, service: str, key: str, parameters: Mapping[str, str]) -> Sequence[Record]:
        """The records of a resource's service for a key, narrowed by further parameters."""
        name = key.strip().upper()
        if service == "household":
            found = [self.people[name]] if name in self.people else []
        elif service == "firm":
            found = [self.firms[name]] if name in self.firms else []
        else:
            found = self.staff.get(name, [])
        return [one for one in found if all(one[field] == value for field, value in parameters.items())]

    def somebody_else(self, service: str, key: str) -> Record:
        """A record of the resource that is of another key."""
        if service == "household":
            return next(record for number, record in self.people.items() if number != key)
        if service == "firm":
            return next(record for number, record in self.firms.items() if number != key)
        return next(staff[0] for number, staff in self.staff.items() if number != key and staff)

    def _drawn(self, topic: str, number: str) -> bytes:
        return hashlib.sha256(f"{self._seed}/exchange/{topic}/{number}".encode()).digest()

    def _household(self, person: Party) -> Record:
        drawn = self._drawn("household", person.number)
        return {
            "idNumber": person.number,
            "name": person.name,
            "sex": "男" if int(person.number[16]) % 2 else "女",
            "born": person.number[6:14],
            "region": person.number[:6],
            "address": f"示例市{_STREETS[drawn[0] % len(_STREETS)]}{drawn[1]}号",
            "head": "是" if drawn[2] % 3 == 0 else "否",
            "updated": f"202601{1 + drawn[3] % 28:02}",
        }

    def _firm(self, firm: Party) -> Record:
        drawn = self._drawn("firm", firm.number)
        return {
            "creditCode": firm.number,
            "firmName": firm.name,
            "status": "存续" if drawn[0] % 5 else "注销",
            "founded": f"{1995 + drawn[1] % 30}{1 + drawn[2] % 12:02}01",
            "capital": 10 + drawn[3] * 10,
        }

    def _member(self, person: Party, firms: Sequence[Party]) -> Record:
        drawn = self._drawn("staff", person.number)
        return {
            "creditCode": firms[drawn[0] % len(firms)].number,
            "idNumber": person.number,
            "name": person.name,
            "post": _POSTS[drawn[1] % len(_POSTS)],
            "since": f"{2005 + drawn[2] % 20}{1 + drawn[3] % 12:02}01",
        }
