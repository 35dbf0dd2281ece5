from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.mapping.dirt import DirtyValue
from adapters.kit.mapping.forms import FormInvalid, Mismatch, parse_form
from adapters.kit.mapping.values import day, instant
from gateway.core.clock import CHINA
from gateway.core.licence import NO_END

FORMS = ["yyyy-MM-dd HH:mm:ss.SSS", "yyyyMMddHHmmssSSS", "yyyy年MM月dd日 HH'h'mm{ss}SSS", "yyyy-MM-ddTHH:mm:ss,SSS"]
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(CHINA)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


@given(st.sampled_from([*FORMS, "epochMillis"]), MOMENTS)
def test_a_written_moment_reads_as_itself(text: str, moment: datetime) -> None:
    form = parse_form(text)
    assert form.read
    assert form.read(form.write(moment)) == moment


@given(st.sampled_from([*FORMS, "yyyy/MM/dd", "epoch", "epochMillis"]), st.text(max_size=24))
def test_any_text_is_a_day_or_is_not(text: str, written: str) -> None:
    convert = day([parse_form(text)])
    try:
        found = convert(written)
    except DirtyValue:
        return
    assert found is None or isinstance(found, date)


@pytest.mark.parametrize(
    ("form", "written", "expected"),
    [
        ("yyyy-MM-dd", "2024-02-29", date(2024, 2, 29)),
        ("yyyy/MM/dd", "2099/12/31", date(2099, 12, 31)),
        ("yyyy-MM-dd HH:mm:ss", "2024-02-29 23:59:59", date(2024, 2, 29)),
        ("dd.MM.yyyy", "01.02.2024", date(2024, 2, 1)),
        ("epoch", "1709222399", date(2024, 2, 29)),
        ("epoch", "1709222400", date(2024, 3, 1)),
        ("epochMillis", "-1000", date(1970, 1, 1)),
    ],
)
def test_a_day_is_the_day_in_china(form: str, written: str, expected: date) -> None:
    assert day([parse_form(form)])(written) == expected


def test_forms_are_tried_in_order_and_the_end_may_be_open() -> None:
    convert = day([parse_form("yyyyMMdd"), parse_form("yyyy-MM-dd")], ("2099-12-31", "长期", ""))
    assert convert("20240102") == convert("2024-01-02") == date(2024, 1, 2)
    assert convert("2099-12-31 00:00:00") == convert("长期有效") == convert("") == convert(None) == NO_END


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("2023-02-29", "impossible-date"),
        ("0000-01-01", "impossible-date"),
        ("2023-2-9", "not-a-date"),
        ("２０２３-01-01", "not-a-date"),
    ],
)
def test_a_day_that_is_none_says_why(written: str, reason: str) -> None:
    with pytest.raises(DirtyValue) as dirty:
        day([parse_form("yyyy-MM-dd")])(written)
    assert dirty.value.reasons == (reason,)


def test_without_forms_iso_is_read() -> None:
    assert day([])("2024-02-29T23:00:00Z") == date(2024, 3, 1)
    assert instant([])("2024-02-29T08:00:00") == datetime(2024, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "YYYY-MM-DD", "yyyy-MM-dd yyyy", "---", "yyyy'", "y" * 61])
def test_what_is_no_form_is_refused(text: str) -> None:
    with pytest.raises(FormInvalid) as refused:
        parse_form(text)
    assert refused.value.reason.zh


def test_a_form_without_a_whole_day_can_only_be_written() -> None:
    form = parse_form("HHmm")
    assert (form.read, form.day) == (None, None)
    assert form.write(datetime(2024, 1, 1, tzinfo=UTC)) == "0800"


def test_a_text_in_another_form_is_a_mismatch() -> None:
    form = parse_form("yyyyMMdd")
    assert form.read
    with pytest.raises(Mismatch):
        form.read("2024-01-01")
