"""The responder gives a token or says in the protocol's own words why not, and never raises for what was asked."""

import asyncio
import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.timestamps import (
    Failure,
    Imprint,
    StampAuthority,
    TimestampError,
    TimestampRefused,
    TimestampRequest,
    TokenInvalid,
    read_response,
    respond,
    verify_token,
)
from certs.timestamps.responses import granted, refused
from certs.x509 import Hash, KeyAlgorithm, asn1
from tests.timestamps.authorities import DATA, KINDS, NOW, issued, request, stamper, token


def answered(asked: bytes, by: StampAuthority | None = None) -> bytes:
    return asyncio.run(respond(asked, by or stamper()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("used", [Hash.SM3, Hash.SHA256, Hash.SHA512])
def test_a_request_gets_a_token_of_its_own(kind: KeyAlgorithm, used: Hash) -> None:
    asked = request(hash=used)
    first, second = (read_response(answered(asked.to_der(), stamper(kind))) for _ in range(2))
    assert (first.imprint, first.nonce, first.time) == (asked.imprint, asked.nonce, NOW)
    assert first.serial != second.serial
    assert verify_token(first, DATA) == issued(kind).certificate


def test_certificates_come_along_only_where_they_are_wanted() -> None:
    without = read_response(answered(request(wants_certificate=False).to_der()))
    assert without.signed.certificates == ()
    assert verify_token(without, DATA, [issued().certificate]) == issued().certificate


def test_a_request_without_a_nonce_gets_a_token_without_one() -> None:
    assert read_response(answered(request(nonce=None).to_der())).nonce is None


def test_the_time_is_the_clocks_and_the_accuracy_as_it_was_set() -> None:
    by = stamper(accuracy=timedelta(milliseconds=900))
    by.clock.step(2)  # type: ignore[attr-defined] # a clock of the tests
    read = read_response(answered(request().to_der(), by))
    assert (read.time, read.accuracy) == (NOW + timedelta(seconds=2), timedelta(milliseconds=900))


@pytest.mark.parametrize(
    ("asked", "failure"),
    [
        (b"nothing", Failure.BAD_DATA_FORMAT),
        (TimestampRequest(imprint=Imprint("1.3.14.3.2.26", bytes(20))).to_der(), Failure.BAD_ALGORITHM),
        (request(policy="2.999.9").to_der(), Failure.UNACCEPTED_POLICY),
    ],
)
def test_what_must_be_refused_is_refused_with_its_cause(asked: bytes, failure: Failure) -> None:
    with pytest.raises(TimestampRefused, match=f"status 2, {failure.name}") as caught:
        read_response(answered(asked))
    assert caught.value.failures == {failure}


def test_its_own_policy_is_accepted() -> None:
    assert read_response(answered(request(policy="2.999.3161.1").to_der())).policy == "2.999.3161.1"


def test_a_key_that_cannot_sign_is_said_to_be_the_systems_failure() -> None:
    by = stamper()
    asyncio.run(by.signer.aclose())
    with pytest.raises(TimestampRefused, match="SYSTEM_FAILURE"):
        read_response(answered(request().to_der(), by))


@given(st.binary(max_size=200) | st.integers(0, 400).flatmap(lambda at: st.just(_cut(at))))
def test_whatever_is_asked_gets_an_answer_in_the_protocol(asked: bytes) -> None:
    failures: frozenset[Failure] = frozenset()
    try:
        read_response(answered(asked))
    except TimestampRefused as refusal:
        failures = refusal.failures
    assert len(failures) == (asked != request().to_der())


@given(st.binary(max_size=300), st.integers(0, 2_000))
def test_whatever_is_answered_is_a_token_or_refused(noise: bytes, place: int) -> None:
    whole = granted(token())
    for answer in (noise, whole[:place] + noise + whole[place + len(noise) :]):
        with contextlib.suppress(TimestampError):
            read_response(answer)


def _cut(place: int) -> bytes:
    """A request with a byte missing."""
    whole = request().to_der()
    return whole[:place] + whole[place + 1 :]


def status(*parts: bytes) -> bytes:
    return asn1.sequence(asn1.sequence(*parts))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"<html>", "this is no timestamp response"),
        (bytes(270_337), "longer than 270336"),
        (granted(token()) + b"\0", "this is no timestamp response"),
        (asn1.sequence(asn1.sequence(asn1.integer(0)), token(), asn1.null()), "this is no timestamp response"),
        (status(asn1.integer(1 << 40)), "this is no timestamp response"),
        (status(asn1.integer(0)), "holds no token"),
        (granted(asn1.sequence()), "not DER"),
    ],
    ids=["html", "long", "behind", "inside", "status", "none", "empty"],
)
def test_what_is_no_response_is_no_token(answer: bytes, words: str) -> None:
    with pytest.raises(TokenInvalid, match=words):
        read_response(answer)


def test_a_token_that_is_granted_with_changes_is_read_as_any() -> None:
    assert read_response(asn1.sequence(asn1.sequence(asn1.integer(1)), token())).nonce == 7


def test_a_refusal_is_told_without_the_authoritys_own_text() -> None:
    with pytest.raises(TimestampRefused) as caught:
        read_response(refused(Failure.TIME_NOT_AVAILABLE, "秘密"))
    assert "秘密" not in str(caught.value) + caught.value.reason.zh
    with pytest.raises(TimestampRefused, match=r"status 3$"):
        read_response(status(asn1.integer(3)))
