"""Whether a token proves that something was there at its time.

1. The token is about what it is shown for.
2. The certificate that its signature names is to be had.
3. That certificate is for timestamps and nothing else, which nobody may overlook, and was in force at that time.
4. The signature holds, and says itself by which certificate it was made.
5. The chain of that certificate ends at a trust anchor, and nothing of it was revoked: ``examine_token`` only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from certs.cms import CmsInvalid, CmsUnsupported, check_signing_certificate, verify_signature
from certs.examination import Check, Step, Verdict
from certs.timestamps.errors import AuthorityUnknown, TokenInvalid, TokenUnsupported
from certs.timestamps.imprint import Imprint
from certs.timestamps.tokens import Token, read_token
from certs.x509 import (
    Certificate,
    ChainResult,
    Evidence,
    TrustStore,
    Usage,
    build_chain,
    examine_revocation,
    extensions,
)
from gateway.core.clock import CHINA
from gateway.core.text import Text

SKEW: Final = timedelta(minutes=5)
"""How far an authority's clock may be ahead of ours."""

_OTHER = Text("时间戳不是对该内容加盖的", "the timestamp is about something else")
_HASH_UNKNOWN = Text(
    "时间戳使用本系统不支持的摘要算法（{oid}）", "the timestamp is over a digest that is not known here: {oid}"
)
_NO_CERTIFICATE = Text("缺少时间戳机构的证书", "the certificate of the timestamping authority is not to be had")
_NOT_FOR_STAMPS = Text(
    "时间戳机构的证书不是专用于时间戳的证书", "the authority's certificate is not for timestamps alone"
)
_NOT_IN_FORCE = Text(
    "加盖时间戳时，时间戳机构的证书不在有效期内", "the authority's certificate was not in force at the timestamp's time"
)
_FUTURE = Text("时间戳的时间 {at} 在将来", "the timestamp's time lies in the future: {at}")
_HOLDS = Text("时间戳（{at}，{authority}）有效", "the timestamp of {at} by {authority} holds")
_SIGNED = Text(
    "时间戳（{at}，{authority}）的签名有效；", "the signature of the timestamp of {at} by {authority} holds; "
)
_STAMPS_ONLY: Final = frozenset({extensions.TIME_STAMPING})


@dataclass(frozen=True, slots=True)
class TokenExamination:
    """What was found in a token.

    Attributes:
        step: the verdict with its reason.
        token: the token, if it could be read.
        time: the time that it proves: None unless imprint and signature hold.
        chain: of the authority's certificate, if imprint and signature hold.
    """

    step: Step
    token: Token | None = None
    time: datetime | None = None
    chain: ChainResult | None = None


def verify_token(token: Token, about: bytes | Imprint, certificates: Sequence[Certificate] = ()) -> Certificate:
    """Verify all but the chain; returns the authority's certificate.

    Args:
        token: as it was read.
        about: what it is shown for: the bytes that were stamped, or their imprint.
        certificates: where the authority's is looked for if it is not in the token.

    Raises:
        TokenInvalid: it proves nothing about this.
        TokenUnsupported: it is made in a way that is not known here.
        AuthorityUnknown: the authority's certificate is neither in it nor among ``certificates``.
    """
    _check_imprint(token.imprint, about)
    (signer,) = token.signed.signers
    certificate = token.signed.certificate_of(signer, certificates)
    if certificate is None:
        raise AuthorityUnknown(_NO_CERTIFICATE)
    extended = certificate.extensions.get(extensions.EXTENDED_KEY_USAGE)
    if extended is None or not extended.critical or certificate.usages != _STAMPS_ONLY:
        raise TokenInvalid(_NOT_FOR_STAMPS)
    if not certificate.in_force(token.time):
        raise TokenInvalid(_NOT_IN_FORCE)
    try:
        verify_signature(signer, certificate, token.signed.kind, token.info)
        check_signing_certificate(signer, certificate)
    except CmsUnsupported as error:
        raise TokenUnsupported(error.reason) from None
    except CmsInvalid as error:
        raise TokenInvalid(error.reason) from None
    return certificate


def examine_token(
    token: bytes,
    about: bytes | Imprint,
    trust: TrustStore,
    at: datetime,
    *,
    certificates: Sequence[Certificate] = (),
    evidence: Evidence | None = None,
) -> TokenExamination:
    """Examine a token, chain included.

    The certificate has to be in force at the token's time, not at ``at``: that it ended since takes nothing from it.

    Args:
        token: DER.
        about: what it is shown for: the bytes that were stamped, or their imprint.
        trust: whose chains are believed.
        at: the present time.
        certificates: of authorities and their issuers, beside those in the token.
        evidence: by which it is judged whether the authority's key was revoked; None leaves that to others.
    """
    read = None
    try:
        read = read_token(token)
        authority = verify_token(read, about, certificates)
    except TokenUnsupported as error:
        return TokenExamination(Check.TIMESTAMP.unsupported(error.reason), read)
    except AuthorityUnknown as error:
        return TokenExamination(Check.TIMESTAMP.undecided(error.reason), read)
    except TokenInvalid as error:
        return TokenExamination(Check.TIMESTAMP.invalid(error.reason), read)
    shown = {"at": read.time.astimezone(CHINA).isoformat(sep=" "), "authority": authority.subject}
    chain = build_chain(authority, (*read.signed.certificates, *certificates), trust, read.time, Usage.TIMESTAMP)
    if read.time > at + SKEW:
        return TokenExamination(Check.TIMESTAMP.invalid(_FUTURE.format(**shown)), read, None, chain)
    verdict, why = chain.verdict, chain.reason
    if verdict is Verdict.VALID and evidence is not None:
        # what an authority's own key stamped proves no time once that key was in other hands
        revocation = examine_revocation(chain.path, read.time, evidence, at, proven=False)
        verdict, why = revocation.verdict, revocation.reason
    message = _HOLDS.format(**shown)
    if verdict is not Verdict.VALID:
        said = _SIGNED.format(**shown)
        message = Text(said.zh + why.zh, said.en + why.en)
    step = Step(Check.TIMESTAMP.value, Check.TIMESTAMP.word, verdict, message)
    return TokenExamination(step, read, read.time, chain)


def _check_imprint(imprint: Imprint, about: bytes | Imprint) -> None:
    if isinstance(about, Imprint):
        same = imprint.equals(about)
    elif imprint.hash is None:
        raise TokenUnsupported(_HASH_UNKNOWN.format(oid=imprint.oid))
    else:
        same = imprint.is_of(about)
    if not same:
        raise TokenInvalid(_OTHER)
