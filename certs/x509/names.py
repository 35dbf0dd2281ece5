"""Distinguished names: how they are read, compared and shown."""

from dataclasses import dataclass
from typing import Final, Self

from certs.x509 import asn1
from certs.x509.asn1 import DerInvalid, Reader

_SHORT: Final = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.42": "GN",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}
_LONG: Final = {short: dotted for dotted, short in _SHORT.items()}
_TEXTS: Final = {0x0C: "utf-8", 0x12: "ascii", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}
_COUNTRY: Final = "2.5.4.6"
_PRINTABLE: Final = 0x13
_ESCAPED: Final = '\\,+"<>;='
_MOST_PARTS = 64

Attribute = tuple[str, int, bytes]
"""Type, tag of the value, content of the value."""


@dataclass(frozen=True, slots=True)
class Name:
    """Who a certificate is of or by.

    Attributes:
        der: as it stands in the certificate.
        text: as RFC 4514 writes it, the last part first; characters that are not seen are written as numbers.
        canonical: equal for names that only differ in the type of their texts, in case and in spaces.
    """

    der: bytes
    text: str
    canonical: tuple[frozenset[tuple[str, str | bytes]], ...]

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read a Name.

        Raises:
            DerInvalid: it is none, or of more than 64 parts.
        """
        outside = Reader(data)
        inside = outside.inside()
        outside.end()
        parts = []
        while inside.more:
            parts.append(_part(inside.inside(asn1.SET)))
            if len(parts) > _MOST_PARTS:
                raise DerInvalid("a name has too many parts")
        text = ",".join("+".join(_shown(*attribute) for attribute in part) for part in reversed(parts))
        canonical = tuple(frozenset((kind, _folded(tag, value)) for kind, tag, value in part) for part in parts)
        return cls(data, text, canonical)

    @classmethod
    def of(cls, **parts: str) -> Self:
        """A name of these parts in this order, such as ``Name.of(C="CN", O="…", CN="…")``."""
        written = []
        for short, text in parts.items():
            kind = _LONG[short]
            value = asn1.element(_PRINTABLE, text.encode("ascii")) if kind == _COUNTRY else asn1.utf8(text)
            written.append(asn1.set_of(asn1.sequence(asn1.oid(kind), value)))
        return cls.read(asn1.sequence(*written))

    @property
    def is_empty(self) -> bool:
        """Whether it names nobody."""
        return not self.canonical


def _part(inside: Reader) -> list[Attribute]:
    attributes = []
    while inside.more:
        pair = inside.inside()
        kind = pair.oid()
        tag = pair.tag
        attributes.append((kind, tag, pair.take(tag)))
        pair.end()
        if len(attributes) > _MOST_PARTS:
            raise DerInvalid("a part of a name has too many values")
    if not attributes:
        raise DerInvalid("a part of a name is empty")
    return attributes


def _decoded(tag: int, value: bytes) -> str | None:
    coding = _TEXTS.get(tag)
    if coding is None:
        return None
    try:
        return value.decode(coding)
    except UnicodeDecodeError:
        return None


def _shown(kind: str, tag: int, value: bytes) -> str:
    text = _decoded(tag, value)
    if text is None:
        return f"{_SHORT.get(kind, kind)}=#{value.hex()}"
    shown = "".join(
        f"\\{one}"
        if one in _ESCAPED
        else one
        if one.isprintable()
        else "".join(f"\\{b:02X}" for b in one.encode("utf-8", "replace"))
        for one in text
    )
    return f"{_SHORT.get(kind, kind)}={shown}"


def _folded(tag: int, value: bytes) -> str | bytes:
    text = _decoded(tag, value)
    return value if text is None else " ".join(text.casefold().split())
