"""Every single bit that is flipped where it matters is found; and whatever is sealed is protected as a whole."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certs.examination import Verdict
from certs.ofd import AtPoint
from tests.ofd.flipping import FIXTURE, matters, missed_in_files, missed_in_fixture, parts, stratified, verdicts
from tests.ofd.world import (
    LIST,
    changed,
    document,
    examined,
    failing,
    files,
    packed,
    sealed,
    signed,
    stamp,
    text,
    usual,
)


@pytest.mark.parametrize("make", [usual, signed, lambda: sealed(timestamps=stamp)], ids=["seal", "plain", "timestamp"])
def test_a_flip_in_any_file_that_matters_is_found(make: Callable[[], bytes]) -> None:
    data = make()
    places = stratified(parts(data), 500, seed=7)
    assert len(places) >= 450
    assert list(missed_in_files(data, places)) == []


def test_a_flip_of_the_reference_implementations_file_is_found_where_it_matters() -> None:
    """Of all its 35,814 bytes 640 hold nothing that matters to anybody; `run.py soak ofd` flips them all."""
    assert len(matters(FIXTURE) or ()) == len(files(FIXTURE)) - 1
    missed, harmless = missed_in_fixture(stratified([("", len(FIXTURE))], 1_000, seed=11))
    assert missed == []
    assert harmless < 60


names = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=12)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(names, st.binary(max_size=300), max_size=6),
    st.integers(1, 4),
    st.integers(0, 170),
    st.integers(0, 257),
    st.data(),
)
def test_whatever_is_sealed_is_valid_and_protected_as_a_whole(
    others: dict[str, bytes], pages: int, x: int, y: int, data: st.DataObject
) -> None:
    # Names that differ only in capitals or accents' spelling are one name, and refused.
    unique = {f"Doc_0/Res/{number}{name}.xml": content for number, (name, content) in enumerate(others.items())}
    contents = {**document(*[text("正文") for _ in range(pages)]), **unique}
    whole = sealed(packed(contents), AtPoint(data.draw(st.integers(1, pages)), x, y))
    assert failing(examined(whole)) == {}
    victim = data.draw(st.sampled_from(sorted(name for name in files(whole) if name != LIST)))
    assert verdicts(changed(whole, {victim: files(whole)[victim] + b" "})) not in ({}, None) or victim == "OFD.xml"
    assert verdicts(changed(whole, {victim: None})) != {}


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 2**32), st.integers(0, 400))
def test_bytes_of_any_kind_are_refused_or_examined_and_nothing_else(noise: bytes, place: int, cut: int) -> None:
    data = usual()
    at = place % len(data)
    for broken in (noise, data[:at] + noise + data[at + cut :]):
        found = verdicts(broken)
        assert found is None or all(isinstance(verdict, Verdict) for verdict in found.values())
