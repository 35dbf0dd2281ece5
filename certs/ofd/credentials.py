"""Who signed and when: certificates, revocation, times and timestamps of a signature and of the seal in it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from certs.examination import Check, Step, Verdict
from certs.timestamps import examine_token
from certs.timestamps.verifying import SKEW
from certs.x509 import Certificate, ChainResult, Evidence, TrustStore, build_chain, examine_revocation
from gateway.core.clock import CHINA
from gateway.core.text import Text


class Reliance(msgspec.Struct, frozen=True, kw_only=True):
    """What an examination relies on.

    Attributes:
        trust: the anchors.
        now: the time of the examination.
        evidence: what is known of revocation.
        intermediates: certificates between signers and anchors that the document does not bring.
    """

    trust: TrustStore
    now: datetime
    evidence: Evidence = Evidence()
    intermediates: Sequence[Certificate] = ()


_SIGNER: Final = Text("签章人", "signer")
_MAKER: Final = Text("制章者", "maker of the seal")
_NO_CHAIN: Final = Text(
    "{who}证书缺少签发者，无法查询吊销状态", "the issuer of the certificate of the {who} is missing: nobody can say"
)
_FUTURE: Final = Text("签章时间 {at} 晚于当前时间", "the signature states a time to come, {at}")
_NO_TIME: Final = Text("签名未注明经签名的时间", "the signature states no time that is signed")
_IN: Final = Text("{at} 在{who}证书有效期内", "{at} lies within the validity of the certificate of the {who}")
_OUT: Final = Text(
    "{at} 不在{who}证书有效期（{start} 至 {end}）内",
    "{at} lies outside the validity of the certificate of the {who}, {start} to {end}",
)
_NO_TOKEN: Final = Text("没有时间戳，时间仅由签章人声明", "there is no timestamp: the time is what the signer states")
_EARLIER: Final = Text(
    "时间戳 {at} 早于所声明的时间 {stated}", "the timestamp, {at}, is earlier than the time that is stated, {stated}"
)


def examine_stamp(
    reliance: Reliance, token: bytes | None, value: bytes, stated: datetime | None
) -> tuple[Step, datetime | None]:
    """What the timestamp over a signature value says, which must not be earlier than the time that is stated.

    Returns:
        The step, and the time that is proven: None unless the step is VALID and there is a timestamp.
    """
    if token is None:
        return Check.TIMESTAMP.valid(_NO_TOKEN), None
    found = examine_token(
        token,
        value,
        reliance.trust,
        reliance.now,
        certificates=reliance.intermediates,
        evidence=reliance.evidence,
    )
    if found.step.verdict is not Verdict.VALID or found.time is None:
        return found.step, None
    if stated is not None and found.time + SKEW < stated:
        return Check.TIMESTAMP.invalid(_EARLIER.format(at=local(found.time), stated=local(stated))), None
    return found.step, found.time


def examine_signer(
    reliance: Reliance,
    certificate: Certificate,
    brought: Iterable[Certificate],
    *,
    stated: datetime | None,
    proven: datetime | None,
) -> list[Step]:
    """Certificates, revocation and times of a signer.

    Args:
        reliance: what is relied on.
        certificate: the signer's.
        brought: other certificates that the document brings.
        stated: the time that is signed.
        proven: the time that a timestamp proves.
    """
    steps = []
    at = proven or stated or reliance.now
    if stated is not None and stated > reliance.now + SKEW:
        steps.append(Check.TIMES.invalid(_FUTURE.format(at=local(stated))))
    steps.append(_in_force(certificate, at, _SIGNER))
    if stated is None and proven is None:
        steps.append(Check.TIMES.valid(_NO_TIME))
    return steps + _chain(reliance, certificate, brought, at, _SIGNER, proven=proven is not None)


def examine_maker(reliance: Reliance, certificate: Certificate, created_at: datetime) -> list[Step]:
    """Certificates, revocation and times of a seal's maker, judged for when the seal was made.

    That the certificate ended or was revoked later does not touch the seal (GM/T 0031-2025).
    """
    return [
        _in_force(certificate, created_at, _MAKER),
        *_chain(reliance, certificate, (), created_at, _MAKER, proven=False),
    ]


def _in_force(certificate: Certificate, at: datetime, who: Text) -> Step:
    if certificate.in_force(at):
        return Check.TIMES.valid(_about(_IN, who, at=local(at)))
    start, end = local(certificate.not_before), local(certificate.not_after)
    return Check.TIMES.invalid(_about(_OUT, who, at=local(at), start=start, end=end))


def _chain(
    reliance: Reliance,
    certificate: Certificate,
    brought: Iterable[Certificate],
    at: datetime,
    who: Text,
    *,
    proven: bool,
) -> list[Step]:
    chain = build_chain(certificate, (*brought, *reliance.intermediates), reliance.trust, at)
    said = Text(f"{who.zh}：{chain.reason.zh}", f"{who.en}: {chain.reason.en}")
    steps = [step(Check.CERTIFICATES, chain.verdict, said)]
    steps.append(_revocation(reliance, chain, at, who, proven=proven))
    return steps


def _revocation(reliance: Reliance, chain: ChainResult, at: datetime, who: Text, *, proven: bool) -> Step:
    if not chain.anchored and len(chain.path) == 1:
        return Check.REVOCATION.undecided(_about(_NO_CHAIN, who))
    result = examine_revocation(chain.path, at, reliance.evidence, reliance.now, proven=proven)
    said = Text(f"{who.zh}：{result.reason.zh}", f"{who.en}: {result.reason.en}")
    return step(Check.REVOCATION, result.verdict, said)


def step(check: Check, verdict: Verdict, message: Text) -> Step:
    """A step of this verdict."""
    return Step(check.value, check.word, verdict, message)


def local(moment: datetime) -> str:
    """A time for readers: China's; the last hours of the calendar as they are."""
    try:
        return moment.astimezone(CHINA).isoformat(sep=" ", timespec="seconds")
    except OverflowError:
        return moment.isoformat(sep=" ", timespec="seconds")


def _about(said: Text, who: Text, **values: object) -> Text:
    return Text(said.zh.format(who=who.zh, **values), said.en.format(who=who.en, **values))
