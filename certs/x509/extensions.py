"""What a certificate says beyond name and key."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from certs.x509 import asn1
from certs.x509.asn1 import DerInvalid, Reader

KEY_USAGE: Final = "2.5.29.15"
BASIC_CONSTRAINTS: Final = "2.5.29.19"
EXTENDED_KEY_USAGE: Final = "2.5.29.37"
SUBJECT_KEY_ID: Final = "2.5.29.14"
AUTHORITY_KEY_ID: Final = "2.5.29.35"
CRL_POINTS: Final = "2.5.29.31"
AUTHORITY_ACCESS: Final = "1.3.6.1.5.5.7.1.1"
OCSP_ACCESS: Final = "1.3.6.1.5.5.7.48.1"
NO_CHECK: Final = "1.3.6.1.5.5.7.48.1.5"
TIME_STAMPING: Final = "1.3.6.1.5.5.7.3.8"
OCSP_SIGNING: Final = "1.3.6.1.5.5.7.3.9"
ANY_USAGE: Final = "2.5.29.37.0"

_MOST = 64
_MOST_ADDRESSES = 16
_URI = 0x86


class KeyUsage(IntEnum):
    """What a key may be used for, by the number of its bit."""

    DIGITAL_SIGNATURE = 0
    CONTENT_COMMITMENT = 1
    KEY_ENCIPHERMENT = 2
    DATA_ENCIPHERMENT = 3
    KEY_AGREEMENT = 4
    CERTIFICATE_SIGN = 5
    CRL_SIGN = 6
    ENCIPHER_ONLY = 7
    DECIPHER_ONLY = 8


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension: whether who does not understand it must refuse, and its content."""

    critical: bool
    value: bytes


def read_extensions(inside: Reader) -> Mapping[str, Extension]:
    """The extensions of a SEQUENCE, by object identifier.

    Raises:
        DerInvalid: there are none, more than 64, or two of a kind.
    """
    found: dict[str, Extension] = {}
    while inside.more:
        one = inside.inside()
        kind = one.oid()
        critical = one.boolean(default=False)
        value = one.take(asn1.OCTET_STRING)
        one.end()
        if kind in found or len(found) >= _MOST:
            raise DerInvalid("there are too many extensions, or two of a kind")
        found[kind] = Extension(critical, value)
    if not found:
        raise DerInvalid("there is a list of extensions, and it is empty")
    return MappingProxyType(found)


def read_key_usage(value: bytes) -> frozenset[KeyUsage]:
    """The usages that are set; bits without a name are left out."""
    outside = Reader(value)
    numbers = outside.flags()
    outside.end()
    return frozenset(usage for usage in KeyUsage if usage.value in numbers)


def read_basic_constraints(value: bytes) -> tuple[bool, int | None]:
    """Whether it is an authority's, and how many authorities may follow below it (None: any number)."""
    outside = Reader(value)
    inside = outside.inside()
    outside.end()
    authority = inside.boolean(default=False)
    length = inside.unsigned() if inside.more else None
    inside.end()
    return authority, length


def read_usages(value: bytes) -> frozenset[str]:
    """The object identifiers of an extended key usage."""
    outside = Reader(value)
    inside = outside.inside()
    outside.end()
    usages: set[str] = set()
    while inside.more and len(usages) <= _MOST:
        usages.add(inside.oid())
    inside.end()
    return frozenset(usages)


def read_subject_key_id(value: bytes) -> bytes:
    """The name of a certificate's own key."""
    outside = Reader(value)
    name = outside.take(asn1.OCTET_STRING)
    outside.end()
    return name


def read_authority_key_id(value: bytes) -> bytes | None:
    """The name of the issuer's key, if it is given by name."""
    outside = Reader(value)
    inside = outside.inside()
    outside.end()
    return inside.take(0x80) if inside.next_is(0x80) else None


def read_crl_points(value: bytes) -> tuple[str, ...]:
    """The addresses at which the issuer's list is published; at most 16."""
    outside = Reader(value)
    points = outside.inside()
    outside.end()
    addresses: list[str] = []
    while points.more:
        point = points.inside()
        if point.next_is(0xA0):
            name = point.inside(0xA0)
            if name.next_is(0xA0):
                addresses += read_addresses(name.inside(0xA0))
    return tuple(addresses[:_MOST_ADDRESSES])


def read_ocsp_addresses(value: bytes) -> tuple[str, ...]:
    """The addresses that answer whether a certificate is revoked; at most 16."""
    outside = Reader(value)
    descriptions = outside.inside()
    outside.end()
    addresses: list[str] = []
    while descriptions.more:
        description = descriptions.inside()
        if description.oid() == OCSP_ACCESS:
            addresses += read_addresses(description)
    return tuple(addresses[:_MOST_ADDRESSES])


def read_addresses(names: Reader) -> tuple[str, ...]:
    """The URIs among general names."""
    found: list[str] = []
    while names.more:
        tag = names.tag
        content = names.take(tag)
        if tag == _URI:
            found.append(content.decode("ascii", "replace"))
    return tuple(found)
