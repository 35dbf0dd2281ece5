"""Every bit of seals and of their signatures, flipped one by one: an examination finds each."""

from pathlib import Path
from typing import Any

from certs.seals import SealVersion
from tests.seals.flipping import missed_in_signature, unnoticed_in_seal
from tests.seals.making import usual_seal, usual_signature


def seals(_: Path) -> dict[str, Any]:
    """Holds if no flipped bit goes unnoticed, and none that a signature covers is called UNSUPPORTED."""
    bits, missed = 0, 0
    for version in (SealVersion.V4, SealVersion.V5):
        seal, signed = usual_seal(version), usual_signature(version)
        bits += 8 * (len(seal.envelope.raw) + len(signed.envelope.raw))
        missed += len(unnoticed_in_seal(seal, every_bit=True))
        missed += len(list(missed_in_signature(signed, every_bit=True)))
    return {"bits": bits, "missed": missed, "holds": missed == 0}
