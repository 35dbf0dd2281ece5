"""Bits of sealed documents flipped one by one: which an examination does not find."""

import random
import re
from collections.abc import Iterable, Sequence

from certs.examination import Verdict
from certs.pdf import PdfUnreadable
from certs.x509 import KeyAlgorithm
from tests.pdf.documents import pdf
from tests.pdf.stage import examined, seal_office, sealed

RANGE = re.compile(rb"/ByteRange\[0 (\d+) (\d+) (\d+)\s*\]")


def gap(document: bytes) -> tuple[int, int, int]:
    """Where the first signature's value begins and ends, brackets included, and the end of what it covers."""
    found = RANGE.search(document)
    assert found is not None
    first, second, length = (int(number) for number in found.groups())
    return first, second, second + length


def significant(document: bytes, kind: KeyAlgorithm) -> Sequence[int]:
    """The places of ByteRange and of the value's digits, but for what says nothing and protects nothing.

    That is the issuer's name in the value: it only finds the certificate, which the signature itself names by its
    digest, and names are compared whatever kind of text they are written in.
    """
    found = RANGE.search(document)
    assert found is not None
    first, second, _ = gap(document)
    value = document[first:second].rstrip(b"0>")
    name = seal_office(kind).certificate.issuer_name.der.hex().encode()
    start = first + value.rindex(name)
    places = [*range(*found.span()), *range(first, first + len(value))]
    return [place for place in places if not start <= place < start + len(name)]


def sample(document: bytes, kind: KeyAlgorithm, count: int) -> Iterable[int]:
    """So many of the significant places, spread evenly and always the same."""
    places = significant(document, kind)
    every = len(places) / count
    dice = random.Random(5)
    return [places[min(len(places) - 1, int(at * every + dice.random() * every))] for at in range(count)]


def missed(document: bytes, places: Iterable[int], kind: KeyAlgorithm) -> list[int]:
    """Where a flip is not found."""
    return [place for place in places if _harmless(document, place, kind)]


def _harmless(document: bytes, place: int, kind: KeyAlgorithm) -> bool:
    # the lowest bit changes a digit's value, and never only its case
    changed = document[:place] + bytes([document[place] ^ 1]) + document[place + 1 :]
    try:
        return examined(changed, kind).verdict is Verdict.VALID
    except PdfUnreadable:
        return False


def missed_everywhere(kinds: Iterable[KeyAlgorithm]) -> tuple[int, int]:
    """How many flips there were at all significant places, and how many were missed."""
    flips = unfound = 0
    for kind in kinds:
        document = sealed(pdf(), kind=kind)
        places = significant(document, kind)
        flips += len(places)
        unfound += len(missed(document, places, kind))
    return flips, unfound
