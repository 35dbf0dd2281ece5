"""What was found of a seal can be told from its frame without colours."""

import pytest
from PIL import Image

from certs import marking
from certs.examination import Verdict
from certs.marking import COLOURS, mark
from certs.seals.pictures.fonts import system_faces

WHITE = (255, 255, 255)
BOX = (100.0, 100.0, 300.0, 300.0)


def marked(verdict: Verdict, box: tuple[float, float, float, float] = BOX, label: str = "s001") -> Image.Image:
    paper = Image.new("RGB", (400, 400), WHITE)
    mark(paper, box, label, verdict)
    return paper


def shape(picture: Image.Image) -> bytes:
    """The picture as a printer with black ink alone has it."""
    return picture.convert("L").point([0] * 200 + [255] * 56).tobytes()


def sign(picture: Image.Image) -> bytes:
    """The sign at the left of the tag, which is as high as wide."""
    return shape(picture.crop((98, 76, 119, 96)))


def test_each_verdict_has_another_tag_and_sign_in_black_and_white() -> None:
    drawn = [marked(verdict) for verdict in Verdict]
    assert len({shape(one) for one in drawn}) == len(Verdict)
    signs = {verdict: sign(one) for verdict, one in zip(Verdict, drawn, strict=True)}
    assert signs[Verdict.UNDECIDED] == signs[Verdict.UNSUPPORTED]
    assert len({*signs.values()}) == len(Verdict) - 1


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_frame_is_broken_where_nothing_is_decided(verdict: Verdict) -> None:
    picture = marked(verdict)
    for place in ((98, row) for row in range(97, 304)), ((301, row) for row in range(97, 304)):
        seen = {picture.getpixel(at) for at in place}
        broken = verdict in {Verdict.UNDECIDED, Verdict.UNSUPPORTED}
        assert seen == ({COLOURS[verdict], WHITE} if broken else {COLOURS[verdict]})


def test_without_chinese_letters_the_word_is_english(monkeypatch: pytest.MonkeyPatch) -> None:
    latin = system_faces()[-1:]
    monkeypatch.setattr(marking, "system_faces", lambda: latin)
    bare = marked(Verdict.VALID)
    assert bare.getpixel((100, 78)) == COLOURS[Verdict.VALID]
    assert shape(marked(Verdict.VALID)) != shape(marked(Verdict.VALID, label="章"))


@pytest.mark.parametrize("verdict", [Verdict.INVALID, Verdict.UNDECIDED])
@pytest.mark.parametrize("box", [(-1e12, -1e12, 1e12, 1e12), (5e9, 5e9, 6e9, 6e9), (50.4, 50.6, 10.0, 10.0)])
def test_a_place_that_is_off_the_page_or_turned_over_is_drawn_as_far_as_it_is_there(
    box: tuple[float, float, float, float], verdict: Verdict
) -> None:
    assert marked(verdict, box).size == (400, 400)
