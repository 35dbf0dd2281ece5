"""Revocation lists (CRL, RFC 5280, section 5): read, verified, looked up; lists with a hundred thousand entries too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Final

from certs.sm import SignatureInvalid
from certs.x509 import asn1, extensions
from certs.x509.algorithms import SignatureAlgorithm, read_algorithm
from certs.x509.asn1 import DerInvalid, Reader
from certs.x509.certificate import Certificate
from certs.x509.errors import RevocationUnreadable
from certs.x509.extensions import Extension, KeyUsage
from certs.x509.names import Name
from certs.x509.pem import read_blocks

LONGEST_LIST: Final = 33_554_432
"""Bytes of a list at most."""

MOST_LISTS: Final = 20
"""Lists in one file at most."""

_REASON: Final = "2.5.29.21"
_INVALIDITY: Final = "2.5.29.24"
_SCOPE: Final = "2.5.29.28"
_NUMBER: Final = "2.5.29.20"
_UNDERSTOOD: Final = frozenset({_SCOPE, _NUMBER, extensions.AUTHORITY_KEY_ID})
_ENTRY_UNDERSTOOD: Final = frozenset({_REASON, _INVALIDITY})
_VERSION_2 = 1


class Reason(IntEnum):
    """Why a certificate was revoked."""

    UNSPECIFIED = 0
    KEY_COMPROMISE = 1
    AUTHORITY_COMPROMISE = 2
    AFFILIATION_CHANGED = 3
    SUPERSEDED = 4
    CESSATION = 5
    HOLD = 6
    REMOVED = 8
    PRIVILEGE_WITHDRAWN = 9
    ATTRIBUTE_COMPROMISE = 10

    @property
    def is_compromise(self) -> bool:
        """Whether others may have used the key, so that a time which it states itself proves nothing."""
        return self in {Reason.KEY_COMPROMISE, Reason.AUTHORITY_COMPROMISE, Reason.ATTRIBUTE_COMPROMISE}


@dataclass(frozen=True, slots=True)
class Revoked:
    """One certificate that was revoked.

    Attributes:
        at: from when on.
        reason: why, UNSPECIFIED where it is not said.
    """

    serial: int
    at: datetime
    reason: Reason = Reason.UNSPECIFIED


@dataclass(frozen=True, slots=True)
class Scope:
    """Which certificates a list speaks of, where it does not speak of all of its issuer's.

    Attributes:
        users, authorities: it speaks of these only.
        addresses: it is one of several, published here.
        partial: of other issuers' certificates, of attribute certificates or of some reasons only: of no use here.
    """

    users: bool = False
    authorities: bool = False
    addresses: tuple[str, ...] = ()
    partial: bool = False


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list as it was read. That it was read says nothing about who wrote it: ``verify`` does.

    Attributes:
        der: all of it.
        this_update: when it was made.
        next_update: when the next one is due at the latest; None if it does not say.
        scope: which certificates it speaks of.
    """

    der: bytes = field(repr=False)
    tbs: bytes = field(repr=False, compare=False)
    issuer: Name = field(repr=False, compare=False)
    this_update: datetime = field(compare=False)
    next_update: datetime | None = field(compare=False)
    algorithm: SignatureAlgorithm = field(compare=False)
    signature: bytes = field(repr=False, compare=False)
    scope: Scope = field(compare=False)
    _entries: Mapping[bytes, bytes] = field(repr=False, compare=False)

    def __len__(self) -> int:
        """How many certificates are on it."""
        return len(self._entries)

    def verify(self, issuer: Certificate) -> None:
        """Verify that ``issuer`` wrote it and may.

        Raises:
            SignatureInvalid: another's name, a certificate that must not sign lists, or a signature that does not hold.
        """
        usage = issuer.key_usage
        if (
            issuer.subject_name.canonical != self.issuer.canonical
            or (usage is not None and KeyUsage.CRL_SIGN not in usage)
            or self.algorithm.key is not issuer.public_key.algorithm
        ):
            raise SignatureInvalid
        issuer.public_key.verify(self.signature, self.tbs, self.algorithm.hash)

    def speaks_of(self, certificate: Certificate) -> bool:
        """Whether a certificate that is not on it can be told from that not to be revoked."""
        scope = self.scope
        if scope.partial or (scope.users and certificate.is_authority):
            return False
        if scope.authorities and not certificate.is_authority:
            return False
        return not scope.addresses or not set(scope.addresses).isdisjoint(certificate.crl_addresses)

    def find(self, serial: int) -> Revoked | None:
        """The entry of the certificate with this number.

        Raises:
            RevocationUnreadable: the entry is broken, or demands what is not known here.
        """
        entry = self._entries.get(asn1.integer(serial))
        if entry is None:
            return None
        try:
            return _read_entry(entry)
        except DerInvalid as error:
            raise RevocationUnreadable(f"an entry of a revocation list cannot be read: {error}") from None


def read_crl(data: bytes) -> RevocationList:
    """Read a list, DER or PEM.

    Raises:
        RevocationUnreadable: it is none, too long, signed in a way that is not known or can be forged, or demands what
            is not known here (a list of changes only, for one).
    """
    try:
        if data[:1] != bytes([asn1.SEQUENCE]):
            data = read_blocks(data, ("X509 CRL",), longest=2 * LONGEST_LIST, most=1)[0]
        return _read(data)
    except DerInvalid as error:
        raise RevocationUnreadable(f"this is no revocation list: {error}") from None


def read_crls(data: bytes) -> Sequence[RevocationList]:
    """Read the lists of one file: one in DER, or as many as ``MOST_LISTS`` in PEM; errors as in ``read_crl``."""
    if data[:1] == bytes([asn1.SEQUENCE]):
        return [read_crl(data)]
    try:
        blocks = read_blocks(data, ("X509 CRL",), longest=2 * LONGEST_LIST, most=MOST_LISTS)
        return [_read(block) for block in blocks]
    except DerInvalid as error:
        raise RevocationUnreadable(f"this is no revocation list: {error}") from None


def _read(data: bytes) -> RevocationList:
    if len(data) > LONGEST_LIST:
        raise DerInvalid(f"it is longer than {LONGEST_LIST} bytes")
    outside = Reader(data)
    whole = outside.inside()
    outside.end()
    tbs, identifier = whole.raw(asn1.SEQUENCE), whole.raw(asn1.SEQUENCE)
    signature = whole.bits()
    whole.end()
    inside = Reader(tbs).inside()
    version = inside.unsigned() if inside.next_is(asn1.INTEGER) else 0
    if version not in {0, _VERSION_2} or inside.raw(asn1.SEQUENCE) != identifier:
        raise DerInvalid("its version is not known, or it names two signature algorithms")
    _, algorithm = read_algorithm(identifier)
    if algorithm is None:
        raise RevocationUnreadable("a revocation list is signed by an algorithm that is not known or can be forged")
    issuer = Name.read(inside.raw(asn1.SEQUENCE))
    this_update = inside.time()
    next_update = inside.time() if inside.more and inside.tag in {asn1.UTC_TIME, asn1.GENERALIZED_TIME} else None
    entries = _split(inside.take(asn1.SEQUENCE)) if inside.next_is(asn1.SEQUENCE) else {}
    scope = Scope()
    if inside.next_is(0xA0):
        wrapped = inside.inside(0xA0)
        scope = _scope(extensions.read_extensions(wrapped.inside()))
        wrapped.end()
    inside.end()
    return RevocationList(data, tbs, issuer, this_update, next_update, algorithm, signature, scope, entries)


def _split(entries: bytes) -> Mapping[bytes, bytes]:
    """Each entry under its number as it is written; only what a lookup needs is read, so long lists are quick."""
    found = {}
    reader = Reader(entries)
    while reader.more:
        entry = reader.take(asn1.SEQUENCE)
        found[Reader(entry).raw(asn1.INTEGER)] = entry
    return found


def _read_entry(entry: bytes) -> Revoked:
    inside = Reader(entry)
    serial, at = inside.signed(), inside.time()
    reason = Reason.UNSPECIFIED
    if inside.more:
        found = extensions.read_extensions(inside.inside())
        if any(one.critical and kind not in _ENTRY_UNDERSTOOD for kind, one in found.items()):
            raise DerInvalid("it demands an extension that is not known")
        if _REASON in found:
            reason = read_reason(Reader(found[_REASON].value))
    inside.end()
    return Revoked(serial, at, reason)


def read_reason(reader: Reader) -> Reason:
    """The next element, an ENUMERATED reason; a DerInvalid if it is none."""
    content = reader.take(asn1.ENUMERATED)
    reader.end()
    try:
        return Reason(int.from_bytes(content, "big"))
    except ValueError:
        raise DerInvalid("it gives an unknown reason") from None


def _scope(found: Mapping[str, Extension]) -> Scope:
    if any(one.critical and kind not in _UNDERSTOOD for kind, one in found.items()):
        raise DerInvalid("it demands an extension that is not known, or holds changes only")
    if _SCOPE not in found:
        return Scope()
    outside = Reader(found[_SCOPE].value)
    inside = outside.inside()
    outside.end()
    addresses: tuple[str, ...] = ()
    if inside.next_is(0xA0):
        name = inside.inside(0xA0)
        # relative names are of lists in directories, which are not read here: no certificate has such an address
        addresses = extensions.read_addresses(name.inside(0xA0)) if name.next_is(0xA0) else ("",)
    flags = {number: _flag(inside, number) for number in (1, 2, 3, 4, 5)}
    inside.end()
    return Scope(flags[1], flags[2], addresses, flags[3] or flags[4] or flags[5])


def _flag(inside: Reader, number: int) -> bool:
    """A BOOLEAN under a tag of its own; the third is a BIT STRING of reasons, which counts as said."""
    if not inside.next_is(0x80 | number):
        return False
    content = inside.take(0x80 | number)
    return number == 3 or content != b"\0"  # noqa: PLR2004 # onlySomeReasons
