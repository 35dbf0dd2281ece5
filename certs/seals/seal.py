"""Electronic seals (电子印章) of the three layouts, as values that keep the bytes they were read from.

| version | standard | told by |
|---|---|---|
| V1 | GM/T 0031-2014 | two fields |
| V4 | GB/T 38540-2020 | four fields, header version 4 |
| V5 | GM/T 0031-2025 | four or five fields, header version 5 |
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final

from certs.sm import sm3
from certs.x509 import Hash
from gateway.core.text import Text

LARGEST_SEAL: Final = 4 * 1024 * 1024
"""Bytes of a seal at most; nearly all of it is the picture."""


class SealVersion(IntEnum):
    """Which standard's layout."""

    V1 = 1
    V4 = 4
    V5 = 5


class SignerListKind(IntEnum):
    """What a seal's list holds: the certificates of those who may sign with it, or digests of them."""

    CERTIFICATES = 1
    DIGESTS = 2


class Listing(StrEnum):
    """Whether a certificate is in a seal's list."""

    LISTED = "LISTED"
    ABSENT = "ABSENT"
    UNKNOWN = "UNKNOWN"
    """The list holds digests of a kind that is not known here."""


@dataclass(frozen=True, slots=True)
class CertificateDigest:
    """The digest of a certificate in a seal's list.

    Attributes:
        kind: the algorithm as the maker wrote it: ``SM3``, an identifier, or the maker's own word.
        value: the digest.
    """

    kind: str
    value: bytes


@dataclass(frozen=True, slots=True)
class SignerList:
    """Who may sign with a seal: certificates (DER) or digests of them, of which one is empty."""

    certificates: tuple[bytes, ...] = ()
    digests: tuple[CertificateDigest, ...] = ()

    @property
    def kind(self) -> SignerListKind:
        """Which of the two it holds."""
        return SignerListKind.DIGESTS if self.digests else SignerListKind.CERTIFICATES

    def listing(self, certificate: bytes) -> Listing:
        """Whether this certificate (DER) is in the list."""
        if certificate in self.certificates:
            return Listing.LISTED
        unknown = False
        for digest in self.digests:
            known = _digests(digest, certificate)
            if digest.value in known:
                return Listing.LISTED
            unknown = unknown or not known
        return Listing.UNKNOWN if unknown else Listing.ABSENT


@dataclass(frozen=True, slots=True)
class Picture:
    """What a seal looks like.

    Attributes:
        type: as the maker wrote it: ``PNG``, ``ofd`` …, in any case of letters.
        data: the file.
        width: millimetres on paper.
        height: likewise.
    """

    type: str
    data: bytes = field(repr=False)
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Extension:
    """A maker's own addition."""

    oid: str
    critical: bool
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What surrounds a seal's content: the maker's certificate and signature, and the bytes as received.

    Attributes:
        raw: all of the seal.
        info_raw: eSealInfo, the content.
        signed_raw: what the maker's signature covers: the content; in V1 with certificate and algorithm behind it.
        layout: whose layout it has as far as the envelope shows: V1, or V4 for all newer ones.
        maker: the maker's certificate, DER.
        algorithm: the signature algorithm's object identifier.
        signature: the maker's signature.
        timestamp: a timestamp token over the signature; in V5 only.
    """

    raw: bytes = field(repr=False)
    info_raw: bytes = field(repr=False)
    signed_raw: bytes = field(repr=False)
    layout: SealVersion
    maker: bytes = field(repr=False)
    algorithm: str
    signature: bytes = field(repr=False)
    timestamp: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A seal as it was read.

    Attributes:
        envelope: the bytes as received, and who vouches for them.
        version: the standard after which it is made.
        header_version: the version that it says it has.
        vendor: whose software made it.
        identity: its number (esID).
        kind: the standard's number for its type.
        name: what it is called.
        signers: who may sign with it.
        created_at: when it was made.
        valid_from: when it begins to be in force.
        valid_until: when it ends.
        picture: what it looks like.
        extensions: the maker's additions.
        deviations: where it departs from the standard in ways that are accepted.
    """

    envelope: Envelope
    version: SealVersion
    header_version: int
    vendor: str
    identity: str
    kind: int
    name: str
    signers: SignerList = field(repr=False)
    created_at: datetime
    valid_from: datetime
    valid_until: datetime
    picture: Picture
    extensions: tuple[Extension, ...]
    deviations: tuple[Text, ...] = ()


_DIGEST_NAMES: Final = {
    "SM3": Hash.SM3,
    Hash.SM3.oid: Hash.SM3,
    "SHA256": Hash.SHA256,
    "SHA-256": Hash.SHA256,
    Hash.SHA256.oid: Hash.SHA256,
}
_DIGEST_BYTES = 32


def _digests(digest: CertificateDigest, certificate: bytes) -> tuple[bytes, ...]:
    """What the certificate's digest of this kind is; both usual ones where the maker used a word of its own."""
    if (named := _DIGEST_NAMES.get(digest.kind.upper())) is not None:
        return (named.digest(certificate),)
    if len(digest.value) == _DIGEST_BYTES:
        return sm3(certificate), Hash.SHA256.digest(certificate)
    return ()
