"""Judging a signature that was read: digest, value, chain, revocation, times, timestamp."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO, Final

from certs.cms import (
    TIMESTAMP_TOKEN,
    CmsError,
    CmsInvalid,
    CmsUnsupported,
    agreed_hash,
    check_attributes,
    check_signing_certificate,
    verify_value,
)
from certs.cms.signing_certificate import SIGNING_CERTIFICATE_V2
from certs.examination import Check, Step, Verdict
from certs.pdf.values import Form, SignatureValue
from certs.sm import DEFAULT_ID, SignatureInvalid, Sm2PublicKey, signer_digest
from certs.timestamps import Imprint, TokenExamination, TokenInvalid, TokenUnsupported, examine_token, read_token
from certs.x509 import Certificate, Evidence, Hash, TrustStore, build_chain, examine_revocation
from gateway.core.clock import CHINA
from gateway.core.text import Text

SKEW: Final = timedelta(minutes=5)
"""How far clocks may be apart."""

_DIGEST_HOLDS: Final = Text("覆盖内容的摘要与签名时一致", "what is covered has the digest that was signed")
_VALUE_HOLDS: Final = Text("签名值由证书「{subject}」的密钥生成", "the signature's value is of the key of {subject}")
_NO_CERTIFICATE: Final = Text("签名中没有签名者的证书", "the signer's certificate is not in the signature")
_CONTENT_FORGED: Final = Text(
    "签名值与覆盖内容不符：内容被改动或签名伪造",
    "the signature's value does not prove what is covered: changed or forged",
)
_NO_CHAIN: Final = Text(
    "证书链未到达信任锚，无法判断吊销状态", "the chain reaches no trust anchor: revocation cannot be judged"
)
_NO_TIME: Final = Text(
    "签名未注明时间，按当前时间判断", "the signature states no time: it is judged for the present time"
)
_PROVEN: Final = Text(
    "时间戳证明的时间 {at} 在证书有效期内", "the time that a timestamp proves, {at}, lies in the certificate's validity"
)
_CLAIMED: Final = Text(
    "签名者注明的时间 {at} 在证书有效期内", "the time that the signer states, {at}, lies in the certificate's validity"
)
_NOT_IN_FORCE: Final = Text(
    "签名时间 {at} 不在证书有效期（{start} 至 {end}）内",
    "the time of the signature, {at}, lies outside the certificate's validity, {start} to {end}",
)
_FUTURE: Final = Text("签名时间 {at} 在将来", "the time of the signature lies in the future: {at}")
_CONTRADICTED: Final = Text(
    "签名注明的时间 {claimed} 晚于时间戳 {at}",
    "the time that the signature states, {claimed}, is later than its timestamp, {at}",
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of one signature.

    Attributes:
        kind: ``signature`` or ``timestamp``.
        steps: all but structure, coverage and changes.
        signer: whose certificate it is, if it is to be had.
        signed_at: the time that counts.
    """

    kind: str
    steps: Sequence[Step]
    signer: str | None
    signed_at: datetime | None


class Judge:
    """Judges the signatures of one document.

    Args:
        trust: whose chains are believed.
        at: the present time.
        certificates: of issuers, beside those in the signatures.
        evidence: by which revocation is judged.
        stream: the document.
    """

    def __init__(
        self,
        trust: TrustStore,
        at: datetime,
        certificates: Sequence[Certificate],
        evidence: Evidence,
        stream: BinaryIO,
    ) -> None:
        self._trust = trust
        self._at = at
        self._certificates = tuple(certificates)
        self._evidence = evidence
        self._stream = stream
        self._document_times: list[tuple[int, datetime]] = []

    def learn_times(self, values: Sequence[SignatureValue]) -> None:
        """Take note of the times that the document's own timestamps prove for what they cover."""
        for value in values:
            if value.form is Form.TIMESTAMP:
                examined = self._document_timestamp(value)
                if examined.time is not None and examined.step.verdict is Verdict.VALID:
                    self._document_times.append((value.coverage.end, examined.time))

    def judge(self, value: SignatureValue) -> Judged:
        """All that can be said about one signature by itself."""
        if value.form is Form.TIMESTAMP:
            return self._judge_timestamp(value)
        certificate = value.signed.certificate_of(value.signer, self._certificates)
        steps: list[Step] = []
        token = self._token(value)
        if token is not None:
            steps.append(token.step)
        proven = self._proven(value, token)
        moment = proven or value.claimed or self._at
        if certificate is None:
            steps.append(Check.SIGNATURE.undecided(_NO_CERTIFICATE))
            return Judged("signature", steps, None, proven or value.claimed)
        steps += self._signature(value, certificate)
        steps += self._chain(value, certificate, moment, proven=proven is not None)
        steps.append(self._times(value.claimed, proven, certificate))
        return Judged("signature", steps, certificate.subject, proven or value.claimed)

    def _judge_timestamp(self, value: SignatureValue) -> Judged:
        examined = self._document_timestamp(value)
        signer = examined.chain.path[0].subject if examined.chain is not None else None
        return Judged("timestamp", [examined.step], signer, examined.time)

    def _document_timestamp(self, value: SignatureValue) -> TokenExamination:
        try:
            stamped = read_token(value.coverage.value).imprint
        except TokenUnsupported as error:
            return TokenExamination(Check.TIMESTAMP.unsupported(error.reason))
        except TokenInvalid as error:
            return TokenExamination(Check.TIMESTAMP.invalid(error.reason))
        used = stamped.hash or Hash.SHA256
        about = Imprint(used.oid, value.coverage.digest(self._stream, used))
        return self._examine_token(value.coverage.value, about)

    def _token(self, value: SignatureValue) -> TokenExamination | None:
        tokens = value.signer.unsigned.get(TIMESTAMP_TOKEN)
        return self._examine_token(tokens[0], value.signer.signature) if tokens else None

    def _examine_token(self, token: bytes, about: bytes | Imprint) -> TokenExamination:
        return examine_token(
            token, about, self._trust, self._at, certificates=self._certificates, evidence=self._evidence
        )

    def _proven(self, value: SignatureValue, token: TokenExamination | None) -> datetime | None:
        """The earliest time for which it is proven that the signature was there."""
        times = [time for end, time in self._document_times if end > value.coverage.end]
        if token is not None and token.step.verdict is Verdict.VALID and token.time is not None:
            times.append(token.time)
        return min(times, default=None)

    def _signature(self, value: SignatureValue, certificate: Certificate) -> list[Step]:
        """Digest and value."""
        signer = value.signer
        try:
            used = agreed_hash(signer, certificate)
        except CmsError as error:
            return [_refused(Check.SIGNATURE, error)]
        holds = Check.SIGNATURE.valid(_VALUE_HOLDS.format(subject=certificate.subject))
        if signer.signed is None:
            return self._bare(value, certificate, used, holds)
        steps = []
        try:
            check_attributes(signer, value.signed.kind, value.coverage.digest(self._stream, used))
            steps.append(Check.DIGESTS.valid(_DIGEST_HOLDS))
        except CmsInvalid as error:
            steps.append(Check.DIGESTS.invalid(error.reason))
        try:
            verify_value(signer, certificate, used, signer.signed)
            # Older forms need not name the certificate; what they say has to be right all the same.
            if value.form is Form.PADES or SIGNING_CERTIFICATE_V2 in (signer.attributes or {}):
                check_signing_certificate(signer, certificate)
            steps.append(holds)
        except CmsError as error:
            steps.append(_refused(Check.SIGNATURE, error))
        return steps

    def _bare(self, value: SignatureValue, certificate: Certificate, used: Hash, holds: Step) -> list[Step]:
        """A signature over the content itself: digest and value cannot be told apart."""
        key = certificate.public_key
        before = signer_digest(key.key, DEFAULT_ID) if isinstance(key.key, Sm2PublicKey) else b""
        try:
            key.verify_digest(value.signer.signature, value.coverage.digest(self._stream, used, before), used)
        except SignatureInvalid:
            return [Check.SIGNATURE.invalid(_CONTENT_FORGED)]
        return [Check.DIGESTS.valid(_DIGEST_HOLDS), holds]

    def _chain(self, value: SignatureValue, certificate: Certificate, moment: datetime, *, proven: bool) -> list[Step]:
        """Chain and revocation. Whether the certificate itself was in force is a matter of times."""
        within = min(max(moment, certificate.not_before), certificate.not_after)
        others = (*value.signed.certificates, *self._certificates)
        chain = build_chain(certificate, others, self._trust, within)
        steps = [Step(Check.CERTIFICATES.value, Check.CERTIFICATES.word, chain.verdict, chain.reason)]
        if not chain.anchored:
            return [*steps, Check.REVOCATION.undecided(_NO_CHAIN)]
        revocation = examine_revocation(chain.path, moment, self._evidence, self._at, proven=proven)
        return [*steps, Step(Check.REVOCATION.value, Check.REVOCATION.word, revocation.verdict, revocation.reason)]

    def _times(self, claimed: datetime | None, proven: datetime | None, certificate: Certificate) -> Step:
        moment = proven or claimed or self._at
        if claimed is not None and claimed > (proven or self._at) + SKEW:
            said = _CONTRADICTED if proven else _FUTURE
            return Check.TIMES.invalid(said.format(claimed=_local(claimed), at=_local(moment)))
        if not certificate.in_force(moment):
            start, end = _local(certificate.not_before), _local(certificate.not_after)
            return Check.TIMES.invalid(_NOT_IN_FORCE.format(at=_local(moment), start=start, end=end))
        if proven is None and claimed is None:
            return Check.TIMES.valid(_NO_TIME)
        return Check.TIMES.valid((_PROVEN if proven else _CLAIMED).format(at=_local(moment)))


def _refused(check: Check, error: CmsError) -> Step:
    return check.unsupported(error.reason) if isinstance(error, CmsUnsupported) else check.invalid(error.reason)


def _local(moment: datetime) -> str:
    return moment.astimezone(CHINA).isoformat(sep=" ", timespec="seconds")
