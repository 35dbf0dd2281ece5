"""Every single byte that is changed in a seal or in its signature is found."""

import pytest

from certs.seals import SealVersion
from tests.seals import making
from tests.seals.flipping import missed_in_signature, unnoticed_in_seal


@pytest.mark.parametrize("version", [SealVersion.V4, SealVersion.V5])
def test_no_flipped_byte_of_a_seal_goes_unnoticed(version: SealVersion) -> None:
    seal = making.usual_seal(version)
    assert len(seal.envelope.raw) > 1_000
    assert unnoticed_in_seal(seal, every_bit=False) == []


def test_no_flipped_byte_of_a_signature_goes_unnoticed() -> None:
    signed = making.usual_signature()
    assert len(signed.envelope.raw) > 1_500
    assert list(missed_in_signature(signed, every_bit=False)) == []
