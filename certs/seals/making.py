"""Making seals of V4 and V5: for development; in production seals are imported that were filed with the authority."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from certs.seals.asn1 import PRINTABLE_STRING
from certs.seals.reading import read_seal
from certs.seals.seal import Extension, Picture, Seal, SealVersion, SignerList, SignerListKind
from certs.seals.signature import Stamp
from certs.signers import Signer
from certs.x509.asn1 import (
    IA5_STRING,
    bits,
    boolean,
    element,
    explicit,
    generalized_time,
    integer,
    octets,
    oid,
    sequence,
    utf8,
)

VENDOR: Final = "YIWANG"
"""The header's Vid of seals that are made here."""

LARGEST_PICTURE: Final = 2 * 1024 * 1024
"""Bytes of a picture in a seal that is made here."""

_LARGEST_SIDE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SealDraft:
    """What a seal is to say.

    Attributes:
        kind: the standard's number for its type: 1 a body's, 2 a person's, or as agreed.
        identity: its number (esID), ASCII.
        name: what it is called.
        signers: who may sign with it; at least one.
        picture: what it looks like.
        created_at: when it is made.
        valid_from: when it begins to be in force.
        valid_until: when it ends.
        extensions: additions.
        version: after which standard; V1 is only read.

    Raises:
        ValueError: a value is not like that.
    """

    kind: int
    identity: str
    name: str
    signers: SignerList = field(repr=False)
    picture: Picture
    created_at: datetime
    valid_from: datetime
    valid_until: datetime
    extensions: tuple[Extension, ...] = ()
    version: SealVersion = SealVersion.V4

    def __post_init__(self) -> None:
        if self.version is SealVersion.V1:
            raise ValueError("seals of V1 are only read")
        if bool(self.signers.certificates) is bool(self.signers.digests):
            raise ValueError("a seal lists certificates or digests of certificates, at least one")
        if not (self.identity and self.identity.isascii() and self.picture.type.isascii() and self.name):
            raise ValueError("a seal has a name, and a number of ASCII letters")
        if not all(1 <= side <= _LARGEST_SIDE for side in (self.picture.width, self.picture.height)):
            raise ValueError(f"a seal measures 1 to {_LARGEST_SIDE} millimetres")
        if self.valid_until <= self.valid_from:
            raise ValueError("a seal ends after it begins")
        if len(self.picture.data) > LARGEST_PICTURE:
            raise ValueError(f"a seal's picture has at most {LARGEST_PICTURE} bytes")


async def make_seal(draft: SealDraft, maker: Signer, *, stamp: Stamp | None = None) -> Seal:
    """Make a seal.

    Args:
        draft: what it says.
        maker: signs for the maker (制章者).
        stamp: gives a timestamp token over the maker's signature; V5 only.

    Raises:
        KeyUnusable: the maker's key cannot be used.
        ValueError: a timestamp for a seal of V4.
    """
    if stamp is not None and draft.version is SealVersion.V4:
        raise ValueError("a seal of V4 has no place for a timestamp")
    info = seal_info(draft)
    value = await maker.sign_raw(info)
    token = b"" if stamp is None else explicit(0, bits(await stamp(value)))
    return read_seal(sequence(info, octets(maker.certificate.der), oid(maker.algorithm.oid), bits(value), token))


def seal_info(draft: SealDraft) -> bytes:
    """SES_SealInfo, which the maker signs."""
    header = sequence(element(IA5_STRING, b"ES"), integer(draft.version.value), element(IA5_STRING, VENDOR.encode()))
    picture = sequence(
        element(IA5_STRING, draft.picture.type.encode()),
        octets(draft.picture.data),
        integer(draft.picture.width),
        integer(draft.picture.height),
    )
    return sequence(
        header, element(IA5_STRING, draft.identity.encode()), _properties(draft), picture, _extensions(draft)
    )


def _properties(draft: SealDraft) -> bytes:
    signers = draft.signers
    members = (
        (octets(certificate) for certificate in signers.certificates)
        if signers.kind is SignerListKind.CERTIFICATES
        else (
            sequence(element(PRINTABLE_STRING, digest.kind.encode()), octets(digest.value))
            for digest in signers.digests
        )
    )
    moments = (draft.created_at, draft.valid_from, draft.valid_until)
    return sequence(
        integer(draft.kind),
        utf8(draft.name),
        integer(signers.kind.value),
        sequence(*members),
        *(generalized_time(moment) for moment in moments),
    )


def _extensions(draft: SealDraft) -> bytes:
    """Bare, as readers of V4 expect them; nothing where there are none."""
    if not draft.extensions:
        return b""
    return sequence(
        *(
            sequence(oid(extension.oid), boolean(value=True) if extension.critical else b"", octets(extension.value))
            for extension in draft.extensions
        )
    )
