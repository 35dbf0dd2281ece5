import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.mapping.paths import Path, PathInvalid, Segment, parse_path

NAMES = st.text(min_size=1, max_size=12) | st.sampled_from(["0", "12", "a.b", "名称", "it's", "x[]", "@x", " a "])
STEPS = st.builds(Segment, NAMES | st.integers(0, 999), st.just(value=False), st.booleans())
LAST = st.none() | st.builds(Segment, NAMES, st.just(value=True), st.just(value=False))
PATHS = st.builds(lambda steps, last: Path((*steps, last) if last else tuple(steps)), st.lists(STEPS, max_size=6), LAST)


@given(PATHS)
def test_a_rendered_path_parses_to_itself(path: Path) -> None:
    assert parse_path(path.render()) == path


@given(st.text(max_size=30) | st.text(".[]@'a0 ", max_size=12))
def test_any_text_is_a_path_or_refused_with_its_place(text: str) -> None:
    try:
        path = parse_path(text)
    except PathInvalid as refusal:
        assert refusal.reason.zh  # noqa: PT017 - both ends of the alternative are promises
        assert 0 <= refusal.position <= len(text)  # noqa: PT017
    else:
        assert parse_path(path.render()) == path


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        (".", ()),
        ("data.list[]", (Segment("data"), Segment("list", each=True))),
        ("errors.0.code", (Segment("errors"), Segment(0), Segment("code"))),
        ("groups[].fields[]", (Segment("groups", each=True), Segment("fields", each=True))),
        ("a.'b.c'.@id", (Segment("a"), Segment("b.c"), Segment("id", attribute=True))),
        ("证照.名称", (Segment("证照"), Segment("名称"))),
        ("'it''s'", (Segment("it's"),)),
        ("'7'", (Segment("7"),)),
        ("two words", (Segment("two words"),)),
    ],
)
def test_a_path_is_read_by_its_grammar(text: str, segments: tuple[Segment, ...]) -> None:
    assert parse_path(text).segments == segments


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("a.", 2),
        (".a", 0),
        ("a..b", 2),
        ("a[0]", 1),
        ("a[", 1),
        ("a b .c", 0),
        ("@x.y", 2),
        ("@x[]", 2),
        ("@1", 2),
        ("'open", 0),
        ("''", 0),
        ("a'b", 1),
        ("9999999999", 0),
        (".".join("a" * 21), 0),
    ],
)
def test_what_is_no_path_is_refused_where_it_goes_wrong(text: str, position: int) -> None:
    with pytest.raises(PathInvalid) as refused:
        parse_path(text)
    assert refused.value.position == position
