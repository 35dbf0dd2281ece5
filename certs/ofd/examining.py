"""Examining a sealed or signed OFD document, in the numbered steps of ``certs.examination``.

For each signature of each list, in the list's order:

1. structure: its files are there, and Signature.xml can be understood in one way only;
2. digests: every protected file has the digest that Signature.xml gives, and Signature.xml the one that is signed;
3. coverage: every file that the document uses is protected;
4. seal: the maker's signature holds, and Seal.esl is the seal that was signed;
5. signer: the seal's list allows the signer;
6. signature: the value proves what is signed, for this place and by the method that Signature.xml names;
7. certificates: chains of signer and maker up to a trust anchor;
8. revocation: none of them was revoked by then;
9. times: the stated or proven time lies in the validity of seal and certificates, and not in the future;
10. timestamp: it is over this signature, and not earlier than the time that is stated;
11. changes: nothing that later signatures confirm was changed after this one, and no signature was taken away.
"""

import base64
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

from certs import cms, sm
from certs.examination import Check, Examination, SignatureExamination, Step, combine, unsigned, worst_step
from certs.ofd import credentials
from certs.ofd.contents import Bearing, Contents, Protection, removed_signatures
from certs.ofd.credentials import Reliance
from certs.ofd.description import Description
from certs.ofd.directory import Entry
from certs.ofd.document import Document, Root
from certs.ofd.errors import FileMissing, OfdInvalid
from certs.ofd.limits import LIMITS, Limits
from certs.ofd.package import OfdPackage, Openable, shown
from certs.ofd.paths import folded, folder_of
from certs.ofd.signature_files import described, sealed_value
from certs.ofd.signature_list import Listed, SignatureList
from certs.seals import SealError
from certs.seals.examining import ALGORITHMS, examine_signature, examine_signed
from certs.seals.seal import LARGEST_SEAL
from certs.seals.signature import LARGEST_SIGNATURE, SealSignature
from certs.x509 import Certificate, CertificateInvalid, Hash, SignatureAlgorithm, SignatureInvalid, read_certificate
from certs.x509.revocation import Evidence
from certs.x509.trust import TrustStore
from gateway.core.text import Text

_SOUND: Final = Text("文件结构正确", "the structure is sound")
_TWICE: Final = Text("签名列表两次指向同一签名：{path}", "the list names one signature twice: {path}")
_METHOD_DIFFERS: Final = Text(
    "签名描述文件注明的签名方法与实际签名算法不符",
    "the method that the signature's description names is not the one by which it is signed",
)
_METHOD_UNKNOWN: Final = Text("签名方法 {name} 不受支持", "the signature method {name} is not known here")
_SIGNED: Final = Text("签名人（{subject}）的签名值有效", "the signature by {subject} proves what it signs")
_OTHER_CONTENT: Final = Text(
    "签名的内容不是本签名描述文件的摘要：文件被改动",
    "what is signed is not the digest of the signature's description: it was changed",
)
_SAME_CONTENT: Final = Text(
    "签名描述文件与签名中的摘要一致", "the signature's description matches the digest that was signed"
)
_NO_CERTIFICATE: Final = Text(
    "签名中没有签名人证书，无法验证", "the signature brings no certificate of its signer: nobody can verify it"
)
_OLD_TOKEN: Final = Text(
    "V1 版签章以时间戳表示时间，其对象未规定，不作判断",
    "a signature of V1 has a timestamp in place of its time, over what is not settled: nothing is said of it",
)
_KIND_UNKNOWN: Final = Text(
    "签名的内容类型 {oid} 不受支持", "what is signed is of a type that is not known here: {oid}"
)
_SM2_NAMES: Final = frozenset({"SM2", "SM2SM3", "SM2WITHSM3", "SM3WITHSM2"})
_KINDS: Final = frozenset({cms.DATA, cms.GM_DATA})
_SEVERAL: Final = Text("一个签名值中有多个签名人", "one signature value is by several signers")


def examine_ofd(
    source: Openable,
    trust: TrustStore,
    at: datetime,
    *,
    evidence: Evidence | None = None,
    intermediates: Sequence[Certificate] = (),
    limits: Limits = LIMITS,
) -> Examination:
    """Examine every signature of a document.

    Args:
        source: the document.
        trust: the anchors that are believed; without any, chains are UNDECIDED.
        at: the time of the examination.
        evidence: revocation lists and answers; without, revocation is UNDECIDED.
        intermediates: certificates between signers and anchors that documents do not bring.
        limits: what is refused as too large.

    Raises:
        OfdInvalid: it is no OFD document, or one that cannot be read safely.
    """
    reliance = Reliance(trust=trust, now=at, evidence=evidence or Evidence(), intermediates=tuple(intermediates))
    with OfdPackage.open(source, limits) as package:
        return _Examining(package, reliance).run()


class _Examining:
    def __init__(self, package: OfdPackage, reliance: Reliance) -> None:
        self._package = package
        self._reliance = reliance
        self._contents = Contents(package, package.once(Root))
        self._steps: list[Step] = []
        self._found: list[Bearing | SignatureExamination] = []
        self._claimed: set[str] = set()
        self._missing: list[FileMissing] = []

    def run(self) -> Examination:
        for body in self._contents.root.bodies:
            try:
                self._package.once(Document, body)
            except FileMissing as error:
                self._missing.append(error)
            except OfdInvalid as error:
                self._steps.append(Check.STRUCTURE.invalid(error.reason))
            try:
                listed = SignatureList.of(self._package, body)
            except OfdInvalid as error:
                self._steps.append(Check.STRUCTURE.invalid(error.reason))
                continue
            if listed is not None:
                self._contents.lists.append(listed)
                self._found += [self._bearing(listed, one) for one in listed.listed]
        bearings = [one for one in self._found if isinstance(one, Bearing)]
        protections = [(_label(one.listed), Protection(self._contents, one)) for one in bearings]
        if (removed := removed_signatures(self._contents, self._claimed)) is not None:
            self._steps.append(removed)
        lost = {path for _, one in protections for path in one.lost}
        # What a signature protects and misses is for the step of its digests to tell.
        self._steps += [Check.STRUCTURE.invalid(one.reason) for one in self._missing if not one.paths & lost]
        if not self._found:
            return combine([], self._steps) if self._steps else unsigned()
        examined = {
            id(one): self._examined(one, protections[place][1], protections[place + 1 :])
            for place, one in enumerate(bearings)
        }
        signatures = [examined[id(one)] if isinstance(one, Bearing) else one for one in self._found]
        return combine(signatures, self._steps)

    def _bearing(self, listed: SignatureList, one: Listed) -> Bearing | SignatureExamination:
        """A signature with its files, or what is wrong with its structure."""
        package = self._package
        try:
            entry = package.need(one.reference, listed.folder)
            self._claim(entry)
            found = described(package, entry)
            description = found.description
            folder = folder_of(entry.path)
            value = package.need(description.value, folder)
            self._claim(value)
            seal = package.need(description.seal, folder) if description.seal else None
        except OfdInvalid as error:
            return SignatureExamination(
                label=_label(one), kind=_kind(one), steps=(Check.STRUCTURE.invalid(error.reason),)
            )
        return Bearing(listed=one, entry=entry, data=found.data, description=description, value=value, seal=seal)

    def _claim(self, entry: Entry) -> None:
        """Take a file as one signature's own; an OfdInvalid if it is another's already."""
        key = folded(entry.path)
        if key in self._claimed:
            raise OfdInvalid(_TWICE.format(path=shown(entry.path)))
        self._claimed.add(key)

    def _examined(
        self, bearing: Bearing, protection: Protection, later: Sequence[tuple[str, Protection]]
    ) -> SignatureExamination:
        steps = [
            Check.STRUCTURE.valid(_SOUND),
            protection.digests(),
            protection.coverage(),
            protection.changes(later),
        ]
        signature = _Signature(self._package, self._reliance, bearing)
        try:
            steps += signature.steps()
        except OfdInvalid as error:
            steps.append(Check.STRUCTURE.invalid(error.reason))
        numbers = sorted({step.number for step in steps})
        return SignatureExamination(
            label=_label(bearing.listed),
            kind=_kind(bearing.listed),
            steps=tuple(worst_step(step for step in steps if step.number == number) for number in numbers),
            signer=signature.signer,
            seal_name=signature.seal_name,
            signed_at=signature.signed_at,
        )


class _Signature:
    """The signature value of one signature, and what hangs on it."""

    def __init__(self, package: OfdPackage, reliance: Reliance, bearing: Bearing) -> None:
        self._package = package
        self._reliance = reliance
        self._bearing = bearing
        self.signer: str | None = None
        self.seal_name: str | None = None
        self.signed_at: datetime | None = None

    def steps(self) -> list[Step]:
        """Steps 4 to 10, and the part of 2 that is about Signature.xml; an OfdInvalid if a file cannot be read."""
        if self._bearing.listed.kind.is_seal:
            return self._sealed()
        return self._plain(self._package.read(self._bearing.value, LARGEST_SIGNATURE))

    def _sealed(self) -> list[Step]:
        bearing = self._bearing
        package_seal = None if bearing.seal is None else self._package.read(bearing.seal, LARGEST_SEAL)
        place = bearing.entry.path
        try:
            signed = sealed_value(self._package, bearing.value)
        except SealError:
            value = self._package.read(bearing.value, LARGEST_SIGNATURE)
            return examine_signature(value, description=bearing.data, path=place, package_seal=package_seal)
        self.seal_name, self.signed_at = signed.seal.name, signed.signed_at
        envelope = signed.envelope
        stamp, proven = credentials.examine_stamp(
            self._reliance, envelope.timestamp, envelope.signature, signed.signed_at
        )
        self.signed_at = proven or signed.signed_at
        steps = examine_signed(signed, description=bearing.data, path=place, package_seal=package_seal, at=proven)
        steps += [stamp, *_method(bearing.description, ALGORITHMS.get(envelope.algorithm))]
        if signed.time_token is not None:
            steps.append(Check.TIMESTAMP.unsupported(_OLD_TOKEN))
        seal = signed.seal.envelope
        steps.append(
            credentials.examine_stamp(self._reliance, seal.timestamp, seal.signature, signed.seal.created_at)[0]
        )
        return steps + self._credentials(signed, proven)

    def _credentials(self, signed: SealSignature, proven: datetime | None) -> list[Step]:
        """Those of signer and maker; a certificate that cannot be read is a matter of the steps before."""
        steps: list[Step] = []
        if (signer := _certificate(signed.envelope.certificate)) is not None:
            self.signer = signer.subject
            steps += credentials.examine_signer(self._reliance, signer, (), stated=signed.signed_at, proven=proven)
        if (maker := _certificate(signed.seal.envelope.maker)) is not None:
            steps += credentials.examine_maker(self._reliance, maker, signed.seal.created_at)
        return steps

    def _plain(self, value: bytes) -> list[Step]:
        if _is_bare(value):
            return [Check.SIGNATURE.undecided(_NO_CERTIFICATE)]
        try:
            data = cms.read_signed_data(value, LARGEST_SIGNATURE)
            if len(data.signers) > 1:
                return [Check.SIGNATURE.unsupported(_SEVERAL)]
            return self._signed_data(data, data.signers[0])
        except cms.CmsUnsupported as error:
            return [Check.SIGNATURE.unsupported(error.reason)]
        except cms.CmsInvalid as error:
            return [Check.SIGNATURE.invalid(error.reason)]

    def _signed_data(self, data: cms.SignedData, info: cms.SignerInfo) -> list[Step]:
        signer = data.certificate_of(info, self._reliance.intermediates)
        if signer is None:
            return [Check.SIGNATURE.undecided(_NO_CERTIFICATE)]
        self.signer = signer.subject
        digest = (info.hash or Hash.SM3).digest(self._bearing.data)
        content = digest if data.content is None else data.content
        # Some readers want the digest as base64; both are the same to us.
        steps = [
            Check.DIGESTS.valid(_SAME_CONTENT)
            if content in {digest, base64.b64encode(digest)}
            else Check.DIGESTS.invalid(_OTHER_CONTENT)
        ]
        stamps = info.unsigned.get(cms.TIMESTAMP_TOKEN, ())
        stamp, proven = credentials.examine_stamp(self._reliance, next(iter(stamps), None), info.signature, None)
        self.signed_at = proven
        steps.append(stamp)
        steps += credentials.examine_signer(self._reliance, signer, data.certificates, stated=None, proven=proven)
        try:
            used = cms.verify_signature(info, signer, data.kind, content, bare=True)
        except cms.CmsUnsupported as error:
            return [*steps, Check.SIGNATURE.unsupported(error.reason)]
        except cms.CmsInvalid as error:
            return [*steps, Check.SIGNATURE.invalid(error.reason)]
        if data.kind not in _KINDS:
            return [*steps, Check.SIGNATURE.unsupported(_KIND_UNKNOWN.format(oid=data.kind))]
        steps.append(Check.SIGNATURE.valid(_SIGNED.format(subject=signer.subject)))
        found = (one for one in SignatureAlgorithm if one.key is signer.public_key.algorithm and one.hash is used)
        return steps + _method(self._bearing.description, next(found, None))


def _method(description: Description, algorithm: SignatureAlgorithm | None) -> list[Step]:
    """Whether Signature.xml names the algorithm by which it is signed; it need not name one."""
    if not description.method or algorithm is None:
        return []
    plain = description.method.upper().replace("-", "").replace("_", "")
    named = ALGORITHMS.get(description.method) or (SignatureAlgorithm.SM2_SM3 if plain in _SM2_NAMES else None)
    if named is None:
        return [Check.SIGNATURE.unsupported(_METHOD_UNKNOWN.format(name=shown(description.method)))]
    return [] if named is algorithm else [Check.SIGNATURE.invalid(_METHOD_DIFFERS)]


@lru_cache(maxsize=128)
def _certificate(data: bytes) -> Certificate | None:
    try:
        return read_certificate(data)
    except CertificateInvalid:
        return None


def _is_bare(value: bytes) -> bool:
    """Whether it is but the two numbers of a signature, as old software writes."""
    try:
        sm.Signature.from_any(value)
    except SignatureInvalid:
        return False
    return True


def _label(listed: Listed) -> str:
    return shown(listed.id)


def _kind(listed: Listed) -> str:
    return "seal" if listed.kind.is_seal else "signature"
