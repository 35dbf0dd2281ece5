import codecs
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.charset import CharsetPolicy, to_text, to_utf8
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

CHINESE = "省级电子证照库：营业执照，长期有效"
GB_MARK = "\ufeff".encode("gb18030")


@pytest.mark.parametrize("label", [None, "text/xml", "text/xml; charset=gbk", "text/xml; charset=utf-8", "x; charset="])
@pytest.mark.parametrize(
    "body",
    [
        CHINESE.encode(),
        CHINESE.encode("gb18030"),
        CHINESE.encode("gbk"),
        codecs.BOM_UTF8 + CHINESE.encode(),
        GB_MARK + CHINESE.encode("gb18030"),
    ],
    ids=["utf-8", "gb18030", "gbk", "utf-8 with mark", "gb18030 with mark"],
)
def test_bytes_are_believed_whatever_the_label_says(body: bytes, label: str | None) -> None:
    assert to_text(body, label, "sniff") == CHINESE
    assert to_utf8(body, label, "sniff") == CHINESE.encode()


def test_a_declared_encoding_is_taken_as_declared() -> None:
    assert to_text("联通".encode("gbk"), None, "GB18030") == "联通"
    assert to_text(CHINESE.encode(), None, "UTF-8") == CHINESE


def test_a_utf8_mark_outweighs_a_declared_encoding() -> None:
    assert to_text(codecs.BOM_UTF8 + CHINESE.encode(), None, "GB18030") == CHINESE


@pytest.mark.parametrize(
    ("body", "policy"),
    [
        (b"\xff\xfe\x00", "sniff"),
        (CHINESE.encode()[:-1] + b"\xff", "sniff"),
        (CHINESE.encode("gb18030"), "UTF-8"),
        (b"\xff", "GB18030"),
        (codecs.BOM_UTF8 + b"\xff", "sniff"),
    ],
)
def test_what_is_no_text_is_refused_and_never_repaired(body: bytes, policy: CharsetPolicy) -> None:
    for read in (to_text, to_utf8):
        with pytest.raises(SystemFailure) as caught:
            read(body, "text/xml; charset=big5", policy)
        assert (caught.value.outcome, caught.value.fault) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS)
        assert "labelled big5" in caught.value.notice


def test_a_long_text_is_read_in_pieces_that_cut_no_character() -> None:
    text = "x" + CHINESE * 200_000
    body = text.encode("gb18030")
    assert len(body) > 2 << 20

    assert to_text(body, None, "sniff") == text
    with pytest.raises(SystemFailure):
        to_text(body[:-1], None, "GB18030")


def test_utf8_is_not_copied() -> None:
    body = CHINESE.encode()
    assert to_utf8(body, None, "sniff") is body
    assert to_utf8(ascii_body := b"<a/>", None, "GB18030") is ascii_body


@given(st.text(st.characters(codec="utf-8")), st.sampled_from(["sniff", "UTF-8"]))
def test_any_utf8_text_comes_through(text: Any, policy: CharsetPolicy) -> None:
    assert to_text(text.encode(), None, policy) == text.removeprefix("\ufeff")


@given(st.binary(), st.sampled_from(["sniff", "UTF-8", "GB18030"]))
def test_any_bytes_are_text_or_refused_and_both_readings_agree(body: bytes, policy: CharsetPolicy) -> None:
    try:
        text = to_text(body, None, policy)
    except SystemFailure:
        with pytest.raises(SystemFailure):
            to_utf8(body, None, policy)
    else:
        assert to_utf8(body, None, policy).decode() == text
