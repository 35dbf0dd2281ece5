"""Whether the certificates of a chain were revoked, judged from evidence that is at hand; fetching it is elsewhere.

A certificate is INVALID if a list or answer that verifies says that it was revoked by the time in question, VALID if
one that was fresh enough for that time does not, and UNDECIDED without such: no pointer to a list is no proof of
anything.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from pathlib import Path
from typing import Final

from certs.examination.steps import Verdict, worst
from certs.sm import SignatureInvalid
from certs.x509.certificate import Certificate
from certs.x509.crl import LONGEST_LIST, Reason, RevocationList, Revoked, read_crls
from certs.x509.errors import RevocationUnreadable
from certs.x509.ocsp import OcspResponse, Status
from gateway.core.clock import CHINA
from gateway.core.errors import ConfigurationInvalid
from gateway.core.text import Text

USUAL_LIFE: Final = timedelta(days=7)
"""How long evidence is relied on that does not say it itself."""

MOST_VERIFIED: Final = 32
"""Lists, and answers, that are verified for one certificate; a document may bring any number."""

_SKEW: Final = timedelta(minutes=5)
_MOST_LISTS: Final = 100
_SMALL_LIST: Final = 1_048_576
_PASSING: Final = frozenset({Reason.HOLD, Reason.REMOVED})
_SUFFIXES: Final = frozenset({".crl", ".pem", ".der"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """Lists and answers, from wherever; each is verified before it is believed."""

    lists: tuple[RevocationList, ...] = ()
    responses: tuple[OcspResponse, ...] = ()

    def __add__(self, other: "Evidence") -> "Evidence":
        return Evidence((*self.lists, *other.lists), (*self.responses, *other.responses))


@dataclass(frozen=True, slots=True)
class RevocationResult:
    """What is known of a certificate or a chain.

    Attributes:
        verdict: VALID (not revoked by then), INVALID (revoked), or UNDECIDED.
        reason: why, in plain words.
        revoked: the revocation, also one after the time in question.
        used: what it was decided by, to be kept with the document.
    """

    verdict: Verdict
    reason: Text
    revoked: Revoked | None = None
    used: Evidence = Evidence()


@dataclass(frozen=True, slots=True)
class _Finding:
    """What one verified list or answer says."""

    status: Status
    revoked: Revoked | None
    this_update: datetime
    next_update: datetime | None
    source: Evidence


def examine_revocation(
    path: Sequence[Certificate], at: datetime, evidence: Evidence, now: datetime, *, proven: bool = True
) -> RevocationResult:
    """Judge each certificate of a path but the last, by evidence of the one that follows it.

    Args:
        path: as ``build_chain`` gives it. The last one is not looked up: an anchor is believed as it is, and of one
            that is none it is for the chain's verdict to say that its issuer is missing.
        at: the time in question.
        evidence: what there is.
        now: the present time; evidence from the future is not believed.
        proven: whether ``at`` is proven by more than the key in question; if not, a key that was compromised later
            proves nothing.
    """
    results = [_judge(one, issuer, at, evidence, now, proven=proven) for one, issuer in pairwise(path)]
    if not results:
        return RevocationResult(Verdict.VALID if path else Verdict.UNDECIDED, _NOTHING)
    verdict = worst(result.verdict for result in results)
    decided = [result for result in results if result.verdict is verdict]
    decisive = next((result for result in decided if result.revoked is not None), decided[0])
    used = sum((result.used for result in results), Evidence())
    revoked = next((result.revoked for result in results if result.revoked is not None), None)
    return RevocationResult(verdict, decisive.reason, revoked, used)


def load_lists(folder: Path, suffixes: Collection[str] = _SUFFIXES) -> Evidence:
    """The lists in a folder's files ``*.crl``, ``*.pem`` and ``*.der``; for places without a network.

    Args:
        folder: where they are.
        suffixes: which of its files are lists, if it has others.

    Raises:
        ConfigurationInvalid: the folder or a file cannot be read, a file holds no list, or there are more than 100.
    """
    remedy = "take it away, or put a revocation list in its place"
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix.lower() in suffixes and file.is_file())
        if len(files) > _MOST_LISTS:
            raise ConfigurationInvalid(f"there are more than {_MOST_LISTS} revocation lists", "keep the newest")
        return Evidence(tuple(crl for file in files for crl in read_crls(_bytes(file))))
    except OSError as error:
        raise ConfigurationInvalid(f"revocation lists cannot be read: {error.strerror}", remedy) from error
    except RevocationUnreadable as error:
        raise ConfigurationInvalid(f"a file among the revocation lists cannot be used: {error}", remedy) from error


def _bytes(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(2 * LONGEST_LIST + 1)


_NOTHING: Final = Text("只有信任锚本身，无需查询吊销状态", "there is only the trust anchor, which is not looked up")
_GOOD: Final = Text("截至该时刻证书未被吊销", "no certificate of the chain was revoked by then")
_LATER: Final = Text(
    "「{subject}」的证书在该时刻之后于 {at} 被吊销，不影响此前的签名",
    "the certificate of {subject} was revoked later, on {at}: what was signed before is not touched",
)
_REVOKED: Final = Text("「{subject}」的证书已于 {at} 被吊销", "the certificate of {subject} was revoked on {at}")
_COMPROMISED: Final = Text(
    "「{subject}」的密钥于 {at} 被报告泄露，而签名时间未经证明",
    "the key of {subject} was reported compromised on {at}, and nothing proves that the signature is older",
)
_NO_EVIDENCE: Final = Text(
    "没有「{subject}」的吊销信息（CRL 或 OCSP），无法判断：把其签发机构的列表（*.crl）放入信任文件夹",
    "there is neither a revocation list nor an answer for {subject}:"
    " put its authority's list (*.crl) into the folder of --trust",
)
_STALE: Final = Text(
    "「{subject}」的吊销信息已过时，无法判断", "what there is on the revocation of {subject} is out of date"
)
_OTHERS: Final = Text(
    "「{subject}」的吊销信息不是由签发该证书的机构签名的（同名的另一机构，或已被改动），须补充该机构的列表，无法判断",
    "no list of this authority is there for {subject}: what there is is another one's of its name, or was changed",
)
_UNKNOWN: Final = Text("OCSP 服务不认识「{subject}」的证书", "the responder does not know the certificate of {subject}")


def _judge(
    one: Certificate, issuer: Certificate, at: datetime, evidence: Evidence, now: datetime, *, proven: bool
) -> RevocationResult:
    offered = list(_offered(one, issuer, evidence))
    findings = sorted(
        (finding for finding in offered if finding is not None), key=lambda finding: finding.this_update, reverse=True
    )
    for finding in findings:
        if finding.revoked is not None and finding.revoked.reason not in _PASSING:
            return _revoked(one, finding.revoked, at, finding.source, proven=proven)
    if not findings:
        return RevocationResult(Verdict.UNDECIDED, (_OTHERS if offered else _NO_EVIDENCE).format(subject=one.subject))
    for finding in findings:
        if _is_fresh(finding, one, at, now):
            if finding.status is Status.UNKNOWN:
                return RevocationResult(Verdict.UNDECIDED, _UNKNOWN.format(subject=one.subject))
            if finding.revoked is not None:
                return _revoked(one, finding.revoked, at, finding.source, proven=proven)
            return RevocationResult(Verdict.VALID, _GOOD, None, finding.source)
    return RevocationResult(Verdict.UNDECIDED, _STALE.format(subject=one.subject))


def _revoked(one: Certificate, revoked: Revoked, at: datetime, source: Evidence, *, proven: bool) -> RevocationResult:
    values = {"subject": one.subject, "at": _shown(revoked.at)}
    if revoked.at <= at:
        return RevocationResult(Verdict.INVALID, _REVOKED.format(**values), revoked, source)
    if revoked.reason.is_compromise and not proven:
        return RevocationResult(Verdict.INVALID, _COMPROMISED.format(**values), revoked, source)
    return RevocationResult(Verdict.VALID, _LATER.format(**values), revoked, source)


def _shown(moment: datetime) -> str:
    """A time for readers: China's; the last hours of the calendar, which have none, as they are."""
    try:
        return moment.astimezone(CHINA).isoformat(sep=" ", timespec="seconds")
    except OverflowError:
        return moment.isoformat(sep=" ", timespec="seconds")


def _is_fresh(finding: _Finding, one: Certificate, at: datetime, now: datetime) -> bool:
    if finding.this_update > now + _SKEW:
        return False
    # Authorities may take expired certificates off their lists: not being on a later one says nothing.
    if finding.source.lists and finding.revoked is None and finding.this_update > one.not_after:
        return False
    return (finding.next_update or finding.this_update + USUAL_LIFE) >= at


def _offered(one: Certificate, issuer: Certificate, evidence: Evidence) -> Iterator[_Finding | None]:
    """What each list and answer that is about this certificate says; None for one that does not verify."""
    lists = (crl for crl in evidence.lists if crl.issuer.canonical == issuer.subject_name.canonical)
    for crl in islice(lists, MOST_VERIFIED):
        yield from _from_list(crl, one, issuer)
    answers = ((response, response.find(one, issuer)) for response in evidence.responses)
    for response, answer in islice(((response, found) for response, found in answers if found), MOST_VERIFIED):
        source = Evidence(responses=(response,))
        finding = _Finding(answer.status, answer.revoked, answer.this_update, answer.next_update, source)
        yield finding if _response_holds(response, issuer) else None


def _from_list(crl: RevocationList, one: Certificate, issuer: Certificate) -> Iterator[_Finding | None]:
    check = _list_holds if len(crl.der) <= _SMALL_LIST else _list_holds.__wrapped__
    if not check(crl, issuer):
        yield None
        return
    try:
        revoked = crl.find(one.serial)
    except RevocationUnreadable:
        yield None
        return
    if revoked is not None or crl.speaks_of(one):
        status = Status.GOOD if revoked is None else Status.REVOKED
        yield _Finding(status, revoked, crl.this_update, crl.next_update, Evidence((crl,)))


@lru_cache(maxsize=64)
def _list_holds(crl: RevocationList, issuer: Certificate) -> bool:
    """Whether the issuer wrote the list: always the same for the same two, and asked again with every document."""
    return _verifies(lambda: crl.verify(issuer))


@lru_cache(maxsize=256)
def _response_holds(response: OcspResponse, issuer: Certificate) -> bool:
    return _verifies(lambda: response.verify(issuer))


def _verifies(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except SignatureInvalid:
        return False
    return True
