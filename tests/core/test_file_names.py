"""File names lose what could mislead whoever sees or stores them."""

import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.caller import Caller
from gateway.core.files import File, Owner, Purpose, safe_name
from tests.services.fakes import CITIZEN, FRONTEND, START


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("申请表.pdf", "申请表.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.pdf", "a.pdf"),
        ("a\x00b\r\nc.pdf", "abc.pdf"),
        ("gpj.\u202efdp", "gpj.fdp"),
        ("\u200ba\ufeff.pdf", "a.pdf"),
        ("  .hidden. ", "hidden"),
        ("a   b.pdf", "a b.pdf"),
        ('a"b<c>.pdf', "a_b_c_.pdf"),
        ("e\u0301.pdf", "\u00e9.pdf"),
        ("..", ""),
        ("a/", ""),
        ("\u202e", ""),
        ("", ""),
        ("x" * 200 + ".pdf", "x" * 116 + ".pdf"),
        ("x" * 200, "x" * 120),
        ("x." + "y" * 200, "x." + "y" * 118),
        ("\ud800a.pdf", "a.pdf"),
    ],
)
def test_a_name_keeps_what_is_safe(given_name: str, kept: str) -> None:
    assert safe_name(given_name) == kept


@given(st.text(max_size=400))
def test_no_name_has_a_path_or_a_character_that_is_not_seen(text: str) -> None:
    name = safe_name(text)
    assert len(name) <= 120
    assert not set(name) & set('/\\<>:"|?*')
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in name)
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))


def test_a_file_in_a_log_is_nameless() -> None:
    file = File(
        id="secret", purpose=Purpose.TICKET, owner=Owner.of(Caller(FRONTEND, CITIZEN)), name="王测试.pdf",
        media_type="application/pdf", bytes=3, sha256=None, created_at=START, expires_at=START + timedelta(hours=1),
    )  # fmt: skip
    assert repr(file) == "File(ticket, 3 bytes)"


def test_an_application_without_a_person_owns_by_itself() -> None:
    assert Owner.of(Caller(FRONTEND)) != Owner.of(Caller(FRONTEND, CITIZEN))
