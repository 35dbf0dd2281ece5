"""Every significant byte of a PDF signature with its lowest bit flipped: an examination finds each."""

from pathlib import Path
from typing import Any

from tests.pdf.flipping import missed_everywhere
from tests.pdf.stage import KINDS


def pdf(_: Path) -> dict[str, Any]:
    """Holds if no flip of ByteRange or of the value goes unnoticed, for RSA, ECDSA and SM2."""
    flips, missed = missed_everywhere(KINDS)
    return {"flips": flips, "missed": missed, "holds": not missed}
