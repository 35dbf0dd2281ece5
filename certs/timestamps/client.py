"""Asking authorities for timestamps: one after the other until one gives a token that holds."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from certs.cms import Stamp
from certs.examination import Verdict
from certs.timestamps.errors import TimestampError, TimestampUnavailable, TokenInvalid
from certs.timestamps.imprint import Imprint
from certs.timestamps.requests import QUERY, TimestampRequest
from certs.timestamps.responses import LONGEST_RESPONSE, read_response
from certs.timestamps.tokens import Token
from certs.timestamps.verifying import SKEW, verify_token
from certs.x509 import Certificate, Hash, TrustStore, Usage, build_chain
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import SystemFailure
from gateway.core.ports import PostDocument
from gateway.core.text import Text

PAUSE: Final = 60.0
"""Seconds for which an authority that failed is asked last: a dead one must not hold up every document."""

_NONCE_BITS: Final = 64

_OTHER_NONCE = Text("时间戳不是对本次请求的应答", "the timestamp answers another request")
_OTHER_POLICY = Text("时间戳不是按所要求的策略加盖的", "the timestamp is under another policy than was asked for")
_OTHER_TIME = Text("时间戳的时间与本机时间相差过大", "the timestamp's time is too far from ours")
_NO_CHAIN = Text("不信任时间戳机构：", "the timestamping authority is not trusted: ")
_NO_TIME = Text("时限已到", "there was no time left")
_NONE_GAVE = Text("没有取得时间戳：", "no timestamp was to be had: ")

Report = Callable[[str, str], None]
"""Is told of which host gave no token that holds, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """One authority that can be asked.

    Attributes:
        url: where.
        policy: under which policy, by object identifier; the authority's own if None.
        seconds: for which it is waited for at most, so that there is time for the next one.
        certificates: its own and its issuers', where it does not send them.
    """

    url: str
    policy: str | None = None
    seconds: float = 5.0
    certificates: tuple[Certificate, ...] = ()

    @property
    def host(self) -> str:
        """Its host, for logs and reasons."""
        return urlsplit(self.url).hostname or ""


def random_nonce() -> int:
    """64 random bits."""
    return secrets.randbits(_NONCE_BITS)


class TimestampClient:
    """Gets tokens, each verified before it is given: imprint, nonce, policy, time, signature, certificate, chain.

    Args:
        authorities: in the order in which they are asked; one that failed within the last minute is asked last.
        post: carries requests; it reaches no other hosts than these.
        clock: the time.
        trust: whose chains are believed; None believes every authority that is asked, for development.
        report: is told of failures.
        nonce: gives each request a number.

    Raises:
        ValueError: there is no authority to ask.
    """

    def __init__(
        self,
        authorities: Sequence[Authority],
        post: PostDocument,
        clock: Clock,
        trust: TrustStore | None,
        *,
        report: Report = lambda _host, _why: None,
        nonce: Callable[[], int] = random_nonce,
    ) -> None:
        if not authorities:
            raise ValueError("there is no authority to ask")
        self._authorities = tuple(authorities)
        self._post = post
        self._clock = clock
        self._trust = trust
        self._report = report
        self._nonce = nonce
        self._paused: dict[str, float] = {}

    async def get_token(self, imprint: Imprint, deadline: Deadline) -> Token:
        """A token for this imprint.

        Raises:
            TimestampUnavailable: no authority gave one that holds before the deadline.
        """
        failures: list[Text] = []
        for authority in self._in_turn():
            if not deadline.remaining(self._clock):
                failures.append(_NO_TIME)
                break
            try:
                token = await self._ask(authority, imprint, deadline.within(authority.seconds, self._clock))
            except TimestampError as error:
                why = error.reason
            except SystemFailure as error:
                why = Text(error.notice, error.notice)
            else:
                self._paused.pop(authority.url, None)
                return token
            self._paused[authority.url] = self._clock.monotonic() + PAUSE
            self._report(authority.host, why.en)
            failures.append(Text(f"{authority.host}：{why.zh}", f"{authority.host}: {why.en}"))
        zh, en = "；".join(one.zh for one in failures), "; ".join(one.en for one in failures)
        raise TimestampUnavailable(Text(_NONE_GAVE.zh + zh, _NONE_GAVE.en + en))

    def stamping(self, hash: Hash, seconds: float) -> Stamp:  # noqa: A002 # the word for it
        """What gives a token over data by this digest, within ``seconds`` each."""

        async def stamp(data: bytes) -> bytes:
            token = await self.get_token(Imprint.of(data, hash), Deadline.after(seconds, self._clock))
            return token.der

        return stamp

    def _in_turn(self) -> Sequence[Authority]:
        now = self._clock.monotonic()
        return sorted(self._authorities, key=lambda one: self._paused.get(one.url, now) > now)

    async def _ask(self, authority: Authority, imprint: Imprint, deadline: Deadline) -> Token:
        request = TimestampRequest(
            imprint=imprint,
            policy=authority.policy,
            nonce=self._nonce(),
            wants_certificate=not authority.certificates,
        )
        reply = await self._post.post(authority.url, request.to_der(), QUERY, LONGEST_RESPONSE, deadline)
        token = read_response(reply)
        certificate = verify_token(token, imprint, authority.certificates)
        if token.nonce != request.nonce:
            raise TokenInvalid(_OTHER_NONCE)
        if authority.policy not in {None, token.policy}:
            raise TokenInvalid(_OTHER_POLICY)
        if abs(token.time - self._clock.now()) > SKEW:
            raise TokenInvalid(_OTHER_TIME)
        if self._trust is not None:
            known = (*token.signed.certificates, *authority.certificates)
            chain = build_chain(certificate, known, self._trust, token.time, Usage.TIMESTAMP)
            if chain.verdict is not Verdict.VALID:
                raise TokenInvalid(Text(_NO_CHAIN.zh + chain.reason.zh, _NO_CHAIN.en + chain.reason.en))
        return token
