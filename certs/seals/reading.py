"""Reading seals: strict where standards agree, tolerant where real files are known to differ (docs/reference/seals.md).

The envelope is read before the content, so that a content that is not known here can still be told from one that was
tampered with.
"""

from functools import lru_cache
from typing import Final

from certs.seals import asn1
from certs.seals.errors import SealInvalid, SealUnsupported
from certs.seals.seal import (
    LARGEST_SEAL,
    CertificateDigest,
    Envelope,
    Extension,
    Picture,
    Seal,
    SealVersion,
    SignerList,
    SignerListKind,
)
from certs.x509.asn1 import (
    BOOLEAN,
    GENERALIZED_TIME,
    IA5_STRING,
    OCTET_STRING,
    SEQUENCE,
    UTC_TIME,
    UTF8_STRING,
    DerInvalid,
    Reader,
    element,
)
from gateway.core.text import Text

CONTEXT_0: Final = 0xA0
RAW_SIGNATURE_BYTES: Final = 64
RAW_SIGNATURE: Final = Text("签名值为未编码的 r||s", "a signature is written as bare r and s instead of in DER")
EARLY_TIMESTAMP: Final = Text("V4 印章带有 V5 才规定的时间戳", "a seal of V4 has a timestamp, which V5 brought")
FALSE_WRITTEN: Final = Text("写出了应省略的默认值 FALSE", "the default FALSE is written out")

_NOT_DER = Text("印章数据不符合规定的 DER 结构：{why}", "the seal is not DER of the standard's structure: {why}")
_TOO_LARGE = Text("印章数据超过 {limit} 字节", "the seal has more than {limit} bytes")
_FIELDS = Text("印章数据的字段数不符合任何版本", "the seal has a number of fields that no version has")
_UNKNOWN_LIST = Text("印章的签章人列表类型未知：{kind}", "the seal's list of signers is of an unknown kind: {kind}")
_UNKNOWN_VERSION = Text(
    "印章头版本 {version} 与 {layout} 版结构不是已知的组合",
    "the seal's header says version {version}, which is not known for the layout of V{layout}",
)
_MAGIC = "ES"
_MOST_MEMBERS = 1_000
_MOST_EXTENSIONS = 100
_LARGEST_SIDE = 10_000
_V1_FIELDS = 2
LARGEST_KEPT: Final = 256 * 1024
"""Bytes of a seal that is kept when it has been read."""
_LEAST_FIELDS, _MOST_FIELDS = 4, 5
_VERSIONS: Final = {SealVersion.V1: (1, 2, 3), SealVersion.V4: (4, 5)}


def read_seal(data: bytes) -> Seal:
    """Read a seal of any version.

    Raises:
        SealInvalid: it is none.
        SealUnsupported: its version or its list of signers is of a kind that is not known here.
    """
    return _kept(data) if len(data) <= LARGEST_KEPT else read_content(read_envelope(data))


@lru_cache(maxsize=16)
def _kept(data: bytes) -> Seal:
    """The same few seals are put under documents, and found in them, again and again."""
    return read_content(read_envelope(data))


def read_envelope(data: bytes) -> Envelope:
    """Read what surrounds the content; a SealInvalid as in read_seal."""
    if len(data) > LARGEST_SEAL:
        raise SealInvalid(_TOO_LARGE.format(limit=LARGEST_SEAL))
    try:
        inside = only(data)
        fields = elements(inside, _MOST_FIELDS + 1)
        if len(fields) == _V1_FIELDS:
            return _envelope_v1(data, fields[0], Reader(fields[1]))
        if _LEAST_FIELDS <= len(fields) <= _MOST_FIELDS:
            return _envelope_v4(data, fields[0], Reader(b"".join(fields[1:])))
    except DerInvalid as error:
        raise SealInvalid(_NOT_DER.format(why=error)) from None
    raise SealInvalid(_FIELDS)


def _envelope_v1(data: bytes, info: bytes, reader: Reader) -> Envelope:
    signing = reader.inside()
    reader.end()
    maker_raw, algorithm_raw = signing.raw(OCTET_STRING), signing.raw()
    signature = signing.bits()
    signing.end()
    signed = element(SEQUENCE, info, maker_raw, algorithm_raw)
    return Envelope(
        raw=data,
        info_raw=info,
        signed_raw=signed,
        layout=SealVersion.V1,
        maker=Reader(maker_raw).take(OCTET_STRING),
        algorithm=Reader(algorithm_raw).oid(),
        signature=signature,
        timestamp=None,
    )


def _envelope_v4(data: bytes, info: bytes, reader: Reader) -> Envelope:
    maker, algorithm, signature = reader.take(OCTET_STRING), reader.oid(), reader.bits()
    timestamp = None
    if reader.more:
        wrapped = reader.inside(CONTEXT_0)
        timestamp = wrapped.bits()
        wrapped.end()
    return Envelope(
        raw=data,
        info_raw=info,
        signed_raw=info,
        layout=SealVersion.V4,
        maker=maker,
        algorithm=algorithm,
        signature=signature,
        timestamp=timestamp,
    )


def read_content(envelope: Envelope) -> Seal:
    """Read what an envelope surrounds; errors as in read_seal."""
    notes: list[Text] = []
    try:
        return _content(envelope, notes)
    except DerInvalid as error:
        raise SealInvalid(_NOT_DER.format(why=error)) from None


def _content(envelope: Envelope, notes: list[Text]) -> Seal:
    info = only(envelope.info_raw)
    header = info.inside()
    if asn1.text(header, IA5_STRING, notes.append) != _MAGIC:
        raise DerInvalid("the header does not begin with ES")
    header_version = asn1.number(header)
    vendor = asn1.text(header, IA5_STRING, notes.append)
    header.end()
    identity = asn1.text(info, IA5_STRING, notes.append)
    if header_version not in _VERSIONS[envelope.layout]:
        raise SealUnsupported(_UNKNOWN_VERSION.format(version=header_version, layout=envelope.layout.value))
    version = SealVersion.V1 if envelope.layout is SealVersion.V1 else SealVersion(header_version)
    properties = info.inside()
    kind = asn1.number(properties)
    name = asn1.text(properties, UTF8_STRING, notes.append)
    signers = _signers(properties, version)
    moment = UTC_TIME if version is SealVersion.V1 else GENERALIZED_TIME
    created_at, valid_from, valid_until = (asn1.time(properties, moment, notes.append) for _ in range(3))
    properties.end()
    picture = _picture(info.inside(), notes)
    extensions = read_extensions(info, notes.append, bare=True)
    info.end()
    if len(envelope.signature) == RAW_SIGNATURE_BYTES:
        notes.append(RAW_SIGNATURE)
    if version is SealVersion.V4 and envelope.timestamp is not None:
        notes.append(EARLY_TIMESTAMP)
    return Seal(
        envelope=envelope,
        version=version,
        header_version=header_version,
        vendor=vendor,
        identity=identity,
        kind=kind,
        name=name,
        signers=signers,
        created_at=created_at,
        valid_from=valid_from,
        valid_until=valid_until,
        picture=picture,
        extensions=extensions,
        deviations=tuple(dict.fromkeys(notes)),
    )


def _signers(properties: Reader, version: SealVersion) -> SignerList:
    kind = SignerListKind.CERTIFICATES.value if version is SealVersion.V1 else asn1.number(properties)
    if kind not in tuple(SignerListKind):
        raise SealUnsupported(_UNKNOWN_LIST.format(kind=kind))
    members = elements(properties.inside(), _MOST_MEMBERS)
    if not members:
        raise DerInvalid("the list of signers is empty")
    if kind == SignerListKind.CERTIFICATES:
        return SignerList(certificates=tuple(Reader(member).take(OCTET_STRING) for member in members))
    return SignerList(digests=tuple(_certificate_digest(only(member)) for member in members))


def _certificate_digest(member: Reader) -> CertificateDigest:
    digest = CertificateDigest(asn1.text(member, asn1.PRINTABLE_STRING, lambda _: None), member.take(OCTET_STRING))
    member.end()
    return digest


def _picture(reader: Reader, notes: list[Text]) -> Picture:
    kind, data = asn1.text(reader, IA5_STRING, notes.append), reader.take(OCTET_STRING)
    width, height = asn1.number(reader), asn1.number(reader)
    reader.end()
    if not (1 <= width <= _LARGEST_SIDE and 1 <= height <= _LARGEST_SIDE):
        raise DerInvalid("the picture has no size")
    return Picture(kind, data, width, height)


def read_extensions(reader: Reader, note: asn1.Note, *, bare: bool) -> tuple[Extension, ...]:
    """The extensions that may follow, under the tag [0] or, where ``bare``, without one; a DerInvalid otherwise."""
    if reader.next_is(CONTEXT_0):
        wrapped = reader.inside(CONTEXT_0)
        members = elements(wrapped.inside(), _MOST_EXTENSIONS)
        wrapped.end()
    elif bare and reader.next_is(SEQUENCE):
        members = elements(reader.inside(), _MOST_EXTENSIONS)
    else:
        return ()
    return tuple(_extension(only(member), note) for member in members)


def _extension(member: Reader, note: asn1.Note) -> Extension:
    oid = member.oid()
    written = member.next_is(BOOLEAN)
    critical = member.boolean(default=False)
    if written and not critical:
        note(FALSE_WRITTEN)
    extension = Extension(oid, critical, member.take(OCTET_STRING))
    member.end()
    return extension


def elements(reader: Reader, most: int) -> list[bytes]:
    """The elements that follow, as they stand; a DerInvalid if there are more than ``most``."""
    found: list[bytes] = []
    while reader.more:
        if len(found) == most:
            raise DerInvalid(f"there are more than {most} elements")
        found.append(reader.raw())
    return found


def only(data: bytes) -> Reader:
    """The content of the SEQUENCE that is all of ``data``."""
    outside = Reader(data)
    inside = outside.inside()
    outside.end()
    return inside
