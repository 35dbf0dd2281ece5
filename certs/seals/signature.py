"""What a seal puts under a document (SES_Signature): read in all layouts, made in V4 and V5."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from certs.seals import asn1
from certs.seals.errors import SealInvalid
from certs.seals.reading import (
    CONTEXT_0,
    RAW_SIGNATURE,
    RAW_SIGNATURE_BYTES,
    elements,
    only,
    read_extensions,
    read_seal,
)
from certs.seals.seal import LARGEST_SEAL, Extension, Seal, SealVersion
from certs.signers import Signer
from certs.x509 import SignatureAlgorithm
from certs.x509.asn1 import (
    GENERALIZED_TIME,
    IA5_STRING,
    OCTET_STRING,
    SEQUENCE,
    UTC_TIME,
    DerInvalid,
    Reader,
    bits,
    element,
    explicit,
    generalized_time,
    integer,
    octets,
    oid,
    sequence,
)
from gateway.core.text import Text

LARGEST_SIGNATURE: Final = LARGEST_SEAL + 1024 * 1024
"""Bytes of a signature at most; nearly all of it is the seal."""

_NOT_DER = Text(
    "签章数据不符合规定的 DER 结构：{why}", "the seal's signature is not DER of the standard's structure: {why}"
)
_TOO_LARGE = Text("签章数据超过 {limit} 字节", "the seal's signature has more than {limit} bytes")
_FIELDS = Text("签章数据的字段数不符合任何版本", "the seal's signature has a number of fields that no version has")
_V1_FIELDS = 2
_V1_PARTS = 7
_LEAST_FIELDS, _MOST_FIELDS = 4, 5

Stamp = Callable[[bytes], Awaitable[bytes]]
"""Gives a timestamp token (DER) over a signature value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureEnvelope:
    """The parts of a seal's signature before its content is looked at.

    Attributes:
        raw: all of it, as received.
        signed_raw: TBS_Sign as received: what the signature covers.
        layout: V1, or V4 for all newer ones.
        certificate: the signer's, DER.
        algorithm: the signature algorithm's object identifier.
        signature: the signature value.
        timestamp: a timestamp token over the signature value.
    """

    raw: bytes = field(repr=False)
    signed_raw: bytes = field(repr=False)
    layout: SealVersion
    certificate: bytes = field(repr=False)
    algorithm: str
    signature: bytes = field(repr=False)
    timestamp: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealSignature:
    """A seal's signature as it was read.

    Attributes:
        envelope: the bytes as received, and whose signature it is.
        version: the version that TBS_Sign says it has.
        seal_raw: the seal inside, as received; equals Seal.esl where a package has one.
        seal: the seal inside.
        signed_at: the time that it states; None where V1 has a timestamp token instead.
        time_token: that token.
        data_hash: the digest of Signature.xml, or of whatever else is sealed.
        property_info: the path of Signature.xml in the package.
        extensions: additions.
        deviations: where it departs from the standard in ways that are accepted; the seal's own are the seal's.
    """

    envelope: SignatureEnvelope
    version: int
    seal_raw: bytes = field(repr=False)
    seal: Seal
    signed_at: datetime | None
    time_token: bytes | None = field(repr=False)
    data_hash: bytes
    property_info: str
    extensions: tuple[Extension, ...]
    deviations: tuple[Text, ...] = ()


def read_signature(data: bytes) -> SealSignature:
    """Read a seal's signature of any version.

    Raises:
        SealInvalid: it is none.
        SealUnsupported: the seal inside is of a kind that is not known here.
    """
    return read_signature_content(read_signature_envelope(data))


def read_signature_envelope(data: bytes) -> SignatureEnvelope:
    """Read the parts without looking at what is signed; a SealInvalid as in read_signature."""
    if len(data) > LARGEST_SIGNATURE:
        raise SealInvalid(_TOO_LARGE.format(limit=LARGEST_SIGNATURE))
    try:
        return _envelope(data)
    except DerInvalid as error:
        raise SealInvalid(_NOT_DER.format(why=error)) from None


def _envelope(data: bytes) -> SignatureEnvelope:
    fields = elements(only(data), _MOST_FIELDS + 1)
    timestamp = None
    if len(fields) == _V1_FIELDS:
        layout, rest = SealVersion.V1, Reader(fields[1])
        parts = elements(only(fields[0]), _V1_PARTS)
        if len(parts) != _V1_PARTS:
            raise SealInvalid(_FIELDS)
        maker, method = Reader(parts[-2]).take(OCTET_STRING), Reader(parts[-1]).oid()
        signature = rest.bits()
    elif _LEAST_FIELDS <= len(fields) <= _MOST_FIELDS:
        layout, rest = SealVersion.V4, Reader(b"".join(fields[1:]))
        maker, method, signature = rest.take(OCTET_STRING), rest.oid(), rest.bits()
        if rest.more:
            wrapped = rest.inside(CONTEXT_0)
            timestamp = wrapped.bits()
            wrapped.end()
    else:
        raise SealInvalid(_FIELDS)
    rest.end()
    return SignatureEnvelope(
        raw=data,
        signed_raw=fields[0],
        layout=layout,
        certificate=maker,
        algorithm=method,
        signature=signature,
        timestamp=timestamp,
    )


def read_signature_content(envelope: SignatureEnvelope) -> SealSignature:
    """Read what is signed; errors as in read_signature."""
    notes: list[Text] = []
    try:
        return _content(envelope, notes)
    except DerInvalid as error:
        raise SealInvalid(_NOT_DER.format(why=error)) from None


def _content(envelope: SignatureEnvelope, notes: list[Text]) -> SealSignature:
    signed = only(envelope.signed_raw)
    version = asn1.number(signed)
    seal_raw = signed.raw(SEQUENCE)
    seal = read_seal(seal_raw)
    if envelope.layout is SealVersion.V1:
        signed_at, token = _time_or_token(signed.bits(), notes)
    else:
        signed_at, token = asn1.time(signed, GENERALIZED_TIME, notes.append), None
    data_hash = signed.bits()
    property_info = asn1.text(signed, IA5_STRING, notes.append)
    extensions: tuple[Extension, ...] = ()
    if envelope.layout is SealVersion.V1:
        signed.take(OCTET_STRING)
        signed.oid()
    else:
        extensions = read_extensions(signed, notes.append, bare=True)
    signed.end()
    if len(envelope.signature) == RAW_SIGNATURE_BYTES:
        notes.append(RAW_SIGNATURE)
    return SealSignature(
        envelope=envelope,
        version=version,
        seal_raw=seal_raw,
        seal=seal,
        signed_at=signed_at,
        time_token=token,
        data_hash=data_hash,
        property_info=property_info,
        extensions=extensions,
        deviations=tuple(dict.fromkeys(notes)),
    )


def _time_or_token(content: bytes, notes: list[Text]) -> tuple[datetime | None, bytes | None]:
    """V1's time: the characters of a time, an ASN.1 time, or a timestamp token."""
    reader = Reader(content)
    if reader.next_is(SEQUENCE):
        return None, content
    for tag in (GENERALIZED_TIME, UTC_TIME):
        if reader.next_is(tag):
            moment = asn1.time(reader, tag, notes.append)
            reader.end()
            return moment, None
    tag = UTC_TIME if len(content) <= len(b"yymmddhhmmssZ") else GENERALIZED_TIME
    return asn1.read_time(content, tag, notes.append), None


def to_be_signed(seal: Seal, *, at: datetime, data_hash: bytes, property_info: str) -> bytes:
    """TBS_Sign for a document's digest, after the seal's own standard.

    Args:
        seal: the seal, V4 or V5; its bytes go in as they are.
        at: the time to state.
        data_hash: the digest of Signature.xml.
        property_info: its absolute path in the package.

    Raises:
        ValueError: the seal is of V1, which is only read.
    """
    if seal.version is SealVersion.V1:
        raise ValueError("seals of V1 are only read")
    return sequence(
        integer(seal.version.value),
        seal.envelope.raw,
        generalized_time(at),
        bits(data_hash),
        element(IA5_STRING, property_info.encode()),
    )


def assemble(
    signed_raw: bytes,
    *,
    certificate: bytes,
    algorithm: SignatureAlgorithm,
    signature: bytes,
    token: bytes | None = None,
) -> bytes:
    """A seal's signature out of TBS_Sign and the value that signs it.

    Args:
        signed_raw: what to_be_signed gave.
        certificate: the signer's, DER.
        algorithm: how the value was made.
        signature: the value; SM2's as DER.
        token: a timestamp token over the value.
    """
    stamp = b"" if token is None else explicit(0, bits(token))
    return sequence(signed_raw, octets(certificate), oid(algorithm.oid), bits(signature), stamp)


async def make_signature(
    seal: Seal,
    signer: Signer,
    *,
    at: datetime,
    data_hash: bytes,
    property_info: str,
    stamp: Stamp | None = None,
) -> SealSignature:
    """Sign a document's digest with a seal; arguments as in to_be_signed.

    Whether the signer may use the seal is not asked here: examine_signer says it.

    Raises:
        KeyUnusable: the signer's key cannot be used.
        ValueError: as to_be_signed.
    """
    signed = to_be_signed(seal, at=at, data_hash=data_hash, property_info=property_info)
    value = await signer.sign_raw(signed)
    token = None if stamp is None else await stamp(value)
    return read_signature(
        assemble(signed, certificate=signer.certificate.der, algorithm=signer.algorithm, signature=value, token=token)
    )
