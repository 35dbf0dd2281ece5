"""Answers of an authority (TimeStampResp): a token, or why there is none."""

from typing import Final

from certs.timestamps.errors import Failure, TimestampRefused, TokenInvalid
from certs.timestamps.tokens import LONGEST_TOKEN, Token, read_token
from certs.x509 import asn1
from certs.x509.asn1 import DerInvalid, Reader
from gateway.core.text import Text

LONGEST_RESPONSE: Final = LONGEST_TOKEN + 8_192
"""Bytes of an answer at most."""

_GRANTED: Final = frozenset({0, 1})  # the second: granted with modifications, which are looked at in the token
_REJECTION: Final = 2
_LONGEST_STATUS = 8

_NOT_DER = Text("不是时间戳应答：{why}", "this is no timestamp response: {why}")
_REFUSED = Text("时间戳机构拒绝请求：{why}", "the timestamping authority refused: {why}")
_NO_TOKEN = Text("时间戳应答中没有令牌", "the timestamp response holds no token")


def read_response(data: bytes) -> Token:
    """Read the token that an authority gave.

    Raises:
        TimestampRefused: it gives none.
        TokenInvalid: the answer is none, longer than 270,336 bytes, or the token breaks the rules of its form.
    """
    if len(data) > LONGEST_RESPONSE:
        raise TokenInvalid(_NOT_DER.format(why=f"longer than {LONGEST_RESPONSE} bytes"))
    try:
        outside = Reader(data)
        whole = outside.inside()
        outside.end()
        status, failures = _status(whole.inside())
        token = whole.raw(asn1.SEQUENCE) if whole.more else None
        whole.end()
    except DerInvalid as error:
        raise TokenInvalid(_NOT_DER.format(why=error)) from None
    if status not in _GRANTED:
        # The numbers only: what an authority writes is its own text, and this one is shown and logged.
        named = [failure.name for failure in sorted(failures)]
        raise TimestampRefused(_REFUSED.format(why=", ".join([f"status {status}", *named])), failures)
    if token is None:
        raise TokenInvalid(_NO_TOKEN)
    return read_token(token)


def granted(token: bytes) -> bytes:
    """The answer that gives a token."""
    return asn1.sequence(asn1.sequence(asn1.integer(0)), token)


def refused(failure: Failure, reason: str) -> bytes:
    """The answer that gives none."""
    return asn1.sequence(
        asn1.sequence(
            asn1.integer(_REJECTION), asn1.sequence(asn1.utf8(reason)), asn1.named_bits(frozenset({failure.value}))
        )
    )


def _status(inside: Reader) -> tuple[int, frozenset[Failure]]:
    status = inside.unsigned()
    if status.bit_length() > _LONGEST_STATUS:
        raise DerInvalid("a status is not one")
    if inside.next_is(asn1.SEQUENCE):
        inside.take(asn1.SEQUENCE)
    numbers = inside.flags() if inside.more else frozenset()
    inside.end()
    return status, frozenset(failure for failure in Failure if failure.value in numbers)
