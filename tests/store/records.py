"""Records as tests need them: usual ones, but for what is changed."""

from datetime import timedelta
from typing import Any

from gateway.core.application import PreApplication
from gateway.core.licence import Holder, LicenceKey
from gateway.core.mandate import Mandate
from gateway.core.presentation import Presentation
from gateway.core.use import Use, UseBasis
from tests.services.fakes import ITEM, START

OWN, AGENT = Holder("111", "1", "王一"), Holder("111", "2", "李二")
HOUR = timedelta(hours=1)
READER, OTHER = ("hall", "o-1"), ("hall", "o-2")


def a_use(name: str = "u", **changed: Any) -> Use:
    usual: dict[str, Any] = {
        "item": ITEM, "basis": UseBasis.HOLDER, "expires_at": START + HOUR, "owner_application": "portal",
        "owner_subject": "c-1",
    }  # fmt: skip
    return Use(id=name, **usual | changed)


def a_mandate(name: str = "m", **changed: Any) -> Mandate:
    usual: dict[str, Any] = {
        "principal": OWN, "agent": AGENT, "items": frozenset({ITEM, "654321"}), "types": None, "recorded_at": START,
        "expires_at": START + HOUR,
    }  # fmt: skip
    return Mandate(id=name, **usual | changed)


def shown(code: str = "c", **changed: Any) -> Presentation:
    usual: dict[str, Any] = {
        "item": ITEM, "holder": OWN, "licence": LicenceKey(identifier="A-1"), "expires_at": START + HOUR,
    }  # fmt: skip
    return Presentation(code=code, **usual | changed)


def a_number(name: str = "YB-1", **changed: Any) -> PreApplication:
    usual: dict[str, Any] = {
        "item": ITEM, "application": "hall", "subject": "o-1", "body": "B", "opened_at": START, "due_at": START + HOUR,
    }  # fmt: skip
    return PreApplication(number=name, **usual | changed)
