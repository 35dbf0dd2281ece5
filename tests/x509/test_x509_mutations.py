"""Whatever is done to lists and answers, reading ends in a value or a refusal, and never clears who was revoked."""

from hypothesis import given, settings
from hypothesis import strategies as st

from certs.examination import Verdict
from certs.x509 import (
    DevelopmentAuthority,
    Evidence,
    KeyAlgorithm,
    RevocationUnreadable,
    examine_revocation,
    read_crl,
    read_ocsp_response,
)
from certs.x509.ocsp import ocsp_request, read_ocsp_request
from tests.thoroughness import tried
from tests.x509.authorities import CLOCK, DAY, NOW, key

AUTHORITY = DevelopmentAuthority.create(CLOCK, KeyAlgorithm.EC)
REVOKED = AUTHORITY.issue("x", key=key()).certificate
PAIR = (REVOKED, AUTHORITY.intermediate.certificate)
AUTHORITY.revoke(REVOKED, NOW - DAY)
LIST = AUTHORITY.crl()
QUESTION = ocsp_request(*PAIR)
ANSWER = AUTHORITY.respond(QUESTION)
MANY = settings(max_examples=tried(100, 400))


@st.composite
def broken(draw: st.DrawFn, data: bytes) -> bytes:
    """The data with a few bytes changed, cut out or doubled."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(changed) - 1))
        length = draw(st.integers(0, 8))
        changed[at : at + length] = draw(st.binary(max_size=8))
    return bytes(changed)


@MANY
@given(broken(LIST))
def test_a_broken_list_never_clears_who_is_on_it(data: bytes) -> None:
    try:
        evidence = Evidence((read_crl(data),))
    except RevocationUnreadable:
        return
    assert examine_revocation(PAIR, NOW, evidence, NOW).verdict is not Verdict.VALID


@MANY
@given(broken(ANSWER))
def test_a_broken_answer_never_clears_who_was_revoked(data: bytes) -> None:
    try:
        evidence = Evidence(responses=(read_ocsp_response(data),))
    except RevocationUnreadable:
        return
    assert examine_revocation(PAIR, NOW, evidence, NOW).verdict is not Verdict.VALID


@MANY
@given(broken(QUESTION))
def test_a_broken_question_is_refused_or_about_something(data: bytes) -> None:
    try:
        assert len(read_ocsp_request(data)) <= 64
    except RevocationUnreadable:
        return
