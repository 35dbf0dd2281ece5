"""What the gateway records of uses: until when it holds, and that nothing of it names anybody in a log."""

from datetime import timedelta

import msgspec
import pytest

from gateway.core.application import PreApplication
from gateway.core.case import BEING_HANDLED, CaseState, CaseStatus
from gateway.core.licence import Holder, LicenceKey
from gateway.core.mandate import Mandate
from gateway.core.ports import LicenceFile
from gateway.core.presentation import Presentation
from gateway.core.proof import Proof
from gateway.core.use import Use, UseBasis, is_item_code
from tests.services.fakes import ITEM, OTHER_NUMBER, OWN_NUMBER, START

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
SECRET = "code-that-opens"
OWN = Holder("111", OWN_NUMBER, "王测试")
MANDATE = Mandate(
    id="M-1",
    principal=OWN,
    agent=Holder("111", OTHER_NUMBER, "李测试"),
    items=frozenset({ITEM}),
    types=None,
    recorded_at=START,
    expires_at=START + HOUR,
)
SHOWN = Presentation(code=SECRET, item=ITEM, holder=OWN, licence=LicenceKey(identifier="A-1"), expires_at=START + HOUR)
NUMBER = PreApplication(
    number="YB-1",
    item=ITEM,
    application="hall",
    subject="o-1",
    body="B",
    opened_at=START,
    due_at=START + HOUR,
)


def test_a_mandate_holds_until_its_end_or_until_it_is_taken_back() -> None:
    assert MANDATE.is_open(START + HOUR - TICK)
    assert not MANDATE.is_open(START + HOUR)
    ended = msgspec.structs.replace(MANDATE, revoked_at=START + HOUR / 2)
    assert ended.is_open(START + HOUR / 2 - TICK)
    assert not ended.is_open(START + HOUR / 2)


def test_a_number_is_overdue_at_its_day_unless_it_is_bound() -> None:
    assert not NUMBER.is_overdue(START + HOUR - TICK)
    assert NUMBER.is_overdue(START + HOUR)
    assert not msgspec.structs.replace(NUMBER, case="BJ-1").is_overdue(START + 2 * HOUR)


def test_a_case_is_handled_in_four_states_only() -> None:
    assert set(CaseState) - BEING_HANDLED == {CaseState.SUSPENDED, CaseState.CLOSED, CaseState.UNKNOWN}


@pytest.mark.parametrize(
    "record",
    [
        MANDATE,
        SHOWN,
        CaseStatus(number="BJ-1", state=CaseState.CLOSED, applicant_number=OWN_NUMBER),
        Proof(item=ITEM, holder=OWN),
        LicenceFile(content=SECRET.encode(), name=OWN.name, media_type="application/pdf"),
        Use(
            id=SECRET,
            item=ITEM,
            basis=UseBasis.HOLDER,
            expires_at=START,
            owner_application="hall",
            owner_subject="c-1",
            reaches=OWN,
        ),
    ],
    ids=lambda record: type(record).__name__,
)
def test_no_record_names_a_person_or_shows_a_secret(record: object) -> None:
    assert not [word for word in (OWN_NUMBER, OTHER_NUMBER, OWN.name, SECRET, "BJ-1") if str(word) in repr(record)]


@pytest.mark.parametrize(
    ("text", "is_code"),
    [("123456", True), ("1" * 40, True), ("a-b-c-d", True), ("12345", False), ("1" * 41, False), ("-12345", False)],
)
def test_an_item_code_has_6_to_40_letters_digits_or_hyphens(text: str, is_code: bool) -> None:
    assert is_item_code(text) is is_code
