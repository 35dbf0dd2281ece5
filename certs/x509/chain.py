"""Chains from a certificate to a trust anchor (RFC 5280, section 6), for SM2, RSA and EC alike.

A chain is VALID if every certificate of it was in force at the time, signed by the next one, and the next one was
allowed to. It is INVALID if that is disproved, UNSUPPORTED where a certificate demands what is not known here, and
UNDECIDED where the certificate that comes next, or the anchor, is not to be had. Several authorities may have one name:
whose key a certificate names is asked first, and who has another key and did not sign it is not its issuer, no more.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final

from certs.examination.steps import Verdict
from certs.sm import SignatureInvalid
from certs.x509 import extensions
from certs.x509.algorithms import WEAK, KeyAlgorithm, SignatureAlgorithm
from certs.x509.certificate import Certificate
from certs.x509.extensions import KeyUsage
from certs.x509.trust import TrustStore, by_name
from gateway.core.text import Text

LONGEST_CHAIN: Final = 8
MOST_INTERMEDIATES: Final = 64
"""Intermediates that are looked at; what a document brings beyond them is left out."""

MOST_CHECKS: Final = 64
"""Signatures that are verified for one chain at most: a document may bring any number of authorities of one name."""

SMALLEST_RSA: Final = 2_048
"""Bits of an RSA modulus below which nothing is believed."""


class Usage(StrEnum):
    """What the certificate at the beginning of a chain is to prove."""

    SIGNATURE = "signature"
    TIMESTAMP = "timestamp"
    OCSP = "ocsp"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class ChainResult:
    """What became of a chain.

    Attributes:
        verdict: VALID, INVALID, UNSUPPORTED or UNDECIDED.
        reason: why, in plain words.
        path: from the certificate as far as it got; the last one is the anchor where ``anchored``.
        anchored: whether the path ends at a trust anchor.
    """

    verdict: Verdict
    reason: Text
    path: tuple[Certificate, ...]
    anchored: bool = False


def build_chain(
    certificate: Certificate,
    intermediates: Iterable[Certificate],
    trust: TrustStore,
    at: datetime,
    usage: Usage = Usage.SIGNATURE,
) -> ChainResult:
    """The best chain from ``certificate`` through ``intermediates`` to an anchor, judged for the time ``at``."""
    return _Search(certificate, tuple(intermediates), trust, at, usage).best()


class _Search:
    def __init__(
        self,
        certificate: Certificate,
        intermediates: Sequence[Certificate],
        trust: TrustStore,
        at: datetime,
        usage: Usage,
    ) -> None:
        self._certificate = certificate
        self._pool = by_name(dict.fromkeys(intermediates[:MOST_INTERMEDIATES]))
        self._trust = trust
        self._at = at
        self._usage = usage
        self._checks = 0

    def best(self) -> ChainResult:
        found = None
        for result in self._results((self._certificate,)):
            if found is None or _rank(result) > _rank(found):
                found = result
            if found.verdict is Verdict.VALID:
                break
        assert found is not None  # each path ends in a result
        return found

    def _results(self, path: tuple[Certificate, ...]) -> Iterator[ChainResult]:
        last = path[-1]
        if last in self._trust:
            yield self._judged(path)
            return
        is_missing = True
        for issuer in self._issuers(last, path):
            self._checks += 1
            if len(path) == LONGEST_CHAIN or self._checks > MOST_CHECKS:
                yield ChainResult(Verdict.UNDECIDED, _TOO_LONG, path)
                return
            flaw = _algorithm_flaw(last)
            if flaw is None and _is_signed_by(last, issuer):
                is_missing = False
                yield from self._results((*path, issuer))
            elif flaw is not None or not _is_namesake(last, issuer):
                is_missing = False
                yield ChainResult(*(flaw or (Verdict.INVALID, _FORGED.format(subject=last.subject))), path)
        if is_missing:
            yield ChainResult(Verdict.UNDECIDED, _missing(last), path)

    def _issuers(self, last: Certificate, path: tuple[Certificate, ...]) -> Sequence[Certificate]:
        """Who may have issued it: those of the name, anchors first, then those whose key has the right name."""
        named = dict.fromkeys((*self._trust.named(last.issuer_name), *self._pool.get(last.issuer_name.canonical, ())))
        fitting = [one for one in named if one not in path]
        return sorted(fitting, key=lambda one: (last.authority_key_id != one.subject_key_id, one not in self._trust))

    def _judged(self, path: tuple[Certificate, ...]) -> ChainResult:
        holds = Verdict.VALID, _HOLDS.format(anchor=path[-1].subject)
        return ChainResult(*next(_flaws(path, self._at, self._usage), holds), path, anchored=True)


Flaw = tuple[Verdict, Text]

_HOLDS: Final = Text("证书链完整，信任锚为「{anchor}」", "the chain holds up to the trust anchor {anchor}")
_NO_ISSUER: Final = Text(
    "缺少签发者「{issuer}」的证书，无法判断", "the certificate of the issuer {issuer} is not to be had"
)
_NO_ANCHOR: Final = Text(
    "证书链止于「{subject}」，该根证书不在信任库中，无法判断",
    "the chain ends at {subject}, which is not among the trust anchors",
)
_TOO_LONG: Final = Text("证书链过长或分支过多，未继续查找", "the chain is too long or has too many branches to follow")
_FORGED: Final = Text("「{subject}」的证书签名不成立", "the signature on the certificate of {subject} does not hold")
_WEAK: Final = Text(
    "「{subject}」的证书使用不安全的签名算法",
    "the certificate of {subject} is signed by an algorithm that can be forged",
)
_UNKNOWN_ALGORITHM: Final = Text(
    "「{subject}」的证书使用本系统不支持的签名算法",
    "the certificate of {subject} is signed by an algorithm that is not known here",
)
_WEAK_KEY: Final = Text("「{subject}」的密钥过短", "the key of {subject} is too short")
_EARLY: Final = Text("在该时刻「{subject}」的证书尚未生效", "the certificate of {subject} was not in force yet")
_LATE: Final = Text("在该时刻「{subject}」的证书已过期", "the certificate of {subject} was not in force any more")
_NO_AUTHORITY: Final = Text(
    "「{subject}」不是证书颁发机构，无权签发证书", "{subject} is no authority that may issue certificates"
)
_PATH_LENGTH: Final = Text(
    "「{subject}」之下的颁发机构层级超出限制", "there are more authorities below {subject} than it allows"
)
_DEMANDS: Final = Text(
    "「{subject}」的证书含有本系统不支持的关键扩展",
    "the certificate of {subject} demands an extension that is not known here",
)
_USAGES: Final = {
    Usage.SIGNATURE: Text("「{subject}」的证书不得用于签名", "the certificate of {subject} is not for signatures"),
    Usage.TIMESTAMP: Text(
        "「{subject}」的证书不得用于时间戳", "the certificate of {subject} is not for timestamps alone"
    ),
    Usage.OCSP: Text(
        "「{subject}」的证书不得用于吊销查询应答", "the certificate of {subject} is not for answers on revocation"
    ),
}
_NAME_CONSTRAINTS: Final = "2.5.29.30"
_POLICY_CONSTRAINTS: Final = "2.5.29.36"
_UNDERSTOOD: Final = frozenset(
    {
        extensions.KEY_USAGE,
        extensions.BASIC_CONSTRAINTS,
        extensions.EXTENDED_KEY_USAGE,
        extensions.SUBJECT_KEY_ID,
        extensions.AUTHORITY_KEY_ID,
        extensions.CRL_POINTS,
        extensions.AUTHORITY_ACCESS,
        extensions.NO_CHECK,
        "2.5.29.17",  # other names of the subject: they restrict nothing
        "2.5.29.18",  # other names of the issuer
        "2.5.29.32",  # policies: any is accepted
        "2.5.29.33",  # policy mappings
        "2.5.29.54",  # inhibit any policy: without a demand for one it restricts nothing
    }
)
_TIME_STAMPING: Final = frozenset({extensions.TIME_STAMPING})
_SIGNING: Final = frozenset({KeyUsage.DIGITAL_SIGNATURE, KeyUsage.CONTENT_COMMITMENT})


def _rank(result: ChainResult) -> int:
    """Which result says most: a chain that reached an anchor before one that did not, a forged link last."""
    if result.anchored:
        return {Verdict.VALID: 5, Verdict.UNSUPPORTED: 4}.get(result.verdict, 3)
    return {Verdict.UNDECIDED: 2, Verdict.UNSUPPORTED: 1}.get(result.verdict, 0)


def _missing(last: Certificate) -> Text:
    if last.is_self_issued:
        return _NO_ANCHOR.format(subject=last.subject)
    return _NO_ISSUER.format(issuer=last.issuer)


def _algorithm_flaw(certificate: Certificate) -> Flaw | None:
    if certificate.signature_algorithm is not None:
        return None
    if certificate.signature_oid in WEAK:
        return Verdict.INVALID, _WEAK.format(subject=certificate.subject)
    return Verdict.UNSUPPORTED, _UNKNOWN_ALGORITHM.format(subject=certificate.subject)


def _is_signed_by(certificate: Certificate, issuer: Certificate) -> bool:
    algorithm = certificate.signature_algorithm
    return (
        algorithm is not None
        and algorithm.key is issuer.public_key.algorithm
        and _holds(certificate, issuer, algorithm)
    )


def _is_namesake(certificate: Certificate, other: Certificate) -> bool:
    """Whether another authority merely has the issuer's name: its key is not the one that the certificate names."""
    named, own = certificate.authority_key_id, other.subject_key_id
    return named is not None and own is not None and named != own


@lru_cache(maxsize=1_024)
def _holds(certificate: Certificate, issuer: Certificate, algorithm: SignatureAlgorithm) -> bool:
    """Whether the issuer's key signed it: always the same for the same two, and asked again with every document."""
    try:
        issuer.public_key.verify(certificate.signature, certificate.tbs, algorithm.hash)
    except SignatureInvalid:
        return False
    return True


def _flaws(path: Sequence[Certificate], at: datetime, usage: Usage) -> Iterator[Flaw]:
    """What speaks against a path, from the certificate upwards."""
    below = 0
    for place, one in enumerate(path):
        if place:
            yield from _authority_flaws(one, below, anchor=place == len(path) - 1)
            below += not one.is_self_issued
        else:
            yield from _usage_flaws(one, usage)
        yield from _own_flaws(one, at)


def _own_flaws(one: Certificate, at: datetime) -> Iterator[Flaw]:
    if at < one.not_before:
        yield Verdict.INVALID, _EARLY.format(subject=one.subject)
    if at > one.not_after:
        yield Verdict.INVALID, _LATE.format(subject=one.subject)
    if one.public_key.algorithm is KeyAlgorithm.RSA and one.public_key.bits < SMALLEST_RSA:
        yield Verdict.INVALID, _WEAK_KEY.format(subject=one.subject)
    demanded = {kind for kind, extension in one.extensions.items() if extension.critical} - _UNDERSTOOD
    if demanded or _NAME_CONSTRAINTS in one.extensions or _POLICY_CONSTRAINTS in one.extensions:
        yield Verdict.UNSUPPORTED, _DEMANDS.format(subject=one.subject)


def _authority_flaws(one: Certificate, below: int, *, anchor: bool) -> Iterator[Flaw]:
    # An anchor of the time before extensions is an authority because it was made an anchor.
    old_anchor = anchor and not one.extensions
    usable = one.key_usage is None or KeyUsage.CERTIFICATE_SIGN in one.key_usage
    if not (one.is_authority or old_anchor) or not usable:
        yield Verdict.INVALID, _NO_AUTHORITY.format(subject=one.subject)
    if one.path_length is not None and below > one.path_length:
        yield Verdict.INVALID, _PATH_LENGTH.format(subject=one.subject)


def _usage_flaws(one: Certificate, usage: Usage) -> Iterator[Flaw]:
    if usage is Usage.ANY:
        return
    fits = one.key_usage is None or bool(one.key_usage & _SIGNING)
    if usage is Usage.TIMESTAMP:
        # RFC 3161, section 2.3: this usage alone, and nobody may overlook it
        extended = one.extensions.get(extensions.EXTENDED_KEY_USAGE)
        fits = fits and extended is not None and extended.critical and one.usages == _TIME_STAMPING
    if usage is Usage.OCSP:
        fits = fits and one.usages is not None and extensions.OCSP_SIGNING in one.usages
    if not fits:
        yield Verdict.INVALID, _USAGES[usage].format(subject=one.subject)
