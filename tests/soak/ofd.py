"""Every byte of sealed OFD documents with one bit flipped: an examination finds each that matters."""

from pathlib import Path
from typing import Any

from tests.ofd.flipping import FIXTURE, missed_in_files, missed_in_fixture, parts
from tests.ofd.world import sealed, signed, stamp, usual


def ofd(_: Path) -> dict[str, Any]:
    """Holds if no flip goes unnoticed that changes what is protected, Signature.xml or significant signed bytes."""
    missed, harmless = missed_in_fixture(("", place, place % 8) for place in range(len(FIXTURE)))
    flips = len(FIXTURE)
    for data in (usual(), signed(), sealed(timestamps=stamp)):
        places = [(name, place, place % 8) for name, size in parts(data) for place in range(size)]
        flips += len(places)
        missed += missed_in_files(data, places)
    return {"flips": flips, "harmless": harmless, "missed": len(missed), "holds": not missed}
