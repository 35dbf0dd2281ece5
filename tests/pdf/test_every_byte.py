"""Every single bit that is flipped in a signature of a PDF document, and in what it says that it covers, is found."""

import pytest

from certs.x509 import KeyAlgorithm
from tests.pdf.documents import pdf
from tests.pdf.flipping import missed, sample
from tests.pdf.stage import KINDS, sealed
from tests.thoroughness import tried


@pytest.mark.parametrize("kind", KINDS)
def test_every_flip_of_the_range_and_of_the_value_is_found(kind: KeyAlgorithm) -> None:
    """1,000 in all, thoroughly 2,000, spread evenly over three kinds of keys; the soak tries every place."""
    document = sealed(pdf(), kind=kind)
    assert missed(document, sample(document, kind, tried(334, 667)), kind) == []
