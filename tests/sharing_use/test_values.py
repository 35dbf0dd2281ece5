"""Values of information items: what callers write, and what systems gave."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.outcome import Outcome
from gateway.core.sharing.resources import InformationItem, ItemType
from gateway.core.sharing.source import ShareAnswer, ShareQuestion
from gateway.core.sharing.values import ValueUnreadable, read_value, write_parameter


def item(kind: ItemType = ItemType.TEXT, **changes: Any) -> InformationItem:
    return msgspec.structs.replace(InformationItem(name="x", title="某项", type=kind), **changes)


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (ItemType.TEXT, "示例", "示例"),
        (ItemType.INTEGER, "-12", -12),
        (ItemType.DECIMAL, "0.10", "0.10"),
        (ItemType.DATE, "20260302", "2026-03-02"),
        (ItemType.INSTANT, "2026-03-02T12:00:00", "2026-03-02T04:00:00Z"),
        (ItemType.INSTANT, "2026-03-02T12:00:00+02:00", "2026-03-02T10:00:00Z"),
        (ItemType.BOOLEAN, "是", True),
        (ItemType.BOOLEAN, "N", False),
        (ItemType.INTEGER, None, None),
    ],
)
def test_a_value_is_of_its_items_type(kind: ItemType, written: str | None, value: object) -> None:
    assert read_value(item(kind), written) == value


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (ItemType.INTEGER, "1.5"),
        (ItemType.INTEGER, "9" * 19),
        (ItemType.DECIMAL, "1e9"),
        (ItemType.DATE, "2026-02-30"),
        (ItemType.INSTANT, "昨天"),
        (ItemType.INSTANT, "0001-01-01T00:00:00"),
        (ItemType.BOOLEAN, "perhaps"),
    ],
)
def test_what_is_none_of_its_type_is_not_read_and_not_sent(kind: ItemType, written: str) -> None:
    for attempt in (read_value, write_parameter):
        with pytest.raises(ValueUnreadable) as caught:
            attempt(item(kind), written)
        assert written not in str(caught.value)


@pytest.mark.parametrize(("value", "sent"), [(7, "7"), (True, "true"), (False, "false"), ("  x ", "x"), ("", "")])
def test_a_parameter_is_sent_as_text(value: object, sent: str) -> None:
    assert write_parameter(item(), value) == sent
    assert write_parameter(None, value) == sent


def test_a_parameter_is_no_longer_than_the_fields_values() -> None:
    assert write_parameter(item(length=3), "abc") == "abc"
    with pytest.raises(ValueUnreadable):
        write_parameter(item(length=3), "abcd")


@given(value=st.one_of(st.text(max_size=40), st.integers(), st.none(), st.floats(), st.lists(st.text())))
def test_whatever_a_caller_writes_is_sent_as_text_or_refused(value: object) -> None:
    for kind in ItemType:
        with suppress(ValueUnreadable):
            assert isinstance(write_parameter(item(kind), value), str)


def test_questions_and_answers_show_nobody() -> None:
    question = ShareQuestion(
        operation="person", resource="r", parameters={"id": "secret"}, fields=frozenset({"id"}), limit=1
    )
    answer = ShareAnswer(outcome=Outcome.OK, records=({"id": "secret"},))
    assert "secret" not in f"{question!r}{answer!r}"
