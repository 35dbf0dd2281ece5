"""A timestamping authority, small: for development, tests and places that run their own.

One function, without a network: what carries requests to it decides who may ask.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from certs.cms import attribute, make_signed_data
from certs.signers import Signer
from certs.timestamps.errors import Failure, RequestInvalid
from certs.timestamps.requests import TimestampRequest
from certs.timestamps.responses import granted, refused
from certs.timestamps.tokens import TST_INFO, write_time
from certs.x509 import Certificate, asn1
from gateway.core.clock import Clock
from gateway.core.errors import KeyUnusable
from gateway.core.text import Text

DEVELOPMENT_POLICY: Final = "2.999.3161.1"
"""A policy that promises nothing: below the arc that is kept for examples."""

_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
_SERIAL_BITS: Final = 128
_ALGORITHM = Text("摘要算法未知（{oid}）", "the digest is not known here: {oid}")
_POLICY = Text("不按策略 {policy} 加盖时间戳", "no timestamps are given under the policy {policy}")
_KEY = Text("时间戳机构的密钥不可用", "the authority's key cannot be used now")


def random_serial() -> int:
    """A number that nobody gets twice: 128 random bits need no memory of what was given."""
    return secrets.randbits(_SERIAL_BITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class StampAuthority:
    """What an authority stamps with.

    Attributes:
        signer: its key and certificate; the certificate is for timestamps alone.
        clock: its time.
        chain: certificates between it and the root, that come along where they are wanted.
        policy: under which it stamps.
        accuracy: how far off its time may be; below a second, in whole milliseconds.
        serial: gives each token a number of its own.
    """

    signer: Signer
    clock: Clock
    chain: Sequence[Certificate] = ()
    policy: str = DEVELOPMENT_POLICY
    accuracy: timedelta = timedelta(milliseconds=500)
    serial: Callable[[], int] = random_serial


async def respond(request: bytes, authority: StampAuthority) -> bytes:
    """The answer to a request: a token, or in the same form why there is none. Never raises for what was asked."""
    try:
        asked = TimestampRequest.read(request)
        _check(asked, authority)
        return granted(await make_token(asked, authority))
    except RequestInvalid as error:
        return refused(error.failure, error.reason.en)
    except KeyUnusable:
        return refused(Failure.SYSTEM_FAILURE, _KEY.en)


def _check(asked: TimestampRequest, authority: StampAuthority) -> None:
    if asked.imprint.hash is None:
        raise RequestInvalid(_ALGORITHM.format(oid=asked.imprint.oid), Failure.BAD_ALGORITHM)
    if asked.policy not in {None, authority.policy}:
        raise RequestInvalid(_POLICY.format(policy=asked.policy), Failure.UNACCEPTED_POLICY)


async def make_token(request: TimestampRequest, authority: StampAuthority) -> bytes:
    """The token for a request.

    Raises:
        KeyUnusable: the authority's key cannot sign.
    """
    signer, now = authority.signer, authority.clock.now()
    millis = authority.accuracy // timedelta(milliseconds=1)
    info = asn1.sequence(
        asn1.integer(1),
        asn1.oid(authority.policy),
        request.imprint.to_der(),
        asn1.integer(authority.serial()),
        write_time(now),
        asn1.sequence(asn1.element(0x80, asn1.integer(millis)[2:])),
        b"" if request.nonce is None else asn1.integer(request.nonce),
    )
    return await make_signed_data(
        signer.algorithm.hash.digest(info),
        signer,
        kind=TST_INFO,
        content=info,
        certificates=(signer.certificate, *authority.chain) if request.wants_certificate else (),
        attributes=[attribute(_SIGNING_TIME, asn1.time(now))],
    )
