"""What a gateway and a process that works for it tell each other: MessagePack, with the length before it.

Nothing that comes back is more than data, and no document has more signed than one digest, with the key that the
gateway chose for it: whoever takes over such a process by a document has won no key.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from certs.documents.formats import DocumentFormat
from certs.documents.trust import Trust
from certs.x509 import SignatureAlgorithm, TrustStore, read_certificate
from certs.x509.crl import read_crl
from certs.x509.ocsp import read_ocsp_response
from certs.x509.revocation import Evidence
from gateway.core.seals.place import Place
from gateway.core.seals.verification import Verification
from gateway.core.text import Text

HEAD: Final = 4
"""Bytes of a length."""

LONGEST: Final = 64 << 20
"""Bytes of a message; trust with long lists is the longest."""


class Believe(msgspec.Struct, frozen=True, tag=True):
    """The trust from now on, in DER."""

    anchors: Sequence[bytes]
    between: Sequence[bytes]
    lists: Sequence[bytes]
    responses: Sequence[bytes]

    @classmethod
    def of(cls, trust: Trust) -> "Believe":
        """What is told of it."""
        evidence = trust.evidence
        return cls(
            [one.der for one in trust.anchors.anchors],
            [one.der for one in trust.between],
            [one.der for one in evidence.lists],
            [one.der for one in evidence.responses],
        )

    def trust(self) -> Trust:
        """What was told."""
        return Trust(
            TrustStore(map(read_certificate, self.anchors)),
            tuple(map(read_certificate, self.between)),
            Evidence(tuple(map(read_crl, self.lists)), tuple(map(read_ocsp_response, self.responses))),
        )


class Count(msgspec.Struct, frozen=True, tag=True):
    """How many pages have these documents? What is held of each is held under its number, counted from ``first``."""

    documents: Sequence[str]
    first: int


class WithStamp(msgspec.Struct, frozen=True):
    """A stamp; whoever asks has its key."""

    seal: bytes
    certificates: Sequence[bytes]
    at: datetime
    algorithm: SignatureAlgorithm


class OneSheet(msgspec.Struct, frozen=True):
    """A document, the place of its stamp among those of the order, and the number under which it is held, if it is."""

    source: str
    target: str
    stamp: int
    place: Place
    held: int | None


class SealThem(msgspec.Struct, frozen=True, tag=True):
    """Seal these and compare each with what it was; it is ``now``."""

    now: datetime
    stamps: Sequence[WithStamp]
    sheets: Sequence[OneSheet]


class Examine(msgspec.Struct, frozen=True, tag=True):
    """What is there to say of this document? It is ``now``."""

    now: datetime
    document: str


class Signed(msgspec.Struct, frozen=True, tag=True):
    """The signature that was asked for; without one, why there is none."""

    signature: bytes | None
    reason: str = ""


class Stop(msgspec.Struct, frozen=True, tag=True):
    """Begin no further document of the order."""


Order = Count | SealThem | Examine
ToProcess = Believe | Count | SealThem | Examine | Signed | Stop


class Ready(msgspec.Struct, frozen=True, tag=True):
    """It has started."""


class Sign(msgspec.Struct, frozen=True, tag=True):
    """Sign this with the key that the document in hand is for; once for each."""

    digest: bytes


class Pages(msgspec.Struct, frozen=True, tag=True):
    """Of one document: how many, what it is, and whether it is held."""

    pages: int
    form: DocumentFormat
    is_held: bool


class Found(msgspec.Struct, frozen=True, tag=True):
    """Of one document: what its examination found."""

    verification: Verification


class Refused(msgspec.Struct, frozen=True, tag=True):
    """Of one document: the number of a problem, and its reason."""

    number: str
    reason: Text | None


class Unusable(msgspec.Struct, frozen=True, tag=True):
    """Of one document: the key cannot be used."""

    reason: str


class Unread(msgspec.Struct, frozen=True, tag=True):
    """A file could not be read or written, which ends the order; the system's number for it."""

    number: int


class Broken(msgspec.Struct, frozen=True, tag=True):
    """A defect, which ends the order; where."""

    trace: Sequence[str]


class Spent(msgspec.Struct, frozen=True, tag=True):
    """The document in hand takes more memory than there is for one; nothing more is told."""


class Done(msgspec.Struct, frozen=True, tag=True):
    """The order has ended; there was one answer for each document, unless it was stopped."""


Answer = Pages | Found | Refused | Unusable
FromProcess = Ready | Sign | Pages | Found | Refused | Unusable | Unread | Broken | Spent | Done

_encoder = msgspec.msgpack.Encoder()
_to_process: Final[msgspec.msgpack.Decoder[ToProcess]] = msgspec.msgpack.Decoder(ToProcess)
_from_process: Final[msgspec.msgpack.Decoder[FromProcess]] = msgspec.msgpack.Decoder(FromProcess)


def packed(message: ToProcess | FromProcess) -> bytes:
    """A message with its length before it."""
    content = _encoder.encode(message)
    return len(content).to_bytes(HEAD, "big") + content


def read_order(content: bytes) -> ToProcess:
    """What a process is told."""
    return _to_process.decode(content)


def read_answer(content: bytes) -> FromProcess:
    """What a process tells; msgspec.DecodeError for anything else."""
    return _from_process.decode(content)
