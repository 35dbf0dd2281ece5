"""The files of a signature, read once for all who ask: its description, and what is signed."""

import msgspec

from certs.ofd.description import Description, read_description
from certs.ofd.directory import Entry
from certs.ofd.package import OfdPackage
from certs.seals import LARGEST_SIGNATURE, SealSignature, read_signature


class Described(msgspec.Struct, frozen=True):
    """A Signature.xml: as it stands, and read."""

    data: bytes
    description: Description


def described(package: OfdPackage, entry: Entry) -> Described:
    """The Signature.xml of this entry.

    Raises:
        OfdInvalid: it cannot be read, is none, or can be understood in two ways.
    """
    return package.once(_described, entry)


def sealed_value(package: OfdPackage, entry: Entry) -> SealSignature:
    """The SignedValue.dat of this entry, a seal's.

    Raises:
        OfdInvalid: the file cannot be read.
        SealError: it is none, or of a kind that is not known here.
    """
    return package.once(_sealed_value, entry)


def _described(package: OfdPackage, entry: Entry) -> Described:
    data = package.read(entry, package.limits.description)
    return Described(data, read_description(data, entry.path, package.limits))


def _sealed_value(package: OfdPackage, entry: Entry) -> SealSignature:
    return read_signature(package.read(entry, LARGEST_SIGNATURE))
