"""Bits of sealed documents flipped one by one: which an examination does not find."""

import random
from collections.abc import Iterable, Iterator, Sequence

from certs.cms.verifying import SM2_SIGN
from certs.examination import Verdict
from certs.ofd import OfdInvalid, OfdPackage
from certs.x509 import Hash, asn1
from tests.ofd.world import FIXTURES, LIST, authority, changed, examined, failing, files

FIXTURE = (FIXTURES / "signed-v4.ofd").read_bytes()

Place = tuple[str, int, int]
"""A file (or nothing for the package), a byte and a bit."""


def matters(data: bytes) -> dict[str, bytes] | None:
    """What is protected, as a reader finds it; None if nobody can read all of it."""
    try:
        with OfdPackage.open(data) as package:
            return {one.path: package.read(one) for one in package.files if one.path != LIST}
    except OfdInvalid:
        return None


def verdicts(data: bytes) -> dict[str, Verdict] | None:
    """None if the file is refused as a whole."""
    try:
        return failing(examined(data))
    except OfdInvalid:
        return None


def flipped(data: bytes, place: int, bit: int) -> bytes:
    """The bytes with one bit turned."""
    return data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


def idle(value: bytes) -> set[int]:
    """Places of signed data that nobody signs and that say the same in another spelling.

    Versions and the list of digests; an issuer that is known anyway; the issuer's name at the signer, whose texts may
    be of any type, and the version before it; the identifier of SM2, which has two.
    """
    found = set[int]()
    issuer = authority().intermediate.certificate
    digests = asn1.set_of(Hash.SM3.identifier)
    pieces = (asn1.integer(1) + digests, asn1.integer(3) + digests, issuer.der, asn1.sequence(asn1.oid(SM2_SIGN)))
    for piece in pieces:
        at = value.find(piece)
        while at >= 0:
            found.update(range(at, at + len(piece)))
            at = value.find(piece, at + 1)
    name = issuer.subject_name.der
    at = value.rfind(name)
    return found.union(range(at - len(b"\2\1\1\x30\x81\x80"), at + len(name)))


def parts(data: bytes) -> Sequence[tuple[str, int]]:
    """The files that matter, with their sizes."""
    return [(name, len(content)) for name, content in files(data).items() if name != LIST]


def stratified(parts: Sequence[tuple[str, int]], count: int, seed: int) -> Sequence[tuple[str, int, int]]:
    """Places (part, byte, bit): each part gets its share by size and 20 at least, spread evenly over it."""
    chance, places = random.Random(seed), list[tuple[str, int, int]]()
    total = sum(size for _, size in parts)
    for name, size in parts:
        share = min(size, max(20, count * size // total))
        places += ((name, (size * number + chance.randrange(size)) // share % size, chance.randrange(8))
                   for number in range(share))  # fmt: skip
    return places


def missed_in_files(data: bytes, places: Iterable[Place]) -> Iterator[Place]:
    """Flips in files of a valid document after which it is still valid, apart from those in places that are idle."""
    contents = files(data)
    spared = {name: idle(content) for name, content in contents.items() if name.endswith(".dat")}
    for name, place, bit in places:
        if place in spared.get(name, ()):
            continue
        if verdicts(changed(data, {name: flipped(contents[name], place, bit)})) == {}:
            yield name, place, bit


def missed_in_fixture(places: Iterable[Place]) -> tuple[list[Place], int]:
    """Flips of the reference implementation's file that change what matters but no verdict; how many change neither.

    ZIP headers and the list of signatures hold bits that nothing protects and nobody needs.
    """
    before, as_it_is = matters(FIXTURE), verdicts(FIXTURE)
    missed, harmless = list[Place](), 0
    for name, place, bit in places:
        data = flipped(FIXTURE, place, bit)
        if verdicts(data) == as_it_is:
            if matters(data) == before:
                harmless += 1
            else:
                missed.append((name, place, bit))
    return missed, harmless
