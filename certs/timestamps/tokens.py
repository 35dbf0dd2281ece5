"""Timestamp tokens (RFC 3161; GB/T 20520 with SM2 and SM3): read into values. That one was read proves nothing."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from certs.cms import CmsInvalid, CmsUnsupported, SignedData, read_signed_data
from certs.timestamps.errors import TokenInvalid, TokenUnsupported
from certs.timestamps.imprint import Imprint
from certs.x509 import asn1
from certs.x509.asn1 import DerInvalid, Reader
from gateway.core.text import Text

LONGEST_TOKEN: Final = 262_144
"""Bytes of a token at most; one with certificates has some thousands."""

TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
"""The type of a token's content."""

_TIME = re.compile(rb"(\d{14})(?:\.(\d{0,8}[1-9]))?Z")
_MOST_BITS = 256
_MOST_PART = 999
_VERSION = 1

_NOT_TOKEN = Text("不是时间戳令牌", "this is no timestamp token")
_NOT_INFO = Text("时间戳令牌的内容不符合规定：{why}", "a timestamp token's content is not as it must be: {why}")
_ONE_SIGNER = Text("时间戳令牌须恰有一个签名", "a timestamp token bears exactly one signature")
_VERSION_UNKNOWN = Text("时间戳令牌的版本未知", "the timestamp token is of an unknown version")
_EXTENSION = Text("时间戳令牌含有不支持的关键扩展", "the timestamp token demands an extension that is not known here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as it was read.

    Attributes:
        der: all of it.
        imprint: what was stamped.
        time: when, in UTC.
        accuracy: how far off that may be; None if it does not say.
        policy: under which policy, by object identifier.
        serial: the authority's number for it.
        nonce: that of the request, if it had one.
        signed: the signed data around.
        info: the content that is signed, DER.
    """

    der: bytes
    imprint: Imprint = field(compare=False)
    time: datetime = field(compare=False)
    accuracy: timedelta | None = field(compare=False)
    policy: str = field(compare=False)
    serial: int = field(compare=False)
    nonce: int | None = field(repr=False, compare=False)
    signed: SignedData = field(repr=False, compare=False)
    info: bytes = field(repr=False, compare=False)


def read_token(data: bytes) -> Token:
    """Read a TimeStampToken.

    Raises:
        TokenInvalid: it is none, longer than 262,144 bytes, or breaks the rules of its form.
        TokenUnsupported: it is of a version that is not known here, or not in DER.
    """
    try:
        signed = read_signed_data(data, LONGEST_TOKEN)
        if signed.kind != TST_INFO or signed.content is None:
            raise TokenInvalid(_NOT_TOKEN)
        if len(signed.signers) != 1:
            raise TokenInvalid(_ONE_SIGNER)
        outside = Reader(signed.content)
        inside = outside.inside()
        outside.end()
        return _read(signed, signed.content, inside)
    except CmsUnsupported as error:
        raise TokenUnsupported(error.reason) from None
    except CmsInvalid as error:
        raise TokenInvalid(error.reason) from None
    except DerInvalid as error:
        raise TokenInvalid(_NOT_INFO.format(why=error)) from None


def _read(signed: SignedData, info: bytes, inside: Reader) -> Token:
    if inside.unsigned() != _VERSION:
        raise TokenUnsupported(_VERSION_UNKNOWN)
    policy = inside.oid()
    imprint = Imprint.read(inside.inside())
    serial = _bounded(inside.signed())
    time = read_time(inside.take(asn1.GENERALIZED_TIME))
    accuracy = _accuracy(inside.inside()) if inside.next_is(asn1.SEQUENCE) else None
    inside.boolean(default=False)  # whether tokens can be ordered by their times alone, which nobody here does
    nonce = _bounded(inside.signed()) if inside.next_is(asn1.INTEGER) else None
    if inside.next_is(0xA0):
        inside.take(0xA0)  # the authority's name: its certificate is what counts
    if inside.next_is(0xA1):
        _check_extensions(inside.inside(0xA1))
    inside.end()
    return Token(
        der=signed.der,
        imprint=imprint,
        time=time,
        accuracy=accuracy,
        policy=policy,
        serial=serial,
        nonce=nonce,
        signed=signed,
        info=info,
    )


def read_time(content: bytes) -> datetime:
    """A GeneralizedTime's content as RFC 3161 wants it: UTC, with fractions but without zeros at their end.

    Raises:
        DerInvalid: it is another.
    """
    found = _TIME.fullmatch(content)
    if not found:
        raise DerInvalid("a time is not in UTC, or not in its shortest form")
    micros = int((found[2] or b"0").decode().ljust(6, "0")[:6])
    try:
        return datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(microsecond=micros, tzinfo=UTC)
    except ValueError:
        raise DerInvalid("a time is no moment of the calendar") from None


def write_time(moment: datetime) -> bytes:
    """A GeneralizedTime of this moment, to the millisecond, as ``read_time`` reads it."""
    at = moment.astimezone(UTC)
    text = f"{at:%Y%m%d%H%M%S}.{at.microsecond // 1000:03}".rstrip("0").rstrip(".")
    return asn1.element(asn1.GENERALIZED_TIME, text.encode() + b"Z")


def _accuracy(inside: Reader) -> timedelta:
    seconds = _bounded(inside.unsigned()) if inside.next_is(asn1.INTEGER) else 0
    parts = [0, 0]
    for place, tag in enumerate((0x80, 0x81)):
        if inside.next_is(tag):
            parts[place] = int.from_bytes(inside.take(tag), "big")
            if not 1 <= parts[place] <= _MOST_PART:
                raise DerInvalid("an accuracy's part is not in 1..999")
    inside.end()
    try:
        return timedelta(seconds=seconds, milliseconds=parts[0], microseconds=parts[1])
    except OverflowError:
        raise DerInvalid("an accuracy is no time that anybody waits") from None


def _check_extensions(inside: Reader) -> None:
    while inside.more:
        one = inside.inside()
        one.oid()
        if one.boolean(default=False):
            raise TokenUnsupported(_EXTENSION)
        one.take(asn1.OCTET_STRING)
        one.end()


def _bounded(number: int) -> int:
    if number.bit_length() > _MOST_BITS:
        raise DerInvalid("a number is longer than anybody needs")
    return number
