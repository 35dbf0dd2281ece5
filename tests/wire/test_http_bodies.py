import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.http import form_body, json_body, with_query
from adapters.kit.http.bodies import RequestCharset

TEXT = st.text(st.characters(codec="utf-8"))
VALUES = st.dictionaries(TEXT.filter(bool), st.one_of(st.none(), TEXT, st.integers(), st.booleans()))


def spelt(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@given(VALUES, st.sampled_from(["UTF-8", "GB18030"]))
def test_a_form_reads_back_without_what_was_none(values: Any, charset: RequestCharset) -> None:
    body = form_body(values, charset)
    read = parse_qsl(body.content.decode("ascii"), keep_blank_values=True, encoding=charset)
    assert dict(read) == {name: spelt(value) for name, value in values.items() if value is not None}
    assert body.content_type == f"application/x-www-form-urlencoded; charset={charset}"


@given(VALUES, st.sampled_from(["UTF-8", "GB18030"]))
def test_json_reads_back_without_what_was_none(values: Any, charset: RequestCharset) -> None:
    body = json_body({"outer": values, "list": [values]}, charset)
    present = {name: value for name, value in values.items() if value is not None}
    assert json.loads(body.content.decode(charset)) == {"outer": present, "list": [present]}


@given(VALUES, st.sampled_from(["UTF-8", "GB18030"]))
def test_a_query_is_added_to_what_is_there(values: Any, charset: RequestCharset) -> None:
    url = with_query("http://h.example/p?a=1", values, charset)
    assert url.isascii()
    read = parse_qsl(urlsplit(url).query, keep_blank_values=True, encoding=charset)
    assert read == [("a", "1"), *((n, spelt(v)) for n, v in values.items() if v is not None)]


def test_no_values_add_no_question_mark() -> None:
    assert with_query("http://h.example/p", {"a": None}) == "http://h.example/p"


def test_bodies_do_not_show_their_content() -> None:
    assert "secret" not in repr(json_body({"a": "secret"}))
