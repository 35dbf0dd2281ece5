"""Whatever is sealed is protected as a whole, and any bytes are refused or examined."""

from hypothesis import given, settings
from hypothesis import strategies as st

from certs.examination import Verdict
from certs.ofd import AtPoint
from tests.ofd.flipping import verdicts
from tests.ofd.world import (
    LIST,
    changed,
    document,
    examined,
    failing,
    files,
    packed,
    sealed,
    text,
    usual,
)
from tests.thoroughness import tried


def test_a_document_that_cannot_be_read_fails_the_structure_too() -> None:
    broken = verdicts(changed(usual(), {"Doc_0/Document.xml": b"<"}))
    assert broken == {"structure": Verdict.INVALID, "digests": Verdict.INVALID}


names = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=12)


@settings(max_examples=tried(30, 200))
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


@settings(max_examples=tried(100, 400))
@given(st.binary(max_size=400), st.integers(0, 2**32), st.integers(0, 400))
def test_bytes_of_any_kind_are_refused_or_examined_and_nothing_else(noise: bytes, place: int, cut: int) -> None:
    data = usual()
    at = place % len(data)
    for broken in (noise, data[:at] + noise + data[at + cut :]):
        found = verdicts(broken)
        assert found is None or all(isinstance(verdict, Verdict) for verdict in found.values())
