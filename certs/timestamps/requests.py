"""Requests for a timestamp (TimeStampReq)."""

from dataclasses import dataclass, field
from typing import Final, Self

from certs.timestamps.errors import Failure, RequestInvalid
from certs.timestamps.imprint import Imprint
from certs.x509 import asn1
from certs.x509.asn1 import DerInvalid, Reader
from gateway.core.text import Text

LONGEST_REQUEST: Final = 4_096
"""Bytes of a request at most; one with a policy and a nonce has some 120."""

QUERY: Final = "application/timestamp-query"
REPLY: Final = "application/timestamp-reply"
_MOST_NONCE_BITS = 256
_VERSION = 1

_TOO_LONG = Text("时间戳请求超过 {limit} 字节", "a timestamp request is longer than {limit} bytes")
_NOT_DER = Text("不是时间戳请求：{why}", "this is no timestamp request: {why}")
_VERSION_UNKNOWN = Text("时间戳请求的版本未知", "the timestamp request is of an unknown version")
_EXTENSIONS = Text("时间戳请求含有不支持的扩展", "the timestamp request has extensions, and none is known here")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampRequest:
    """What an authority is asked.

    Attributes:
        imprint: of what is to be stamped.
        policy: under which policy, by object identifier; the authority's own if None.
        nonce: comes back in the token, so that no old one can be given.
        wants_certificate: whether the authority's certificate is to be in the token.
    """

    imprint: Imprint
    policy: str | None = None
    nonce: int | None = field(default=None, repr=False)
    wants_certificate: bool = True

    def to_der(self) -> bytes:
        """It as a TimeStampReq."""
        return asn1.sequence(
            asn1.integer(_VERSION),
            self.imprint.to_der(),
            b"" if self.policy is None else asn1.oid(self.policy),
            b"" if self.nonce is None else asn1.integer(self.nonce),
            asn1.boolean(value=True) if self.wants_certificate else b"",
        )

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read a request.

        Raises:
            RequestInvalid: it is none, longer than 4,096 bytes, of another version, or asks for extensions.
        """
        if len(data) > LONGEST_REQUEST:
            raise RequestInvalid(_TOO_LONG.format(limit=LONGEST_REQUEST))
        try:
            outside = Reader(data)
            inside = outside.inside()
            outside.end()
            return cls._read(inside)
        except DerInvalid as error:
            raise RequestInvalid(_NOT_DER.format(why=error)) from None

    @classmethod
    def _read(cls, inside: Reader) -> Self:
        if inside.unsigned() != _VERSION:
            raise RequestInvalid(_VERSION_UNKNOWN, Failure.BAD_REQUEST)
        imprint = Imprint.read(inside.inside())
        policy = inside.oid() if inside.next_is(asn1.OBJECT_IDENTIFIER) else None
        nonce = inside.signed() if inside.next_is(asn1.INTEGER) else None
        if nonce is not None and nonce.bit_length() > _MOST_NONCE_BITS:
            raise DerInvalid("a nonce is longer than anybody needs")
        wants_certificate = inside.boolean(default=False)
        if inside.next_is(0xA0):
            raise RequestInvalid(_EXTENSIONS, Failure.UNACCEPTED_EXTENSION)
        inside.end()
        return cls(imprint=imprint, policy=policy, nonce=nonce, wants_certificate=wants_certificate)
