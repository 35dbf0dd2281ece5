"""What is stamped: a digest, and by which algorithm it was made."""

from dataclasses import dataclass
from hmac import compare_digest
from typing import Self

from certs.x509 import Hash, asn1
from certs.x509.asn1 import DerInvalid, Reader

_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Imprint:
    """A digest with its algorithm.

    Attributes:
        oid: the algorithm as it is named.
        digest: its bytes, at most 64.
    """

    oid: str
    digest: bytes

    @classmethod
    def of(cls, data: bytes, hash: Hash) -> Self:  # noqa: A002 # the word for it
        """The imprint of data."""
        return cls(hash.oid, hash.digest(data))

    @property
    def hash(self) -> Hash | None:
        """The algorithm; None if it is not known here."""
        return Hash.named(self.oid)

    def is_of(self, data: bytes) -> bool:
        """Whether it is the imprint of these data; it is not where its algorithm is not known here."""
        known = self.hash
        return known is not None and compare_digest(self.digest, known.digest(data))

    def equals(self, other: "Imprint") -> bool:
        """Whether it is the same digest by the same algorithm."""
        return self.oid == other.oid and compare_digest(self.digest, other.digest)

    def to_der(self) -> bytes:
        """It as a MessageImprint."""
        return asn1.sequence(asn1.sequence(asn1.oid(self.oid)), asn1.octets(self.digest))

    @classmethod
    def read(cls, inside: Reader) -> Self:
        """Read the content of a MessageImprint.

        Raises:
            DerInvalid: it is none, or its length is not its algorithm's.
        """
        algorithm = inside.inside()
        oid = algorithm.oid()
        if algorithm.more:
            algorithm.take(asn1.NULL)
            algorithm.end()
        digest = inside.take(asn1.OCTET_STRING)
        inside.end()
        known = Hash.named(oid)
        if len(digest) > _LONGEST or (known is not None and len(digest) != known.size):
            raise DerInvalid("a digest's length is not its algorithm's")
        return cls(oid, digest)
