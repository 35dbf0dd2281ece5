"""What can be said about a seal and its signature by themselves, step by step.

Certificates' chains and revocation, timestamps and the document around are others' to examine. A signature is verified
over the bytes as received, whatever the content is: what was tampered with is INVALID, also where its content would be
UNSUPPORTED.
"""

from datetime import datetime
from functools import lru_cache
from typing import Final

from certs.examination import Check, Step, shown
from certs.seals import reading, signature
from certs.seals.errors import PictureUnusable, SealError, SealInvalid
from certs.seals.pictures import check_picture
from certs.seals.seal import Envelope, Listing, Picture, Seal, SealVersion
from certs.seals.signature import SealSignature, SignatureEnvelope
from certs.x509 import (
    CertificateInvalid,
    CertificateUnsupported,
    Hash,
    SignatureAlgorithm,
    SignatureInvalid,
    read_certificate,
)
from gateway.core.clock import CHINA
from gateway.core.text import Text

ALGORITHMS: Final = {algorithm.oid: algorithm for algorithm in SignatureAlgorithm} | {
    "1.2.156.10197.1.301.1": SignatureAlgorithm.SM2_SM3  # SM2's own identifier, by some software
}
"""The signature algorithms that seals may name."""

_ALGORITHM_UNKNOWN = Text("签名算法未知：{oid}", "the signature algorithm is not known here: {oid}")
_KEY_UNKNOWN = Text("证书的密钥类型未知", "the certificate's key is of a kind that is not known here")
_CERTIFICATE_BROKEN = Text("证书无法解析", "the certificate cannot be read")
_OTHER_KEY = Text("签名算法与证书的密钥不符", "the signature algorithm is not for the key of the certificate")
_SEAL_SIGNED = Text(
    "制章者（{subject}）的签名有效，印章未被改动",
    "the maker's signature ({subject}) proves the seal: it was not changed",
)
_SEAL_FORGED = Text(
    "制章者签名与印章内容不符：印章被改动或伪造",
    "the maker's signature does not prove the seal: it was changed or forged",
)
_SEAL_READ = Text(
    "印章“{name}”（{identity}）结构正确，版本 V{version}",
    "the seal “{name}” ({identity}) is well formed, version V{version}",
)
_SEAL_READ_WITH = Text(
    "印章“{name}”（{identity}）可读，版本 V{version}；与标准的出入：{deviations}",
    "the seal “{name}” ({identity}) is readable, version V{version}; it departs from the standard: {deviations}",
)
_IN_FORCE = Text("{at} 在印章有效期（{start} 至 {end}）内", "{at} lies within the seal's validity, {start} to {end}")
_OUT_OF_FORCE = Text(
    "{at} 不在印章有效期（{start} 至 {end}）内", "{at} lies outside the seal's validity, {start} to {end}"
)
_NO_TIME = Text("没有可用来判断印章有效期的时间", "there is no time by which to judge the seal's validity")
_PICTURE = Text("印章图片为 {type}，{width}×{height} 毫米", "the seal's picture is {type}, {width} by {height} mm")
_SIGNED = Text("签章人（{subject}）的签名值有效", "the signature by {subject} proves what it signs")
_FORGED = Text("签名值与签章内容不符：被改动或伪造", "the signature does not prove what it signs: changed or forged")
_VERSIONS_AGREE = Text("签章数据结构正确，版本一致", "the seal's signature is well formed and its versions agree")
_VERSIONS_AGREE_WITH = Text(
    "签章数据可读，版本一致；与标准的出入：{deviations}",
    "the seal's signature is readable and its versions agree; it departs from the standard: {deviations}",
)
_VERSIONS_DIFFER = Text(
    "签章版本 {version} 与印章版本 {seal} 不一致", "the signature says version {version}, the seal in it {seal}"
)
_LISTED = Text("签章人证书在印章的签章人列表中", "the signer's certificate is in the seal's list")
_UNLISTED = Text(
    "签章人证书不在印章的签章人列表中：无权使用此印章",
    "the signer's certificate is not in the seal's list: the signer may not use this seal",
)
_LIST_UNKNOWN = Text(
    "印章的签章人列表使用未知的摘要算法", "the seal's list holds digests of a kind that is not known here"
)
_HASH_HOLDS = Text("签名描述文件与签章中的杂凑值一致", "the signature's description matches the digest that was signed")
_HASH_DIFFERS = Text(
    "签名描述文件与签章中的杂凑值不符：文件被改动",
    "the signature's description does not match the digest that was signed: it was changed",
)
_PATH_DIFFERS = Text(
    "签章的属性信息不是本签名描述文件的路径：签章可能被移自他处",
    "the signature names another place than where it stands: it may have been moved from elsewhere",
)
_SAME_SEAL = Text("签章中的印章与文件中的印章一致", "the seal in the signature is the package's seal")
_OTHER_SEAL = Text(
    "签章中的印章与文件中的印章不同：印章被替换", "the seal in the signature is not the package's seal: it was swapped"
)


def examine_seal(data: bytes, at: datetime | None) -> list[Step]:
    """Examine a seal by itself: maker's signature, structure and version, validity, picture.

    Args:
        data: the seal, as received.
        at: when it was or is to be used; None if nobody knows.

    Returns:
        Steps of ``Check.SEAL`` and, for the validity, one of ``Check.TIMES``.
    """
    try:
        envelope = reading.read_envelope(data)
    except SealInvalid as error:
        return [Check.SEAL.invalid(error.reason)]
    try:
        seal = reading.read_content(envelope)
    except SealError as error:
        return [_maker(envelope), _refused(Check.SEAL, error)]
    return _examined(seal, at)


def examine_validity(seal: Seal, at: datetime | None) -> Step:
    """Whether the seal was in force at that time."""
    if at is None:
        return Check.TIMES.undecided(_NO_TIME)
    said = _IN_FORCE if (good := seal.valid_from <= at <= seal.valid_until) else _OUT_OF_FORCE
    message = said.format(at=_local(at), start=_local(seal.valid_from), end=_local(seal.valid_until))
    return Check.TIMES.valid(message) if good else Check.TIMES.invalid(message)


def examine_picture(picture: Picture) -> Step:
    """Whether the picture is of a known type and can be opened; it is not drawn.

    One that cannot be opened here is UNSUPPORTED, never INVALID: that it is the maker's, the signature says.
    """
    try:
        kind = check_picture(picture)
    except PictureUnusable as error:
        return Check.SEAL.unsupported(error.reason)
    return Check.SEAL.valid(_PICTURE.format(type=kind.value, width=picture.width, height=picture.height))


def examine_signer(seal: Seal, certificate: bytes) -> Step:
    """Whether the seal's list allows the signer with this certificate (DER)."""
    match seal.signers.listing(certificate):
        case Listing.LISTED:
            return Check.SIGNER.valid(_LISTED)
        case Listing.ABSENT:
            return Check.SIGNER.invalid(_UNLISTED)
        case _:
            return Check.SIGNER.unsupported(_LIST_UNKNOWN)


def examine_signature(
    data: bytes, *, description: bytes, path: str, package_seal: bytes | None = None, at: datetime | None = None
) -> list[Step]:
    """Examine a seal's signature (SignedValue.dat) and the seal in it.

    Args:
        data: the signature, as received.
        description: Signature.xml, as stored.
        path: where Signature.xml stands in the package.
        package_seal: Seal.esl, if the package has one.
        at: a proven time of signing; without one the time that the signature states is taken.

    Returns:
        Steps of SEAL, SIGNER, SIGNATURE, DIGESTS and TIMES; the last only as to the seal.
    """
    try:
        envelope = signature.read_signature_envelope(data)
    except SealInvalid as error:
        return [Check.SIGNATURE.invalid(error.reason)]
    try:
        signed = signature.read_signature_content(envelope)
    except SealError as error:
        return [examine_value(envelope), _refused(Check.SIGNATURE, error)]
    return examine_signed(signed, description=description, path=path, package_seal=package_seal, at=at)


def examine_signed(
    signed: SealSignature,
    *,
    description: bytes,
    path: str,
    package_seal: bytes | None = None,
    at: datetime | None = None,
) -> list[Step]:
    """As examine_signature, of a signature that has been read."""
    steps = [examine_value(signed.envelope), _versions(signed), *_bound(signed, description, path)]
    if package_seal is not None:
        same = package_seal == signed.seal_raw
        steps.append(Check.SEAL.valid(_SAME_SEAL) if same else Check.SEAL.invalid(_OTHER_SEAL))
    steps.append(examine_signer(signed.seal, signed.envelope.certificate))
    return steps + _examined(signed.seal, at or signed.signed_at)


def examine_value(envelope: SignatureEnvelope) -> Step:
    """Whether the signature value proves TBS_Sign as received."""
    return _proven(Check.SIGNATURE, envelope.certificate, envelope.algorithm, envelope.signature, envelope.signed_raw)


def _examined(seal: Seal, at: datetime | None) -> list[Step]:
    own = _own_kept if len(seal.envelope.raw) <= reading.LARGEST_KEPT else _own
    maker, read, picture = own(seal.envelope.raw)
    return [maker, read, examine_validity(seal, at), picture]


def _own(raw: bytes) -> tuple[Step, Step, Step]:
    """What a seal is by itself: the same at any time."""
    seal = reading.read_seal(raw)
    return _maker(seal.envelope), _read(seal), examine_picture(seal.picture)


_own_kept = lru_cache(maxsize=16)(_own)


def _maker(envelope: Envelope) -> Step:
    return _proven(Check.SEAL, envelope.maker, envelope.algorithm, envelope.signature, envelope.signed_raw)


def _proven(check: Check, certificate: bytes, oid: str, value: bytes, message: bytes) -> Step:
    """Whether the value is a signature of the message by the certificate's key."""
    algorithm = ALGORITHMS.get(oid)
    if algorithm is None:
        return check.unsupported(_ALGORITHM_UNKNOWN.format(oid=oid))
    try:
        signer = read_certificate(certificate)
        if signer.public_key.algorithm is not algorithm.key:
            return check.invalid(_OTHER_KEY)
        signer.public_key.verify(value, message, algorithm.hash)
    except CertificateUnsupported:
        return check.unsupported(_KEY_UNKNOWN)
    except CertificateInvalid:
        return check.invalid(_CERTIFICATE_BROKEN)
    except SignatureInvalid:
        return check.invalid(_SEAL_FORGED if check is Check.SEAL else _FORGED)
    return check.valid((_SEAL_SIGNED if check is Check.SEAL else _SIGNED).format(subject=shown(signer.subject)))


def _refused(check: Check, error: SealError) -> Step:
    return check.invalid(error.reason) if isinstance(error, SealInvalid) else check.unsupported(error.reason)


def _read(seal: Seal) -> Step:
    said = _SEAL_READ_WITH if seal.deviations else _SEAL_READ
    values = {"name": shown(seal.name), "identity": shown(seal.identity), "version": seal.version.value}
    return Check.SEAL.valid(_with_deviations(said, seal.deviations, **values))


def _versions(signed: SealSignature) -> Step:
    agree = signed.version == signed.seal.header_version and (
        (signed.envelope.layout is SealVersion.V1) is (signed.seal.version is SealVersion.V1)
    )
    if not agree:
        return Check.SIGNATURE.invalid(_VERSIONS_DIFFER.format(version=signed.version, seal=signed.seal.header_version))
    said = _VERSIONS_AGREE_WITH if signed.deviations else _VERSIONS_AGREE
    return Check.SIGNATURE.valid(_with_deviations(said, signed.deviations))


def _bound(signed: SealSignature, description: bytes, path: str) -> list[Step]:
    """Whether the signature is this document's, and of this place in it."""
    algorithm = ALGORITHMS.get(signed.envelope.algorithm)
    digest = (algorithm.hash if algorithm else Hash.SM3).digest(description)
    steps = [Check.DIGESTS.valid(_HASH_HOLDS) if digest == signed.data_hash else Check.DIGESTS.invalid(_HASH_DIFFERS)]
    if _place(signed.property_info) != _place(path):
        steps.append(Check.SIGNATURE.invalid(_PATH_DIFFERS))
    return steps


def _place(path: str) -> str:
    return path.removeprefix("./").lstrip("/")


def _with_deviations(said: Text, deviations: tuple[Text, ...], **values: object) -> Text:
    return Text(
        said.zh.format(deviations="；".join(text.zh for text in deviations), **values),
        said.en.format(deviations="; ".join(text.en for text in deviations), **values),
    )


def _local(moment: datetime) -> str:
    try:
        return moment.astimezone(CHINA).isoformat(sep=" ", timespec="seconds")
    except OverflowError:  # the last hours of the calendar, which mean that something has no end
        return moment.isoformat(sep=" ", timespec="seconds")
