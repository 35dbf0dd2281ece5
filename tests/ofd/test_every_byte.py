"""Every single bit that is flipped where it matters in an OFD document is found."""

from collections.abc import Callable

import pytest

from tests.ofd.flipping import FIXTURE, matters, missed_in_files, missed_in_fixture, parts, stratified
from tests.ofd.world import files, sealed, signed, stamp, usual
from tests.thoroughness import tried


@pytest.mark.parametrize("make", [usual, signed, lambda: sealed(timestamps=stamp)], ids=["seal", "plain", "timestamp"])
def test_a_flip_in_any_file_that_matters_is_found(make: Callable[[], bytes]) -> None:
    data = make()
    count = tried(250, 500)
    places = stratified(parts(data), count, seed=7)
    assert len(places) >= 0.9 * count
    assert list(missed_in_files(data, places)) == []


def test_a_flip_of_the_reference_implementations_file_is_found_where_it_matters() -> None:
    """Of all its 35,814 bytes 640 hold nothing that matters to anybody; `run.py soak ofd` flips them all."""
    assert len(matters(FIXTURE) or ()) == len(files(FIXTURE)) - 1
    count = tried(500, 1_000)
    missed, harmless = missed_in_fixture(stratified([("", len(FIXTURE))], count, seed=11))
    assert missed == []
    assert harmless < 0.06 * count
