"""Paths that take values, and forms of which nothing is escaped: neither lets a value become something else."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.http import fill_path, raw_form_body
from adapters.kit.http.bodies import RequestCharset
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

TEXT = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: text not in {".", ".."})


@given(TEXT, st.sampled_from(["UTF-8", "GB18030"]))
def test_a_value_stays_one_segment_of_its_path(text: str, charset: RequestCharset) -> None:
    path, taken = fill_path("/cases/{number}/x", {"number": text, "other": 1}, charset)
    assert taken == {"number"}
    assert [unquote(part, charset) for part in path.split("/")] == ["", "cases", text, "x"]
    assert path.isascii()
    assert not {"?", "#", "&"} & set(path)


def test_a_path_without_places_takes_nothing() -> None:
    assert fill_path("/cases", {"number": "1"}) == ("/cases", set())


@pytest.mark.parametrize("value", [None, "", ".", ".."])
def test_a_value_that_would_lead_elsewhere_is_refused(value: str | None) -> None:
    with pytest.raises(SystemFailure, match="needs a value for number") as failed:
        fill_path("/cases/{number}", {"number": value})
    assert (failed.value.outcome, failed.value.fault) == (Outcome.INVALID, Fault.OURS)


def test_a_raw_form_is_bytes_of_its_charset() -> None:
    xml = '<?xml version="1.0" encoding="GBK"?><A b="1">张&lt;三&amp;&#13;</A>'
    body = raw_form_body({"ApiKey": "k+%", "absent": None, "xml": xml, "n": 1, "ok": True}, "GB18030")
    assert body.content == f"ApiKey=k+%&xml={xml}&n=1&ok=true".encode("gb18030")
    assert body.content_type == "application/x-www-form-urlencoded; charset=GB18030"


@pytest.mark.parametrize("text", ["a&ApiKey=b", "&", "a&b", "&amp", "&#;", "&lt;&x=1", "&copy;"])
def test_an_ampersand_that_could_begin_a_field_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(SystemFailure, match="ampersand") as failed:
        raw_form_body({"note": text})
    assert (failed.value.outcome, failed.value.fault) == (Outcome.INVALID, Fault.OURS)
    assert text not in failed.value.notice.replace("ampersand", "") or text == "&"
