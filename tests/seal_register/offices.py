"""The use cases of the register over a store in memory, and the people who come to them."""

import base64
from collections.abc import Awaitable, Sequence
from typing import Any

import pytest

from gateway.core import problems
from gateway.core.audit.references import References
from gateway.core.caller import Role
from gateway.core.errors import Refusal
from gateway.core.policy.evaluator import Policy
from gateway.core.policy.rules import RuleBook
from gateway.core.problems import Problem
from gateway.core.seals.reading import SealReading
from gateway.core.seals.register import RegisteredSeal
from gateway.core.system import Health, SystemState, SystemView
from gateway.services.auditing import Auditing
from gateway.services.authorise_seal import AuthorisationRequest, AuthoriseSeal
from gateway.services.change_seal import ChangeSeal
from gateway.services.list_seals import ListSeals
from gateway.services.register_seal import RegisterSeal, RenewalRequest, SealRequest
from gateway.services.seal_desk import SealDesk
from gateway.services.seal_intake import RouteRequest, SealIntake
from schema.context import SealCases
from tests.seal_register.entries import BODIES, DAY, ITEM, NOW, OFD, OTHER, OWNER, Clock, call, person
from tests.seal_register.registers import MemorySeals
from tests.services.trail import MemoryTrail
from tests.store.keys import a_cipher

HUB = call(person(Role.HUB, None, "hub-1"), "console")
HUB_2 = call(person(Role.HUB, None, "hub-2"), "console")
OPERATIONS = call(person(Role.OPERATIONS, None, "ops-1"), "console")
AUDITOR = call(person(Role.AUDITOR, None, "audit-1"), "console")
DEPARTMENT = call(person(Role.DEPARTMENT, OWNER, "dept-1"), "console")
DEPARTMENT_2 = call(person(Role.DEPARTMENT, OWNER, "dept-2"), "console")
STRANGERS = call(person(Role.DEPARTMENT, OTHER, "dept-9"), "console")
OFFICER = call(person())
STRANGER = call(person(body=OTHER, subject="officer-9"))
CITIZEN = call(person(Role.CITIZEN, None, "citizen"))
NOBODY = call(None)


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Reader:
    """A SealReader that believes everything but what says that it is bad."""

    def __init__(self) -> None:
        self.usable_here = True
        self.until = NOW + 300 * DAY

    async def read(self, structure: bytes, certificates: Sequence[bytes]) -> SealReading:
        if structure == b"bad":
            raise Refusal(problems.SEAL_UNFIT, "input.structure", reason="bad")
        return SealReading(
            number=f"n-{structure.decode()}", name="章", structure=structure, certificates=tuple(certificates),
            valid_from=NOW - DAY, valid_until=self.until, usable_here=self.usable_here,
        )  # fmt: skip

    def is_key(self, reference: str) -> bool:
        return reference.startswith("pkcs11:")


class Rules:
    """A PolicyProvider that knows who stands for whom."""

    def __init__(self) -> None:
        self._book = RuleBook(items=(), rules=(), bodies=BODIES)

    def policy(self) -> Policy:
        return Policy(self._book)

    def book(self) -> RuleBook:
        return self._book


class Platforms:
    """A SystemDirectory of one seal platform."""

    def systems(self) -> list[SystemView]:
        return [
            SystemView(
                code="seals", title_zh="印章平台", title_en="seals", level="province", regions=(),
                state=SystemState.UP, health=Health(since=NOW, state=SystemState.UP), active_version=1, serves=(),
            )
        ]  # fmt: skip


class Office:
    def __init__(self, *seals: RegisteredSeal) -> None:
        self.clock = Clock()
        self.store = MemorySeals(*seals)
        self.reader = Reader()
        self.trail = MemoryTrail()
        rules = Rules()
        audit = Auditing(self.trail, References(a_cipher()), self.clock)
        desk = SealDesk(self.store, rules, self.clock, audit)
        self.register = RegisterSeal(desk, SealIntake(self.reader, Platforms()))
        self.authorise = AuthoriseSeal(desk)
        self.change = ChangeSeal(desk)
        self.list = ListSeals(self.store, rules, self.clock)

    def cases(self) -> SealCases:
        return SealCases(register=self.register, authorise=self.authorise, change=self.change, list=self.list)

    def told(self) -> list[tuple[Any, ...]]:
        """Kind, ending and problem of every event, and what its note says."""
        return [(event.kind, event.ending.value, event.problem, event.note) for event in self.trail.events]


def registering(**changes: Any) -> SealRequest:
    usual: dict[str, Any] = {
        "structure": text(b"new"), "certificates": (text(b"signer"),), "owner": OWNER,
        "route": RouteRequest(key="pkcs11:object=seal"), "two_person": True,
    }  # fmt: skip
    return SealRequest(**usual | changes)


def renewing(**changes: Any) -> RenewalRequest:
    usual: dict[str, Any] = {
        "id": "5ea1", "structure": text(b"renewed"), "certificates": (text(b"signer-2"),), "route": None,
        "expected_version": 1,
    }  # fmt: skip
    return RenewalRequest(**usual | changes)


def authorising(**changes: Any) -> AuthorisationRequest:
    usual: dict[str, Any] = {
        "id": "5ea1", "applications": ("hall",), "bodies": (OWNER,), "accounts": None, "items": (ITEM,),
        "documents": (OFD,), "since": None, "until": None, "pages": 5, "expected_version": 1,
    }  # fmt: skip
    return AuthorisationRequest(**usual | changes)


async def refused(attempt: Awaitable[object], problem: Problem, field: str | None = None) -> Refusal:
    """The attempt is refused for that problem with that field."""
    with pytest.raises(Refusal) as caught:
        await attempt
    assert caught.value.problem is problem
    assert caught.value.field == field
    return caught.value
