"""Tokens and requests are read strictly: what was written comes back, and what is not as it must be is refused."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.cms import make_signed_data
from certs.timestamps import (
    Failure,
    Imprint,
    RequestInvalid,
    TimestampRequest,
    Token,
    TokenInvalid,
    TokenUnsupported,
    read_token,
)
from certs.timestamps.tokens import TST_INFO, read_time, write_time
from certs.x509 import Hash, asn1
from certs.x509.asn1 import DerInvalid, Reader
from tests.timestamps.authorities import DATA, NOW, request, stamper, token

IMPRINT = Imprint.of(DATA, Hash.SM3)


def info(**other: bytes) -> bytes:
    parts = {
        "version": asn1.integer(1),
        "policy": asn1.oid("2.999.1"),
        "imprint": IMPRINT.to_der(),
        "serial": asn1.integer(5),
        "time": asn1.element(asn1.GENERALIZED_TIME, b"20260304050607Z"),
        "accuracy": b"",
        "ordering": b"",
        "nonce": b"",
        "authority": b"",
        "extensions": b"",
    } | other
    return asn1.sequence(*parts.values())


def around(content: bytes | None, kind: str = TST_INFO) -> bytes:
    return asyncio.run(make_signed_data(bytes(32), stamper().signer, kind=kind, content=content))


def extension(*, critical: bool) -> bytes:
    return asn1.element(0xA1, asn1.sequence(asn1.oid("2.999.7"), asn1.boolean(value=critical), asn1.octets(b"")))


def test_a_token_says_what_was_stamped_when_and_by_which_number() -> None:
    read = read_token(token(request(nonce=9), stamper(serial=lambda: 77)))
    assert (read.imprint, read.time, read.serial, read.nonce) == (IMPRINT, NOW, 77, 9)
    assert (read.policy, read.accuracy) == ("2.999.3161.1", timedelta(milliseconds=500))
    assert len(read.signed.certificates) == 2
    assert "nonce" not in repr(read)


def test_what_a_token_need_not_say_may_be_missing() -> None:
    read = read_token(around(info()))
    assert (read.accuracy, read.nonce) == (None, None)


def test_everything_that_a_token_may_say_is_read() -> None:
    read = read_token(
        around(
            info(
                accuracy=asn1.sequence(asn1.integer(2), asn1.element(0x80, b"\x03"), asn1.element(0x81, b"\x04")),
                ordering=asn1.boolean(value=True),
                nonce=asn1.integer(-1),
                authority=asn1.element(0xA0, asn1.null()),
                extensions=extension(critical=False),
            )
        )
    )
    assert (read.accuracy, read.nonce) == (timedelta(seconds=2, milliseconds=3, microseconds=4), -1)


def accuracy(*parts: bytes) -> dict[str, bytes]:
    return {"accuracy": asn1.sequence(*parts)}


def two_signatures() -> bytes:
    once = around(info())
    outer = Reader(once).inside()
    kind = outer.raw()
    inner = outer.inside(0xA0).inside()
    parts = [inner.raw() for _ in range(3)]
    (signer,) = [Reader(inner.take(asn1.SET)).raw()]
    twice = asn1.sequence(*parts, asn1.element(asn1.SET, signer, signer))
    return asn1.sequence(kind, asn1.explicit(0, twice))


BROKEN: dict[str, tuple[Callable[[], bytes], type[TokenInvalid], str]] = {
    "nothing": (lambda: b"", TokenInvalid, "not DER"),
    "too long": (lambda: bytes(262_145), TokenInvalid, "longer than 262144"),
    "indefinite": (lambda: b"\x30\x80" + bytes(8), TokenUnsupported, "BER"),
    "another type": (lambda: around(info(), "1.2.840.113549.1.7.1"), TokenInvalid, "no timestamp token"),
    "no content": (lambda: around(None), TokenInvalid, "no timestamp token"),
    "two signatures": (two_signatures, TokenInvalid, "exactly one signature"),
    "version": (lambda: around(info(version=asn1.integer(2))), TokenUnsupported, "unknown version"),
    "no info": (lambda: around(asn1.null()), TokenInvalid, "content is not as it must be"),
    "more behind": (lambda: around(info(extensions=asn1.null())), TokenInvalid, "content is not as it must be"),
    "long serial": (lambda: around(info(serial=asn1.integer(1 << 256))), TokenInvalid, "longer than anybody needs"),
    "long nonce": (lambda: around(info(nonce=asn1.integer(1 << 256))), TokenInvalid, "longer than anybody needs"),
    "no fraction": (lambda: around(info(**accuracy(asn1.element(0x80, b"\0")))), TokenInvalid, "not in 1..999"),
    "long fraction": (lambda: around(info(**accuracy(asn1.element(0x81, b"\x03\xe8")))), TokenInvalid, "1..999"),
    "for ever": (lambda: around(info(**accuracy(asn1.integer(1 << 200)))), TokenInvalid, "nobody waits|anybody waits"),
    "demand": (lambda: around(info(extensions=extension(critical=True))), TokenUnsupported, "demands an extension"),
    "short digest": (
        lambda: around(info(imprint=Imprint(Hash.SM3.oid, bytes(31)).to_der())), TokenInvalid, "a digest's length",
    ),
    "long digest": (
        lambda: around(info(imprint=Imprint("2.999.5", bytes(65)).to_der())), TokenInvalid, "a digest's length",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_token_is_refused(name: str) -> None:
    make, kind, words = BROKEN[name]
    with pytest.raises(TokenInvalid, match=words) as caught:
        read_token(make())
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    "written",
    ["20260304050607", "20260304050607.Z", "20260304050607.50Z", "20260304050607.0Z", "202603040506Z",
     "20261304050607Z", "20260304050660Z", "20260304050607+0800", "2026030405060７Z"],
)  # fmt: skip
def test_a_time_that_is_not_in_its_only_form_is_refused(written: str) -> None:
    with pytest.raises(DerInvalid):
        read_time(written.encode())


def test_fractions_beyond_what_is_kept_are_cut() -> None:
    assert read_time(b"20260304050607.123456789Z") == datetime(2026, 3, 4, 5, 6, 7, 123456, UTC)


@given(st.integers(0, 200_000_000_000_000), st.integers(-12, 14))
def test_times_come_back_to_the_millisecond(millis: int, hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    at = datetime(1970, 1, 2, tzinfo=zone) + timedelta(milliseconds=millis, microseconds=millis % 1000)
    kept = at - timedelta(microseconds=at.microsecond % 1000)
    assert read_time(Reader(write_time(at)).take(asn1.GENERALIZED_TIME)) == kept


# ---- requests


@given(
    st.sampled_from(Hash), st.none() | st.just("2.999.1.2"), st.none() | st.integers(-(1 << 64), 1 << 64), st.booleans()
)
def test_a_request_comes_back_as_it_was_written(used: Hash, policy: str | None, nonce: int | None, wants: bool) -> None:
    asked = TimestampRequest(imprint=Imprint.of(DATA, used), policy=policy, nonce=nonce, wants_certificate=wants)
    assert TimestampRequest.read(asked.to_der()) == asked


def asking(**other: bytes) -> bytes:
    parts: dict[str, Any] = {"version": asn1.integer(1), "imprint": IMPRINT.to_der(), "rest": b""} | other
    return asn1.sequence(*parts.values())


REFUSED = {
    "nothing": (b"", Failure.BAD_DATA_FORMAT),
    "too long": (bytes(4_097), Failure.BAD_DATA_FORMAT),
    "more behind": (asking() + b"\0", Failure.BAD_DATA_FORMAT),
    "more inside": (asking(rest=asn1.null()), Failure.BAD_DATA_FORMAT),
    "version": (asking(version=asn1.integer(3)), Failure.BAD_REQUEST),
    "extensions": (asking(rest=asn1.element(0xA0, asn1.null())), Failure.UNACCEPTED_EXTENSION),
    "long nonce": (asking(rest=asn1.integer(1 << 256)), Failure.BAD_DATA_FORMAT),
    "parameters": (
        asking(imprint=asn1.sequence(asn1.sequence(asn1.oid(Hash.SM3.oid), asn1.octets(b"")), asn1.octets(bytes(32)))),
        Failure.BAD_DATA_FORMAT,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_request_is_refused_in_the_authoritys_words(name: str) -> None:
    written, failure = REFUSED[name]
    with pytest.raises(RequestInvalid) as caught:
        TimestampRequest.read(written)
    assert caught.value.failure is failure


def test_digests_may_be_named_with_a_null_behind() -> None:
    algorithm = asn1.sequence(asn1.oid(Hash.SM3.oid), asn1.null())
    read = TimestampRequest.read(asking(imprint=asn1.sequence(algorithm, asn1.octets(IMPRINT.digest))))
    assert read.imprint == IMPRINT


def test_an_imprint_is_of_the_data_it_was_made_of_and_no_others() -> None:
    assert IMPRINT.is_of(DATA)
    assert not IMPRINT.is_of(DATA + b"!")
    assert not Imprint("2.999.5", IMPRINT.digest).is_of(DATA)
    assert not IMPRINT.equals(Imprint(Hash.SHA256.oid, IMPRINT.digest))


def test_every_flip_in_a_token_is_refused_or_gives_another_token() -> None:
    whole = token()
    good = read_token(whole)
    for place in range(len(whole)):
        flipped = whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :]
        read: Token | None = None
        try:
            read = read_token(flipped)
        except TokenInvalid:
            continue
        assert read != good
