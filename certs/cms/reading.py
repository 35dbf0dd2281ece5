"""Reading signed data: DER and nothing else, bounded in every number."""

from types import MappingProxyType
from typing import Final

from certs.cms.errors import CmsInvalid, CmsUnsupported
from certs.cms.values import Attributes, SignedData, SignerInfo
from certs.x509 import Certificate, CertificateInvalid, Hash, Name, SignatureAlgorithm, read_certificate
from certs.x509.asn1 import NULL, OCTET_STRING, SEQUENCE, SET, DerInvalid, Reader, element
from gateway.core.text import Text

SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
DATA: Final = "1.2.840.113549.1.7.1"
GM_SIGNED_DATA: Final = "1.2.156.10197.6.1.4.2.2"
GM_DATA: Final = "1.2.156.10197.6.1.4.2.1"

LONGEST: Final = 16 * 1024 * 1024
"""Bytes of signed data at most: long revocation lists may be inside."""

_MOST_CERTIFICATES = 64
_MOST_SIGNERS = 16
_MOST_ATTRIBUTES = 64
_MOST_VALUES = 64
_VERSIONS = frozenset({1, 3, 4, 5})
_SIGNER_VERSIONS = frozenset({1, 3})
_INDEFINITE = 0x80
_PLAIN = frozenset({one.oid for one in SignatureAlgorithm} | {"1.2.840.113549.1.1.1"})

_TOO_LONG = Text("签名数据超过 {limit} 字节", "the signed data are longer than {limit} bytes")
_NOT_SIGNED_DATA = Text("不是签名数据（SignedData）", "this is no signed data")
_NOT_DER = Text("签名数据不符合 DER 结构：{why}", "the signed data are not DER of the right structure: {why}")
_UNKNOWN_VERSION = Text("签名数据的版本 {version} 未知", "the signed data are of version {version}, not known here")
_BER = Text("签名数据使用 BER 编码，本系统只读 DER", "the signed data are BER, and only DER is read here")


def read_signed_data(data: bytes, longest: int = LONGEST) -> SignedData:
    """Read a ContentInfo with SignedData in it.

    Raises:
        CmsInvalid: it is none, longer than ``longest`` bytes, or breaks the rules of its form.
        CmsUnsupported: it is of a version that is not known here, or of indefinite length.
    """
    if len(data) > longest:
        raise CmsInvalid(_TOO_LONG.format(limit=longest))
    if data[:2] == bytes([SEQUENCE, _INDEFINITE]):
        raise CmsUnsupported(_BER)
    try:
        outside = Reader(data)
        whole = outside.inside()
        outside.end()
        if whole.oid() not in {SIGNED_DATA, GM_SIGNED_DATA}:
            raise CmsInvalid(_NOT_SIGNED_DATA)
        wrapped = whole.inside(0xA0)
        whole.end()
        inside = wrapped.inside()
        wrapped.end()
        return _read(data, inside)
    except DerInvalid as error:
        raise CmsInvalid(_NOT_DER.format(why=error)) from None


def _read(data: bytes, inside: Reader) -> SignedData:
    _check_version(inside.unsigned(), _VERSIONS)
    digests = _digests(inside.inside(SET))
    kind, content = _content(inside.inside())
    certificates: tuple[Certificate, ...] = ()
    if inside.next_is(0xA0):
        certificates = _certificates(inside.inside(0xA0))
    if inside.next_is(0xA1):
        inside.take(0xA1)  # revocation lists: whoever decides looks for his own
    signers: list[SignerInfo] = []
    infos = inside.inside(SET)
    while infos.more:
        _bound(len(signers), _MOST_SIGNERS)
        signers.append(_signer(infos.inside()))
    inside.end()
    if not signers:
        raise DerInvalid("nobody signed")
    return SignedData(data, kind, content, certificates, tuple(signers), digests)


def _content(inside: Reader) -> tuple[str, bytes | None]:
    kind = inside.oid()
    if not inside.more:
        return kind, None
    wrapped = inside.inside(0xA0)
    inside.end()
    content = wrapped.take(OCTET_STRING)
    wrapped.end()
    return kind, content


def _certificates(inside: Reader) -> tuple[Certificate, ...]:
    found: list[Certificate] = []
    seen = 0
    while inside.more:
        _bound(seen, _MOST_CERTIFICATES)
        seen += 1
        raw = inside.raw()
        try:
            found.append(read_certificate(raw))
        except CertificateInvalid:
            # It may be of another kind, which nobody needs here; if it is the signer's it will be missed.
            continue
    return tuple(found)


def _signer(inside: Reader) -> SignerInfo:
    _check_version(inside.unsigned(), _SIGNER_VERSIONS)
    issuer, serial, key_id = None, None, None
    if inside.next_is(0x80):
        key_id = inside.take(0x80)
    else:
        names = inside.inside()
        issuer, serial = Name.read(names.raw(SEQUENCE)), names.signed()
        names.end()
    hash_oid = _algorithm(inside.inside())
    signed, attributes = None, None
    if inside.next_is(0xA0):
        content = inside.take(0xA0)
        # They are signed as the SET that they would be without the tag of their place (RFC 5652, section 5.4).
        signed = element(SET, content)
        attributes = _attributes(Reader(content))
    algorithm_oid = _algorithm(inside.inside())
    signature = inside.take(OCTET_STRING)
    unsigned = _attributes(inside.inside(0xA1)) if inside.more else MappingProxyType({})
    inside.end()
    return SignerInfo(
        issuer=issuer,
        serial=serial,
        key_id=key_id,
        hash_oid=hash_oid,
        hash=Hash.named(hash_oid),
        attributes=attributes,
        signed=signed,
        algorithm_oid=algorithm_oid,
        signature=signature,
        unsigned=unsigned,
    )


def _digests(inside: Reader) -> frozenset[str]:
    """The digests that are used, as they are named."""
    found: set[str] = set()
    while inside.more:
        _bound(len(found), _MOST_SIGNERS)
        found.add(_algorithm(inside.inside()))
    return frozenset(found)


def _algorithm(inside: Reader) -> str:
    """An algorithm as it is named; those that are known here have no parameters but a NULL that says nothing."""
    oid = inside.oid()
    if inside.next_is(NULL) and inside.take(NULL):
        raise DerInvalid("a NULL is not empty")
    if Hash.named(oid) is not None or oid in _PLAIN:
        inside.end()
    return oid


def _attributes(inside: Reader) -> Attributes:
    found: dict[str, tuple[bytes, ...]] = {}
    while inside.more:
        _bound(len(found), _MOST_ATTRIBUTES)
        one = inside.inside()
        kind = one.oid()
        values = one.inside(SET)
        one.end()
        if kind in found:
            raise DerInvalid("two attributes are of one kind")
        read: list[bytes] = []
        while values.more:
            _bound(len(read), _MOST_VALUES)
            read.append(values.raw())
        found[kind] = tuple(read)
    return MappingProxyType(found)


def _bound(count: int, most: int) -> None:
    if count >= most:
        raise DerInvalid(f"there are more than {most} of a kind")


def _check_version(version: int, known: frozenset[int]) -> None:
    if version not in known:
        raise CmsUnsupported(_UNKNOWN_VERSION.format(version=version))
