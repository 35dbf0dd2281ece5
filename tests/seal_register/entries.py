"""Made-up entries of the seal register, and callers who want to use them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.core.bodies import Bodies, Succession
from gateway.core.call import Call
from gateway.core.caller import Application, Caller, Person, Role
from gateway.core.clock import Deadline
from gateway.core.seals.permission import SealQuestion
from gateway.core.seals.register import Authorisation, Ownership, RegisteredSeal, Renewal, Route

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
DAY = timedelta(days=1)
HEIR_SINCE = NOW + 5 * DAY
OWNER = "11420000014000001W"
HEIR = "1142000001400001XL"
OTHER = "11420000014000028L"
BODIES = Bodies([Succession(OWNER, HEIR, HEIR_SINCE.date())])
ITEM = "420106-100001"
OFD, PDF = "application/ofd", "application/pdf"


class Clock:
    """Stands still at NOW until it is told to step."""

    def __init__(self) -> None:
        self.passed = timedelta(0)

    def now(self) -> datetime:
        return NOW + self.passed

    def monotonic(self) -> float:
        return self.passed.total_seconds()

    def step(self, passes: timedelta) -> None:
        self.passed += passes


def authorisation(**changes: Any) -> Authorisation:
    """Officers of the owner may put the seal on ten pages of OFD for one item in the hall."""
    usual: dict[str, Any] = {
        "id": "a-1", "applications": frozenset({"hall"}), "bodies": frozenset({OWNER}), "accounts": None,
        "items": frozenset({ITEM}), "documents": frozenset({OFD}), "since": NOW - DAY, "pages": 10,
    }  # fmt: skip
    return Authorisation(**usual | changes)


def registered(**changes: Any) -> RegisteredSeal:
    """An active seal of the owner, with that authorisation."""
    usual: dict[str, Any] = {
        "id": "5ea1", "number": "42010000000001", "name": "某局业务专用章", "structure": b"structure",
        "certificates": (b"signer", b"authority"), "route": Route(key="pkcs11:token=hsm;object=seal"),
        "owners": (Ownership(OWNER, NOW - 30 * DAY),), "authorisations": (authorisation(),),
        "valid_from": NOW - 30 * DAY, "valid_until": NOW + 300 * DAY,
    }  # fmt: skip
    return RegisteredSeal(**usual | changes)


def renewal(**changes: Any) -> Renewal:
    usual: dict[str, Any] = {
        "number": "42010000000001", "name": "某局业务专用章", "structure": b"renewed", "certificates": (b"signer-2",),
        "valid_from": NOW - DAY, "valid_until": NOW + 3_000 * DAY,
    }  # fmt: skip
    return Renewal(**usual | changes)


def person(role: Role = Role.OFFICER, body: str | None = OWNER, subject: str = "officer-1") -> Person:
    return Person(subject=subject, role=role, name="测试", account="acc", body=body, post="clerk", region="420100")


def call(who: Person | None, application: str = "hall") -> Call:
    return Call(request_id="r", caller=Caller(Application(application, "Hall"), who), deadline=Deadline(at=1e9))


def question(**changes: Any) -> SealQuestion:
    """What that authorisation is for."""
    usual: dict[str, Any] = {
        "caller": Caller(Application("hall", "Hall"), person()), "item": ITEM, "media_type": OFD, "at": NOW,
        "pages": 10,
    }  # fmt: skip
    return SealQuestion(**usual | changes)
