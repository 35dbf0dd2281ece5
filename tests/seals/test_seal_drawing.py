"""Vector pictures: what is drawn is where it belongs, and what is not drawn is named."""

import math
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certs.seals import PictureUnusable
from certs.seals.pictures import LONGEST_NAME, canvas, ofd, round_seal
from certs.seals.pictures.fonts import Face, FontUnusable, pick, read_face, system_faces
from certs.seals.pictures.geometry import Contour, PathInvalid, Pen, inverse, outlines, product
from certs.seals.pictures.ofd import draw_ofd
from certs.seals.pictures.paths import LONGEST, numbers_of, ofd_contours, svg_contours
from certs.seals.pictures.svg import draw_svg
from tests.seals.making import png
from tests.seals.pictures import BLUE, DPI, GREEN, NOTHING, RED, drawn, latin, look, package, svg
from tests.seals.pictures import ofd as ofd_file

RED_FILL = '<FillColor Value="255 0 0"/>'
SQUARE = "<AbbreviatedData>M 1 1 L 5 1 L 5 5 L 1 5 C</AbbreviatedData>"
BOX = 'Boundary="0 0 20 10"'


def path(data: str, attributes: str = 'Fill="true" Stroke="false"', inside: str = RED_FILL) -> str:
    return f"<PathObject {BOX} {attributes}>{inside}<AbbreviatedData>{data}</AbbreviatedData></PathObject>"


# ---- OFD


def test_a_filled_path_is_red_inside_and_nothing_outside() -> None:
    at, left_out = drawn(path("M 1 1 L 5 1 L 5 5 L 1 5 C"))
    assert (at(3, 3), at(1.2, 1.2), at(0.7, 3), at(5.3, 3), at(19, 9)) == (RED, RED, NOTHING, NOTHING, NOTHING)
    assert left_out == []


def test_a_path_is_black_and_stroked_unless_it_says_otherwise() -> None:
    at, _ = drawn(f'<PathObject {BOX} LineWidth="1"><AbbreviatedData>M 2 5 L 8 5</AbbreviatedData></PathObject>')
    assert (at(5, 5), at(5, 4.7), at(5, 4), at(1, 5)) == ((0, 0, 0, 255), (0, 0, 0, 255), NOTHING, NOTHING)


def test_holes_are_holes_by_either_rule() -> None:
    outer, inner = "M 1 1 L 9 1 L 9 9 L 1 9 C", "M 3 3 L 7 3 L 7 7 L 3 7 C"
    against = "M 3 3 L 3 7 L 7 7 L 7 3 C"
    assert drawn(path(f"{outer} {inner}"))[0](5, 5) == RED
    assert drawn(path(f"{outer} {against}"))[0](5, 5) == NOTHING
    even_odd = path(f"{outer} {inner}", 'Fill="true" Stroke="false" Rule="Even-Odd"')
    assert drawn(even_odd)[0](5, 5) == NOTHING


def test_curves_and_arcs_go_where_the_standard_says() -> None:
    circle = path("M 2 5 A 3 3 0 0 1 8 5 A 3 3 0 1 1 2 5 C")
    at, _ = drawn(circle)
    assert (at(5, 2.2), at(5, 7.8), at(2.4, 2.4)) == (RED, RED, NOTHING)
    at, _ = drawn(path("S 2 8 Q 5 -4 8 8 C"))
    assert (at(5, 3), at(5, 1.5)) == (RED, NOTHING)
    at, _ = drawn(path("M 2 8 B 2 0 8 0 8 8 C"))
    assert (at(5, 2.5), at(5, 1.5)) == (RED, NOTHING)


@pytest.mark.parametrize(
    ("cap", "reach"), [("Butt", [False, False]), ("Round", [True, False]), ("Square", [True, True])]
)
def test_lines_end_as_they_say(cap: str, reach: list[bool]) -> None:
    line = f'<PathObject {BOX} LineWidth="4" Cap="{cap}"><AbbreviatedData>M 5 5 L 12 5</AbbreviatedData></PathObject>'
    at, _ = drawn(line)
    assert [at(3.3, 5) != NOTHING, at(3.3, 3.3) != NOTHING] == reach


@pytest.mark.parametrize(
    ("join", "tip", "side"), [("Miter", True, True), ("Round", False, True), ("Bevel", False, False)]
)
@pytest.mark.parametrize("data", ["M 4 8 L 4 3 L 12 3", "M 12 3 L 4 3 L 4 8"])
def test_lines_turn_as_they_say(data: str, join: str, tip: bool, side: bool) -> None:
    line = f'<PathObject {BOX} LineWidth="3" Join="{join}"><AbbreviatedData>{data}</AbbreviatedData></PathObject>'
    at, _ = drawn(line)
    assert (at(2.6, 1.6) != NOTHING, at(3.0, 2.0) != NOTHING) == (tip, side)


def test_a_dot_shows_only_with_round_ends() -> None:
    dot = "<AbbreviatedData>M 5 5 L 5 5</AbbreviatedData>"
    assert drawn(f'<PathObject {BOX} LineWidth="3" Cap="Round">{dot}</PathObject>')[0](5, 5) != NOTHING
    assert drawn(f'<PathObject {BOX} LineWidth="3">{dot}</PathObject>')[0](5, 5) == NOTHING


def test_matrices_boundaries_and_transparency_add_up() -> None:
    objects = (
        f'<PathObject Boundary="10 0 10 10" CTM="2 0 0 2 0 0" Alpha="128" Fill="true" Stroke="false">'
        f"{RED_FILL}<AbbreviatedData>M 1 1 L 3 1 L 3 3 L 1 3 C</AbbreviatedData></PathObject>"
    )
    at, _ = drawn(objects)
    assert (at(14, 4)[:3], at(11, 4), at(17, 4)) == ((255, 0, 0), NOTHING, NOTHING)
    assert 120 <= at(14, 4)[3] <= 136
    at, _ = drawn(path("M 1 1 L 5 1 L 5 5 C", inside='<FillColor Value="255 0 0" Alpha="0"/>'))
    assert at(4, 2) == NOTHING


def test_an_object_is_cut_at_its_boundary() -> None:
    at, _ = drawn(
        f'<PathObject Boundary="2 2 3 3" Fill="true" Stroke="false">{RED_FILL}'
        "<AbbreviatedData>M -2 -2 L 9 -2 L 9 9 L -2 9 C</AbbreviatedData></PathObject>"
    )
    assert (at(3, 3), at(1, 3), at(6, 3)) == (RED, NOTHING, NOTHING)


@pytest.mark.parametrize("flag", ["true", "false"])
def test_clips_cut_and_clips_of_text_are_named(flag: str) -> None:
    area = '<Clip><Area><Path Boundary="{}"><AbbreviatedData>{}</AbbreviatedData></Path></Area></Clip>'
    clip = area.format("0 0 9 9", "M 1 1 L 3 1 L 3 9 L 1 9 C")
    other = area.format("0 2 9 9", "M 0 0 L 9 0 L 9 7 L 0 7 C")
    text = "<Clip><Area><Text/></Area></Clip>"
    inside = f'<Clips TransFlag="{flag}">{clip}{other}{text}</Clips>{RED_FILL}'
    at, left_out = drawn(path("M 0 0 L 9 0 L 9 9 L 0 9 C", inside=inside))
    assert (at(2, 5), at(5, 5), at(2, 1.5)) == (RED, NOTHING, NOTHING)
    assert left_out == ["clips made of text"]
    nowhere = clip.replace("M 1 1 L 3 1 L 3 9 L 1 9 C", "M 90 90 L 91 90 L 91 91 C")
    triangle = "M 0 0 L 9 0 L 9 9 C"
    assert drawn(path(triangle, inside=f"<Clips>{nowhere}</Clips>{RED_FILL}"))[0](5, 2) == NOTHING
    empty = "<Clips><Clip><Area><Path/></Area></Clip></Clips>"
    assert drawn(path(triangle, inside=f"{empty}{RED_FILL}"))[0](5, 2) == RED


def test_styles_come_from_parameters_that_build_on_each_other() -> None:
    resources = (
        '<DrawParams><DrawParam ID="7" Relative="8"><FillColor Value="0 0 255"/></DrawParam>'
        '<DrawParam ID="8" LineWidth="2"><StrokeColor Value="#00 #FF #0"/></DrawParam>'
        '<DrawParam ID="9" Relative="9"/></DrawParams>'
    )
    square = '<PathObject Boundary="0 0 20 10" Fill="true" {}>' + SQUARE + "</PathObject>"
    at, left_out = drawn(square.format('DrawParam="7"'), resources=resources)
    assert (at(3, 3), at(1.5, 3), at(0.2, 0.2), left_out) == (BLUE, GREEN, GREEN, [])
    at, left_out = drawn(square.format(""), resources=resources, layer='DrawParam="7"')
    assert (at(3, 3), at(1.5, 3), left_out) == (BLUE, GREEN, [])
    assert drawn(square.format('DrawParam="9"'), resources=resources)[1] == []
    assert drawn(square.format('DrawParam="1"'), resources=resources)[1] == ["resources that are missing"]


@pytest.mark.parametrize(
    ("value", "colour"),
    [("", (0, 0, 0, 255)), ("128", (128, 128, 128, 255)), ("0 255 255 0", RED), ("300 0 -4", RED)],
)
def test_colours_are_grey_rgb_or_cmyk(value: str, colour: tuple[int, ...]) -> None:
    at, _ = drawn(path("M 1 1 L 5 1 L 5 5 L 1 5 C", inside=f'<FillColor Value="{value}"/>'))
    assert at(3, 3) == colour


@pytest.mark.parametrize(
    ("objects", "said"),
    [
        pytest.param(
            path("M 1 1 L 5 1 L 5 5 C", inside="<FillColor><AxialShd/></FillColor>"),
            "patterns and gradients",
            id="gradient",
        ),
        pytest.param(
            f'<PathObject {BOX} DashPattern="1 1">{SQUARE}</PathObject>', "dashes, drawn as whole lines", id="dashes"
        ),
        pytest.param("<VideoObject/>", "objects of unknown kinds", id="video"),
        pytest.param(path("M 1 1 X 5"), "paths that cannot be read", id="path"),
        pytest.param(path("M 1 1", inside='<FillColor Value="red"/>'), "paths that cannot be read", id="colour"),
        pytest.param(path("M 1 1", inside='<FillColor Value="1 2"/>'), "paths that cannot be read", id="two numbers"),
        pytest.param(f'<PathObject Boundary="1 2">{SQUARE}</PathObject>', "paths that cannot be read", id="boundary"),
        pytest.param(
            f'<PathObject CTM="1e9 0 0 1 0 0">{SQUARE}</PathObject>', "paths that cannot be read", id="matrix"
        ),
        pytest.param(f'<ImageObject {BOX} ResourceID="9"/>', "resources that are missing", id="image"),
        pytest.param(f'<CompositeObject {BOX} ResourceID="9"/>', "resources that are missing", id="composite"),
    ],
)  # fmt: skip
def test_what_is_not_drawn_is_named(objects: str, said: str) -> None:
    assert drawn(objects)[1] == [said]


def test_what_is_invisible_and_what_is_in_blocks() -> None:
    hidden = path("M 1 1 L 5 1 L 5 5 L 1 5 C", 'Visible="false" Fill="true"')
    block = f"<PageBlock>{path('M 6 1 L 9 1 L 9 5 L 6 5 C')}</PageBlock>"
    at, left_out = drawn(hidden + block)
    assert (at(3, 3), at(7, 3), left_out) == (NOTHING, RED, [])


def test_images_fill_their_box_and_broken_ones_are_named() -> None:
    resources = (
        '<MultiMedias><MultiMedia ID="5"><MediaFile>a.png</MediaFile></MultiMedia>'
        '<MultiMedia ID="6"><MediaFile>b.png</MediaFile></MultiMedia></MultiMedias>'
    )
    files = {"Doc_0/Res/a.png": png(), "Doc_0/Res/b.png": b"?"}
    place = 'Boundary="5 2 10 6" CTM="10 0 0 6 0 0"'
    at, left_out = drawn(f'<ImageObject {place} ResourceID="5"/>', resources=resources, files=files)
    assert (at(10, 5), at(4, 5), at(16, 5), left_out) == ((200, 0, 0, 255), NOTHING, NOTHING, [])
    assert drawn(f'<ImageObject {place} ResourceID="6"/>', resources=resources, files=files)[1] == [
        "images that cannot be opened"
    ]
    flat = f'<ImageObject {BOX} CTM="0 0 0 0 0 0" ResourceID="5"/>'
    assert drawn(flat, resources=resources, files=files)[0](1, 1) == NOTHING
    far = '<ImageObject Boundary="900 900 10 10" CTM="10 0 0 10 0 0" ResourceID="5"/>'
    assert drawn(far, resources=resources, files=files)[1] == []


def test_composites_are_drawn_where_they_stand_and_not_in_circles() -> None:
    unit = path("M 0 0 L 2 0 L 2 2 L 0 2 C").replace("0 0 20 10", "0 0 2 2")
    resources = (
        f'<CompositeGraphicUnits><CompositeGraphicUnit ID="5" Width="2" Height="2"><Content>{unit}</Content>'
        '</CompositeGraphicUnit><CompositeGraphicUnit ID="6"><Content>'
        '<CompositeObject Boundary="0 0 2 2" ResourceID="6"/>'
        "</Content></CompositeGraphicUnit></CompositeGraphicUnits>"
    )
    at, _ = drawn('<CompositeObject Boundary="10 5 4 4" CTM="2 0 0 2 0 0" ResourceID="5"/>', resources=resources)
    assert (at(12, 7), at(9, 7), at(15, 7)) == (RED, NOTHING, NOTHING)
    with pytest.raises(PictureUnusable, match="too complex"):
        drawn(f'<CompositeObject {BOX} ResourceID="6"/>', resources=resources)


def test_templates_lie_below_or_above_the_page() -> None:
    blue = "<Page><Content><Layer>" + path("M 0 0 L 9 0 L 9 9 L 0 9 C", inside='<FillColor Value="0 0 255"/>')
    files = {"Doc_0/T.xml": blue + "</Layer></Content></Page>"}
    common = '<TemplatePage ID="3" BaseLoc="T.xml"/>'
    for order, seen in (("Background", RED), ("Foreground", BLUE)):
        page = f'<Template TemplateID="3" ZOrder="{order}"/>'
        at, left_out = drawn(path("M 1 1 L 5 1 L 5 5 L 1 5 C"), page=page, common=common, files=files)
        assert (at(3, 3), at(7, 7), left_out) == (seen, BLUE, [])
    assert drawn("", page='<Template TemplateID="4"/>', common=common, files=files)[1] == ["resources that are missing"]


def test_only_the_first_page_is_drawn_in_its_own_size_and_that_is_said() -> None:
    files = {
        "Doc_0/Document.xml": (
            "<Document><CommonData/><Pages><Page BaseLoc='Pages/P.xml'/><Page BaseLoc='Q.xml'/></Pages>"
            "<Annotations/></Document>"
        ),
        "Doc_0/Pages/P.xml": (
            "<Page><Area><PhysicalBox>10 10 40 20</PhysicalBox></Area><PageRes>R.xml</PageRes>"
            "<Content><Layer>" + path("M 12 12 L 20 12 L 20 20 L 12 20 C").replace("0 0 20 10", "0 0 99 99")
            + "</Layer></Content></Page>"
        ),
        "Doc_0/Pages/R.xml": "<Res/>",
    }  # fmt: skip
    at, left_out = drawn("", files=files)
    assert (at(3, 3), at(0.5, 0.5), at(6, 6)) == (RED, NOTHING, NOTHING)
    assert left_out == ["pages after the first", "annotations"]
    empty = {"Doc_0/Pages/P.xml": "<Page/>"}
    assert drawn("", files=empty)[0](1, 1) == NOTHING


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"OFD.xml": "<OFD/>"}, id="no body"),
        pytest.param({"OFD.xml": "<OFD><DocBody/></OFD>"}, id="no root"),
        pytest.param({"Doc_0/Document.xml": "<Document/>"}, id="no pages"),
        pytest.param({"Doc_0/Document.xml": "<Document><CommonData/></Document>"}, id="no page list"),
        pytest.param({"Doc_0/Document.xml": "<Document><CommonData/><Pages/></Document>"}, id="no page"),
        pytest.param({"Doc_0/PublicRes.xml": "<Res>"}, id="broken XML"),
        pytest.param(
            {"Doc_0/Pages/P.xml": "<Page><Area><PhysicalBox>0 0 0 1</PhysicalBox></Area></Page>"}, id="no width"
        ),
        pytest.param({"Doc_0/Pages/P.xml": "<Page><Area><PhysicalBox>a</PhysicalBox></Area></Page>"}, id="no numbers"),
    ],
)
def test_an_ofd_without_a_page_is_damaged(files: dict[str, str | bytes]) -> None:
    with pytest.raises(PictureUnusable, match="damaged"):
        draw_ofd(ofd_file(files=files), 20, 10, DPI)


def test_pictures_that_would_take_forever_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ofd, "_MOST_OBJECTS", 3)
    with pytest.raises(PictureUnusable, match="too complex"):
        drawn("<PageBlock/>" * 4)
    monkeypatch.setattr(canvas, "MOST_WORK", 1_000)
    with pytest.raises(PictureUnusable, match="too complex"):
        drawn(path("M 0 0 L 9 9 L 0 9 C M 0 0 L 9 9 L 0 9 C"))


# ---- texts

FONTS = (
    '<Fonts><Font ID="4" FontName="own"><FontFile>own.ttf</FontFile></Font>'
    '<Font ID="5" FontName="broken"><FontFile>broken.ttf</FontFile></Font><Font ID="6" FontName="宋体"/></Fonts>'
)


def text(attributes: str, code: str, inside: str = RED_FILL) -> str:
    return f'<TextObject {BOX} Size="8" {attributes}>{inside}{code}</TextObject>'


@pytest.fixture
def latin_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No font of the machine."""
    monkeypatch.setattr(ofd, "system_faces", lambda: ())


@pytest.mark.usefixtures("latin_only")
def test_text_stands_on_its_line_and_goes_on_by_its_steps() -> None:
    files = {"Doc_0/Res/own.ttf": latin(), "Doc_0/Res/broken.ttf": b"?"}
    code = '<TextCode X="1" Y="9" DeltaX="g 2 6">I I I</TextCode>'
    at, left_out = drawn(text('Font="4"', code), resources=FONTS, files=files)
    columns = [any(at(x / 10, y) == RED for y in (4, 5, 6, 7)) for x in range(200)]
    assert [sum(columns[:60]) > 2, sum(columns[60:120]), sum(columns[120:]) > 2] == [True, 0, True]
    assert left_out == []
    twice = text('Font="4"', code) * 2
    assert drawn(twice, resources=FONTS, files=files)[1] == []
    assert drawn(text('Font="5"', code), resources=FONTS, files=files)[1] == [
        "resources that are missing",
        "characters for which there is no font",
    ]


@pytest.mark.usefixtures("latin_only")
@pytest.mark.parametrize(
    ("attributes", "code", "point"),
    [
        pytest.param("", '<TextCode X="1" Y="9" DeltaX="4">HH</TextCode>', (6, 6), id="steps"),
        pytest.param("", '<TextCode X="1" Y="9">HH</TextCode>', (6, 6), id="no steps"),
        pytest.param("", '<TextCode X="5" Y="1" DeltaY="8">HH</TextCode>', (6, 6), id="downwards"),
        pytest.param('CharDirection="90"', '<TextCode X="5" Y="3">H</TextCode>', (8, 4), id="turned"),
        pytest.param('HScale="2"', '<TextCode X="1" Y="9">H</TextCode>', (2.9, 6), id="wide"),
        pytest.param('Italic="true"', '<TextCode X="1" Y="9">H</TextCode>', (3, 6), id="slanted"),
    ],
)
def test_text_may_go_any_way(attributes: str, code: str, point: tuple[float, float]) -> None:
    files = {"Doc_0/Res/own.ttf": latin()}
    at, _ = drawn(text(f'Font="4" {attributes}', code), resources=FONTS, files=files)
    around = [at(point[0] + x / 10, point[1] + y / 10) for x in range(-12, 13) for y in range(-12, 13)]
    assert RED in around


@pytest.mark.usefixtures("latin_only")
def test_text_that_cannot_or_must_not_be_drawn() -> None:
    code = '<TextCode X="1" Y="9">H</TextCode>'
    assert drawn(text('Font="6"', code), resources=FONTS)[1] == ["characters for which there is no font"]
    assert drawn(text('Fill="false"', code))[1] == []
    glyphs = f"<CGTransform/>{RED_FILL}"
    assert drawn(text('Fill="false"', code, glyphs))[1] == ["glyphs given by number, drawn by their characters"]
    assert drawn(text("", '<TextCode X="1" DeltaX="g 2"> </TextCode>'))[1] == ["paths that cannot be read"]


def test_steps_without_end_and_values_without_end_are_refused() -> None:
    code = '<TextCode X="1" Y="9" DeltaX="{}">H</TextCode>'
    assert drawn(text("", code.format("g 2000 1 " * 2_000)))[1] == []
    assert drawn(text("", code.format("g 2000 1 " * 3_000)))[1] == ["paths that cannot be read"]
    assert drawn(text("", code.format("g 1,2 3")))[1] == ["paths that cannot be read"]


def test_too_much_text_is_too_complex(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ofd, "MOST_CHARACTERS", 3)
    with pytest.raises(PictureUnusable, match="too complex"):
        drawn(text("", '<TextCode X="1" Y="9">HHHH</TextCode>'))


# ---- fonts


def test_a_face_tells_what_it_has() -> None:
    face = read_face(latin())
    assert face.has("A")
    assert not face.has("\U0001f0a1")
    assert pick([face], "A") is face
    assert pick([face], "\U0001f0a1") is None


def test_broken_and_giant_glyphs_count_as_lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    face = read_face(latin())

    def broken(_: str) -> bytes:
        raise OSError("invalid outline")

    monkeypatch.setattr(face.font, "getmask", broken)
    assert not face.has("A")
    monkeypatch.setattr(face.font, "getbbox", lambda _: (0, 0, 30_000, 10))
    assert not face.has("A")


def test_what_is_no_font_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FontUnusable):
        read_face(b"?")
    with pytest.raises(FontUnusable):
        read_face(latin(), 7)
    monkeypatch.setattr("certs.seals.pictures.fonts.LARGEST_FONT", 10)
    with pytest.raises(FontUnusable, match="large"):
        read_face(latin())


def test_the_systems_fonts_are_looked_for_where_systems_keep_them(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best one that can be read comes first, Pillow's own last."""
    place = tmp_path_factory.mktemp("fonts")
    (place / "deep").mkdir()
    (place / "deep" / "wqy-zenhei.ttc").write_bytes(latin())
    (place / "wqy-microhei.ttc").write_bytes(latin())
    (place / "NotoSansCJKsc-Regular.otf").write_bytes(b"?")
    (place / "other.ttf").write_bytes(latin())
    assert len(system_faces((str(place),))) == 2
    assert len(system_faces((str(place / "nowhere"),))) == 1
    monkeypatch.setattr("certs.seals.pictures.fonts._MOST_FILES", 0)
    monkeypatch.setattr("PIL.ImageFont.load_default", lambda _: object())
    assert system_faces((str(place), "")) == ()


@pytest.mark.group("fonts", needs="Debian's package fonts-noto-cjk")
def test_chinese_text_is_drawn_with_the_systems_font() -> None:
    """The strokes of 一 lie in the middle of its box; the reporting list is empty."""
    at, left_out = drawn(text('Font="9"', '<TextCode X="1" Y="9">一</TextCode>'))
    assert left_out == []
    assert RED in [at(5, y / 10) for y in range(40, 75)]
    assert RED not in [at(5, y / 10) for y in (*range(15, 35), *range(80, 99))]
    assert round_seal("测试专用章", code="1234567890123").left_out == ()


# ---- the round seal


def faces() -> tuple[Face, ...]:
    return (read_face(latin()),)


def test_a_round_seal_has_a_ring_a_star_a_name_and_a_number() -> None:
    drawing = round_seal("Development", code="123", millimetres=20, dots_per_inch=DPI, faces=faces())
    at = look(drawing)
    assert (drawing.width, drawing.height, drawing.left_out) == (200, 200, ())
    assert at(10, 10)[:3] == at(10, 0.4)[:3] == at(0.4, 10)[:3] == (214, 31, 31)
    assert (at(0.2, 0.2), at(10, 13.5)) == (NOTHING, NOTHING)
    assert any(at(x / 10, 15.8) != NOTHING for x in range(80, 120))
    assert any(at(10, y / 10) != NOTHING for y in range(12, 45))
    assert look(round_seal("D", star=False, millimetres=20, dots_per_inch=DPI, faces=faces()))(10, 10) == NOTHING


def test_characters_without_a_font_are_named() -> None:
    drawing = round_seal("测试", code="号", millimetres=20, dots_per_inch=100, faces=faces())
    assert [text.en for text in drawing.left_out] == ["characters for which there is no font"]
    assert round_seal("A", millimetres=20, dots_per_inch=100).left_out == ()


@pytest.mark.parametrize("name", ["", "长" * (LONGEST_NAME + 1)])
def test_a_name_is_neither_empty_nor_endless(name: str) -> None:
    with pytest.raises(ValueError, match="1 to 40"):
        round_seal(name, faces=faces())


# ---- SVG

SHAPES = {
    "a path": ('<path d="M1 1h4v4h-4z" fill="red"/>', (3, 3)),
    "a path in words": ('<path d="M1,1 H5 V5 H1 Z" style="fill: #f00; stroke: none"/>', (3, 3)),
    "a rectangle": ('<rect x="1" y="1" width="4" height="4" fill="#FF0000"/>', (3, 3)),
    "a circle": ('<circle cx="3" cy="3" r="2" fill="rgb(255,0,0)"/>', (3, 3)),
    "an ellipse": ('<ellipse cx="3" cy="3" rx="2.5" ry="2" fill="red"/>', (3, 3)),
    "a line": ('<line x1="1" y1="3" x2="5" y2="3" stroke="red" stroke-width="2px"/>', (3, 3)),
    "a polyline": ('<polyline points="1,1 5,1 5,5 1,5" fill="red"/>', (3, 3)),
    "a polygon": ('<polygon points="1 1 5 1 5 5 1 5" fill="red"/>', (3, 3)),
    "in a group": ('<g fill="red" transform="translate(1 1)"><rect width="4" height="4"/></g>', (3, 3)),
    "moved sideways": ('<rect width="4" height="4" fill="red" transform="translate(1)"/>', (3, 3)),
    "scaled": ('<rect width="2" height="2" fill="red" transform="scale(2)"/>', (3, 3)),
    "scaled twice": ('<rect width="2" height="1" fill="red" transform="scale(2, 4)"/>', (3, 3)),
    "turned": ('<rect y="-4" width="4" height="4" fill="red" transform="rotate(90)"/>', (3, 3)),
    "turned around": ('<rect x="1" y="1" width="4" height="4" fill="red" transform="rotate(180 3 3)"/>', (3, 3)),
    "by a matrix": ('<rect width="1" height="1" fill="red" transform="matrix(4 0 0 4 1 1)"/>', (3, 3)),
    "slanted": ('<rect width="4" height="4" fill="red" transform="skewX(45) skewY(0)"/>', (4, 3)),
    "by the colour around": ('<g color="red"><rect width="4" height="4" fill="currentColor"/></g>', (3, 3)),
    "curves": ('<path d="M0 9C0 0 9 0 9 9s9 9 9 0S9 0 9 9z" fill="red"/>', (4, 5)),
    "smooth curves": ('<path d="M0 8q3 -9 6 0t6 0T18 8z" fill="red"/>', (3, 6)),
    "a smooth one first": ('<path d="M0 9 S 4 0 8 9 T 9 9 z" fill="red"/>', (4, 7)),
    "arcs": ('<path d="M1 5a4 4 0 0 1 8 0A4 4 0 0 1 1 5z" fill="red"/>', (5, 5)),
}


@pytest.mark.parametrize("case", list(SHAPES))
def test_shapes_of_svg_are_drawn(case: str) -> None:
    inside, point = SHAPES[case]
    at, left_out = svg(inside)
    assert (at(*point), at(19.5, 0.2), left_out) == (RED, NOTHING, [])


def test_a_picture_fits_into_the_middle() -> None:
    at, _ = svg('<rect width="5" height="5" fill="red"/>', 'width="5mm" height="5mm"')
    assert (at(10, 5), at(4.5, 5), at(15.5, 5)) == (RED, NOTHING, NOTHING)


def test_opacity_and_rules_of_filling() -> None:
    at, _ = svg('<g opacity="50%"><rect width="5" height="5" fill="red" fill-opacity=".5"/></g>')
    assert 60 <= at(2, 2)[3] <= 68
    ring = "M0 0H9V9H0z M3 3H6V6H3z"
    assert svg(f'<path d="{ring}"/>')[0](4, 4) == (0, 0, 0, 255)
    assert svg(f'<path d="{ring}" fill-rule="evenodd"/>')[0](4, 4) == NOTHING
    assert svg('<rect width="5" height="5" fill="none"/>')[0](2, 2) == NOTHING


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        pytest.param("<text>a</text>", ["objects of unknown kinds"], id="text"),
        pytest.param('<image href="http://127.0.0.1/a.png"/>', ["objects of unknown kinds"], id="image"),
        pytest.param("<script>1</script>", ["objects of unknown kinds"], id="script"),
        pytest.param("<style>*{}</style>", ["clips, masks, filters and style sheets"], id="style"),
        pytest.param('<g mask="url(#a)"/>', ["clips, masks, filters and style sheets"], id="mask"),
        pytest.param('<g clip-path="none"/>', [], id="no clip"),
        pytest.param('<rect fill="url(#a)" width="1" height="1"/>', ["patterns and gradients"], id="gradient"),
        pytest.param('<rect fill="reddish"/>', ["paths that cannot be read"], id="colour"),
        pytest.param('<rect width="wide"/>', ["paths that cannot be read"], id="length"),
        pytest.param('<rect width="1e"/>', ["paths that cannot be read"], id="half a number"),
        pytest.param('<rect transform="flip(1)"/>', ["paths that cannot be read"], id="transformation"),
        pytest.param('<rect transform="scale(1 2 3)"/>', ["paths that cannot be read"], id="too many numbers"),
        pytest.param('<rect transform="scale(1e6) scale(1e6)"/>', ["paths that cannot be read"], id="magnified"),
        pytest.param('<polygon points=""/>', [], id="no points"),
        pytest.param("<title>t</title><defs><rect/></defs>", [], id="nothing to see"),
        pytest.param('<line x2="4" stroke="red" stroke-dasharray="1"/>', ["dashes, drawn as whole lines"], id="dashes"),
    ],
)
def test_what_is_not_drawn_of_svg_is_named(inside: str, said: list[str]) -> None:
    assert svg(inside)[1] == said


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"<html/>", id="no svg"),
        pytest.param(b"<svg", id="no XML"),
        pytest.param(b"<svg/>", id="no size"),
        pytest.param(b'<svg viewBox="0 0 0 1"/>', id="no width"),
        pytest.param(b'<svg viewBox="0 0 1"/>', id="three numbers"),
    ],
)
def test_what_is_no_svg_is_damaged(data: bytes) -> None:
    with pytest.raises(PictureUnusable, match="damaged"):
        draw_svg(data, 20, 10, DPI)


def test_an_svg_of_endless_objects_is_too_complex(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certs.seals.pictures.svg._MOST_OBJECTS", 3)
    with pytest.raises(PictureUnusable, match="too complex"):
        svg("<g/>" * 4)


# ---- paths and lines


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("L 1 1", id="no start"),
        pytest.param("C", id="closed before it began"),
        pytest.param("M 1", id="cut off"),
        pytest.param("M 1 L", id="a letter for a number"),
        pytest.param("5 5", id="no letter"),
        pytest.param("M 1 1 C 5", id="a number after the end"),
        pytest.param("M 1 1 L 2 ?", id="another character"),
        pytest.param("m 1 1", id="a small letter"),
        pytest.param("M 1e9 1", id="too far"),
        pytest.param("M 1 1" + " L 1 1" * 20_000, id="too many points"),
        pytest.param(" " * (LONGEST + 1), id="too long"),
    ],
)
def test_paths_that_are_none_are_refused(data: str) -> None:
    with pytest.raises(PathInvalid):
        ofd_contours(data, 1)


def test_a_path_that_leads_too_far_by_steps_is_refused() -> None:
    with pytest.raises(PathInvalid, match="too far"):
        svg_contours("m9e5 0 9e5 0", 1)


def test_letters_may_be_left_out_where_a_command_repeats() -> None:
    assert ofd_contours("M 0 0 1 0 1 1", 1)[0].points == [(0, 0), (1, 0), (1, 1)]
    assert ofd_contours("S 0 0 1 0 L 1 1 0 1", 1)[0].points == [(0, 0), (1, 0), (1, 1), (0, 1)]
    assert svg_contours("m1 1 1 0 0 1", 1)[0].points == [(1, 1), (2, 1), (2, 2)]
    assert svg_contours("M1 1zL5 5", 1)[1].points == [(1, 1), (5, 5)]
    assert numbers_of("1,2 -3.5e1") == [1, 2, -35]


def test_arcs_without_radius_or_length_are_lines() -> None:
    assert ofd_contours("M 0 0 A 0 1 0 0 0 5 5", 1)[0].points == [(0, 0), (5, 5)]
    assert ofd_contours("M 0 0 A 1 1 0 0 0 0 0", 1)[0].points == [(0, 0), (0, 0)]


@given(
    st.floats(0.1, 20), st.floats(0.1, 20), st.floats(-360, 360), st.booleans(), st.booleans(), st.floats(-30, 30),
    st.floats(1, 30),
)  # fmt: skip
def test_an_arc_ends_where_it_should_and_stays_near(
    rx: float, ry: float, turn: float, large: bool, sweep: bool, x: float, y: float
) -> None:
    pen = Pen(1)
    pen.move((0, 0))
    pen.arc((rx, ry), turn, large=large, sweep=sweep, end=(x, y))
    points = pen.contours[0].points
    reach = 2.01 * max(rx, ry, max(rx, ry) / min(rx, ry) * math.hypot(x, y))
    assert points[-1] == (x, y)
    assert all(math.dist(point, (0, 0)) <= reach for point in points)


def test_closed_lines_have_a_corner_where_they_close() -> None:
    square = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]
    opened = outlines([Contour(square)], 1, cap="Butt", join="Miter")
    closed = outlines([Contour(square, closed=True)], 1, cap="Butt", join="Miter")
    assert (len(opened), len(closed)) == (3 + 2, 4 + 4)
    assert outlines([Contour([*square, square[0]], closed=True)], 1, cap="Round", join="Miter") == closed
    straight = [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (0.5, 0.0)]
    assert len(outlines([Contour(straight)], 1, cap="Butt", join="Miter")) == 3 + 2


def test_a_matrix_is_undone_by_its_inverse() -> None:
    matrix = (2.0, 1.0, -1.0, 3.0, 4.0, 5.0)
    back = inverse(matrix)
    assert back is not None
    assert product(matrix, back) == pytest.approx((1, 0, 0, 1, 0, 0))
    assert inverse((1.0, 2.0, 2.0, 4.0, 0.0, 0.0)) is None


def test_only_ofd_packages_are_ofd() -> None:
    with pytest.raises(PictureUnusable, match="damaged"):
        draw_ofd(package({"a.txt": "a"}), 20, 10, DPI)


# ---- anything

ATTRIBUTES = st.sampled_from(["Boundary", "CTM", "LineWidth", "Size", "HScale", "Alpha", "Font", "ResourceID", "Cap"])
VALUES = st.lists(
    st.sampled_from(["0", "1", "-1", "1e6", "-1e6", "1e-9", "1e999", "20", "90", "nan", "g", "#FF", "é", "Round"]),
    max_size=7,
).map(" ".join)
NAMES = st.sampled_from(["PathObject", "TextObject", "ImageObject", "CompositeObject", "PageBlock", "Other"])
INSIDE = st.sampled_from(
    [
        "", RED_FILL, "<AbbreviatedData>{0}</AbbreviatedData>",
        "<AbbreviatedData>M {0} L {0} A {0} B {0} Q {0} C</AbbreviatedData>",
        '<TextCode X="{0}" Y="1" DeltaX="{0}">ab</TextCode>', '<FillColor Value="{0}"/>',
        "<Clips><Clip><Area><Path><AbbreviatedData>M 0 0 L {0} L 1 1</AbbreviatedData></Path></Area></Clip></Clips>",
    ]
)  # fmt: skip
OBJECTS = st.builds(
    lambda name, attributes, inside, value: (
        f"<{name} {' '.join(f'{k}={v!r}' for k, v in attributes.items())}>{inside.format(value)}</{name}>"
    ),
    NAMES,
    st.dictionaries(ATTRIBUTES, VALUES, max_size=5),
    INSIDE,
    VALUES,
)


@settings(deadline=None)
@given(st.lists(OBJECTS, max_size=4))
def test_any_objects_are_drawn_or_refused(objects: list[str]) -> None:
    resources = (
        '<CompositeGraphicUnits><CompositeGraphicUnit ID="1"><Content><ImageObject ResourceID="20"/></Content>'
        '</CompositeGraphicUnit></CompositeGraphicUnits><M><M ID="20"><MediaFile>a.png</MediaFile></M></M>'
    )
    data = ofd_file("".join(objects), resources=resources, files={"Doc_0/Res/a.png": png()})
    with suppress(PictureUnusable):
        assert draw_ofd(data, 20, 10, 50).width == 39


SVG_VALUES = st.lists(
    st.sampled_from(
        ["0", "1", "-1", "1e6", "1e-9", "1e999", "M", "c", "A", "z", "scale(1e6)", "rotate(1)", "%", "red", ","]
    ),
    max_size=9,
).map(" ".join)
SVG_ATTRIBUTES = st.sampled_from(
    ["d", "transform", "fill", "stroke", "stroke-width", "opacity", "x", "width", "height", "r", "points", "style"]
)
SVG_OBJECTS = st.builds(
    lambda name, attributes: f"<{name} {' '.join(f'{k}={v!r}' for k, v in attributes.items())}/>",
    st.sampled_from(["path", "rect", "circle", "polygon", "line", "g"]),
    st.dictionaries(SVG_ATTRIBUTES, SVG_VALUES, max_size=6),
)


@settings(deadline=None)
@given(st.lists(SVG_OBJECTS, max_size=4))
def test_any_shapes_are_drawn_or_refused(objects: list[str]) -> None:
    with suppress(PictureUnusable):
        assert draw_svg(f'<svg viewBox="0 0 20 10">{"".join(objects)}</svg>'.encode(), 20, 10, 50).width == 39
