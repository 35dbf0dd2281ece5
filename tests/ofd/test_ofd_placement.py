"""Where seals go: points, keywords and page edges, and what is refused."""

from collections.abc import Sequence

import pytest

from certs.ofd import AcrossPages, AtKeyword, AtPoint, Edge, Limits, OfdInvalid, OfdPackage, Placement, PlacementInvalid
from certs.ofd.document import Document, Root
from certs.ofd.geometry import Box, Matrix, numbers, shortest
from certs.ofd.keywords import find_keyword
from certs.ofd.placement import Stamp, place
from tests.ofd.world import FIXTURES, HELLO, KEYWORDS, document, packed, text

PAGES = (FIXTURES / "unsigned-7-pages.ofd").read_bytes()


def placed(
    data: bytes, placement: Placement, width: float = 40, height: float = 40, limits: Limits | None = None
) -> Sequence[Stamp]:
    with OfdPackage.open(data, limits or Limits()) as package:
        return place(package, Document(package, Root(package).bodies[0]), placement, width, height)


def boxes(*pages: str, keyword: str, **other: str) -> list[tuple[int, tuple[float, ...]]]:
    """Page and box (rounded) of each place of a keyword."""
    with OfdPackage.open(packed(document(*pages, **other))) as package:
        found = find_keyword(package, Document(package, Root(package).bodies[0]), keyword)
        return [(one.page, tuple(round(side, 2) for side in one.box)) for one in found]


def test_a_point_is_the_seals_top_left_corner() -> None:
    assert placed(PAGES, AtPoint(2, 10.5, 20)) == [Stamp("21", Box(10.5, 20, 40, 40))]
    assert placed(PAGES, AtPoint(-1, 170, 257)) == [Stamp("83", Box(170, 257, 40, 40))]


@pytest.mark.parametrize(
    ("x", "y"), [(170.1, 0), (0, 257.1), (-0.1, 0), (0, -0.1), (float("nan"), 0), (float("inf"), 0)]
)
def test_a_seal_that_would_lie_off_the_page_is_refused(x: float, y: float) -> None:
    with pytest.raises(PlacementInvalid, match="would lie off page 1, which is 210 by 297 mm"):
        placed(HELLO, AtPoint(1, x, y))


@pytest.mark.parametrize("page", [0, 2, -2])
def test_a_page_that_is_not_there_is_refused(page: int) -> None:
    with pytest.raises(PlacementInvalid, match="has 1 pages"):
        placed(HELLO, AtPoint(page, 0, 0))


def test_a_page_may_have_its_own_size() -> None:
    area = "<ofd:Area><ofd:PhysicalBox>5 5 100 <!-- mm --> 80</ofd:PhysicalBox></ofd:Area>"
    data = packed(document(area + text("甲"), "<ofd:Area><ofd:CropBox>0 0 1 1</ofd:CropBox></ofd:Area>"))
    assert placed(data, AtPoint(1, 60, 40)) == [Stamp("1", Box(60, 40, 40, 40))]
    with pytest.raises(PlacementInvalid, match="100 by 80"):
        placed(data, AtPoint(1, 61, 40))
    assert placed(data, AtPoint(2, 170, 257))


def test_without_a_size_a_page_is_a4_and_an_impossible_one_is_refused() -> None:
    plain = document("")
    for instead in (b"", b"<ofd:PageArea/>", b"<ofd:PageArea><ofd:PhysicalBox>wide</ofd:PhysicalBox></ofd:PageArea>"):
        area = plain["Doc_0/Document.xml"]
        start, end = area.index(b"<ofd:PageArea>"), area.index(b"</ofd:PageArea>") + len(b"</ofd:PageArea>")
        data = packed({**plain, "Doc_0/Document.xml": area[:start] + instead + area[end:]})
        assert placed(data, AtPoint(1, 170, 257))
    with pytest.raises(OfdInvalid, match="page 1 has no usable size"):
        placed(packed(document("<ofd:Area><ofd:PhysicalBox>0 0 0 297</ofd:PhysicalBox></ofd:Area>")), AtPoint(1, 0, 0))
    bare = plain["Doc_0/Document.xml"]
    start, end = bare.index(b"<ofd:CommonData>"), bare.index(b"</ofd:CommonData>") + len(b"</ofd:CommonData>")
    assert placed(packed({**plain, "Doc_0/Document.xml": bare[:start] + bare[end:]}), AtPoint(1, 170, 257))


# ---- keywords


def test_a_keyword_that_is_spread_over_objects_is_found_on_each_page() -> None:
    """The file of the reference implementation: 重庆市马 · 上融资 · 担保有限公 · 司."""
    found = placed(KEYWORDS, AtKeyword("重庆市马上融资担保有限公司"))
    assert [stamp.page for stamp in found] == ["1", "11"]
    assert found[0].boundary[:2] == pytest.approx((68.914, 152.953), abs=0.01)
    assert found[1].boundary[:2] == pytest.approx((68.914, 152.953), abs=0.01)
    assert placed(KEYWORDS, AtKeyword("OFD Reader & Writer!", 2)) == placed(
        KEYWORDS, AtKeyword("OFDReader&Writer！", -1)
    )


def test_the_seal_is_centred_on_the_keyword_and_stays_on_the_page() -> None:
    assert boxes(text("请在此盖章处", x=20, y=50), keyword="盖章") == [(1, (32, 50, 8, 4))]
    assert placed(packed(document(text("请在此盖章处", x=100, y=150))), AtKeyword("盖章"), 20, 30) == [
        Stamp("1", Box(106, 137, 20, 30))
    ]
    assert placed(packed(document(text("盖章", x=0, y=0))), AtKeyword("盖章")) == [Stamp("1", Box(0, 0, 40, 40))]
    assert placed(packed(document(text("盖章", x=205, y=290))), AtKeyword("盖章")) == [
        Stamp("1", Box(170, 257, 40, 40))
    ]
    with pytest.raises(PlacementInvalid, match="off page"):
        placed(packed(document(text("盖章"))), AtKeyword("盖章"), 211, 10)


@pytest.mark.parametrize("occurrence", [0, 3, -3])
def test_an_occurrence_that_is_not_there_is_refused(occurrence: int) -> None:
    with pytest.raises(PlacementInvalid, match="is there 2 times"):
        placed(KEYWORDS, AtKeyword("融资", occurrence))


@pytest.mark.parametrize("keyword", ["没有", "司重", ""])
def test_a_keyword_that_is_nowhere_is_refused(keyword: str) -> None:
    with pytest.raises(PlacementInvalid, match=r"nowhere|empty"):
        placed(KEYWORDS, AtKeyword(keyword))


def test_too_long_a_keyword_too_many_places_and_too_much_text_are_refused() -> None:
    with pytest.raises(PlacementInvalid, match="too long"):
        placed(KEYWORDS, AtKeyword("长" * 201))
    rows = "".join(text("盖章", y=2 + place_ * 5 % 290, x=5 + 20 * (place_ // 50)) for place_ in range(300))
    with pytest.raises(PlacementInvalid, match="more than 100 times"):
        placed(packed(document(rows.replace("</ofd:Content><ofd:Content>", ""))), AtKeyword("盖章"))
    with pytest.raises(PlacementInvalid, match="too much text"):
        placed(packed(document(text("盖章处"))), AtKeyword("盖章"), limits=Limits(glyphs=2))
    with pytest.raises(PlacementInvalid, match="too much text"):
        placed(packed(document(text("盖章处"), text("盖章处"))), AtKeyword("盖章"), limits=Limits(text=400))


def test_places_come_in_reading_order() -> None:
    page = text("盖章", y=100) + text("盖章", x=120, y=30) + text("盖章", x=20, y=30)
    page = page.replace("</ofd:Content><ofd:Content>", "")
    found = boxes(page, text("盖章", y=10), keyword="盖章")
    assert [(number, box[0], box[1]) for number, box in found] == [(1, 20, 30), (1, 120, 30), (1, 20, 100), (2, 20, 10)]


def test_heavy_type_that_is_written_twice_counts_once() -> None:
    page = (text("盖章") + text("盖章", x=20.1)).replace("</ofd:Content><ofd:Content>", "")
    assert len(boxes(page, keyword="盖章")) == 1


def test_characters_far_from_one_another_are_no_keyword_and_a_line_in_any_order_is() -> None:
    far = (text("盖", x=20) + text("章", x=150)).replace("</ofd:Content><ofd:Content>", "")
    with pytest.raises(PlacementInvalid, match="nowhere"):
        boxes(far, keyword="盖章")
    apart = (text("盖", y=20) + text("章盖章", y=80)).replace("</ofd:Content><ofd:Content>", "")
    assert len(boxes(apart, keyword="盖章")) == 1
    backwards = (text("章", x=24) + text("盖", x=20)).replace("</ofd:Content><ofd:Content>", "")
    assert boxes(backwards, keyword="盖章") == [(1, (20, 50, 8, 4))]


def run(attributes: str, words: str = "盖章处", outside: str = "") -> str:
    return (
        f'<ofd:Content><ofd:Layer><ofd:TextObject Boundary="10 20 50 50" Size="4" {outside}>'
        f"<ofd:TextCode {attributes}>{words}</ofd:TextCode></ofd:TextObject></ofd:Layer></ofd:Content>"
    )


@pytest.mark.parametrize(
    ("page", "box"),
    [
        (run('X="0" Y="4" DeltaX="4 4"'), (10, 20, 8, 4)),
        (run('X="0" Y="4" DeltaX="g 2 5"'), (10, 20, 9, 4)),
        (run('X="0" Y="4" DeltaX="g 99999 5"'), (10, 20, 9, 4)),
        (run('X="0" Y="4" DeltaX="g"'), (10, 20, 8, 4)),
        (run('X="0" Y="4" DeltaX="1 2 3 4 5 6"'), (10, 20, 5, 4)),
        (run('X="0" Y="4"'), (10, 20, 8, 4)),
        (run('X="0" Y="4" DeltaY="5 5"'), (10, 20, 4, 9)),
        (run('X="0" Y="4" DeltaX="4"', outside='CTM="1 0 0 1 5 7"'), (15, 27, 8, 4)),
        (run('X="0" Y="4" DeltaX="4"', outside='CTM="turned"'), (10, 20, 8, 4)),
        (run('X="3"><!-- --></ofd:TextCode><ofd:TextCode Y="4" DeltaX="4 4"'), (13, 20, 8, 4)),
        (run('X="0" Y="4" DeltaX="4 4"').replace('Boundary="10 20 50 50"', ""), (0, 0, 8, 4)),
    ],
    ids=["steps", "repeated", "repeated-without-end", "repeated-nothing", "more-steps", "no-steps", "downwards",
         "matrix", "no-matrix", "second-run", "no-box"],
)  # fmt: skip
def test_characters_lie_where_steps_and_matrices_put_them(page: str, box: tuple[float, ...]) -> None:
    assert boxes(page, keyword="盖章") == [(1, box)]


def test_text_of_templates_counts_and_what_is_not_there_does_not() -> None:
    template = '<ofd:TemplatePage ID="9" BaseLoc="Tpls/T.xml"/><ofd:TemplatePage ID="8" BaseLoc="missing.xml"/>'
    page = '<ofd:Template TemplateID="9"/><ofd:Template TemplateID="8"/>' + text("正文", y=90)
    contents = document(page, head=template)
    contents["Doc_0/Tpls/T.xml"] = f'<ofd:Page xmlns:ofd="x">{text("盖章")}</ofd:Page>'.encode()
    assert len(placed(packed(contents), AtKeyword("盖章"))) == 1
    bare = contents["Doc_0/Document.xml"]
    start, end = bare.index(b"<ofd:CommonData>"), bare.index(b"</ofd:CommonData>") + len(b"</ofd:CommonData>")
    contents["Doc_0/Document.xml"] = bare[:start] + bare[end:]
    with pytest.raises(PlacementInvalid, match="nowhere"):
        placed(packed(contents), AtKeyword("盖章"))


# ---- across pages


def test_a_seal_goes_across_all_pages_at_the_right_edge() -> None:
    found = placed(PAGES, AcrossPages(y=100), 40, 30)
    assert found == [
        Stamp(page, Box(210 - 8 * (number + 1), 100, 40, 30), Box(8 * number, 0, 8, 30))
        for number, page in enumerate(("1", "21", "43", "63", "83"))
    ]


def test_at_the_left_edge_the_last_page_shows_the_leftmost_slice() -> None:
    found = placed(PAGES, AcrossPages(edge=Edge.LEFT), 40, 30)
    assert [(stamp.boundary, stamp.clip) for stamp in (found[0], found[-1])] == [
        (Box(-32, 133.5, 40, 30), Box(32, 0, 8, 30)),
        (Box(0, 133.5, 40, 30), Box(0, 0, 8, 30)),
    ]


def test_many_pages_bear_a_seal_for_each_group_so_that_no_slice_is_narrower_than_a_millimetre() -> None:
    found = placed(packed(document(*["" for _ in range(500)])), AcrossPages(), 40, 40)
    assert len(found) == 500
    assert min(stamp.clip.width for stamp in found if stamp.clip) >= 1
    assert sum(stamp.clip.x == 0 for stamp in found if stamp.clip) == 13


def test_what_cannot_go_across_is_refused() -> None:
    with pytest.raises(PlacementInvalid, match="two pages"):
        placed(HELLO, AcrossPages())
    for y in (-1, 260):
        with pytest.raises(PlacementInvalid, match="off page 1"):
            placed(PAGES, AcrossPages(y=y))
    with pytest.raises(PlacementInvalid, match="off page"):
        placed(PAGES, AcrossPages(), 1_200, 40)


# ---- documents and numbers


def test_an_encrypted_document_is_called_so() -> None:
    with pytest.raises(OfdInvalid, match="encrypted: decrypt it first"):
        placed(packed({**document(""), "Encryptions.xml": b"<Encryptions/>"}), AtPoint(1, 0, 0))


def test_too_many_documents_in_one_file_are_refused() -> None:
    with pytest.raises(OfdInvalid, match="too many documents"):
        placed(HELLO, AtPoint(1, 0, 0), limits=Limits(documents=0))


@pytest.mark.parametrize(
    ("name", "old", "new", "why"),
    [
        ("OFD.xml", b"ofd:OFD", b"ofd:PDF", "is not OFD"),
        ("OFD.xml", b"ofd:DocRoot", b"ofd:Root", "names no document"),
        ("OFD.xml", b"ofd:DocBody", b"ofd:Body", "names no document"),
        ("OFD.xml", b"Document.xml", b"Missing.xml", "lacks the file Doc_0/Missing"),
        ("OFD.xml", b"</ofd:DocBody>", b"<DocRoot>Doc_1/Document.xml</DocRoot></ofd:DocBody>", "twice"),
        ("OFD.xml", b"</ofd:DocBody>", b"<Signatures/><Signatures/></ofd:DocBody>", "twice"),
        ("Doc_0/Document.xml", b"</ofd:Document>", b"<Pages/></ofd:Document>", "twice"),
        ("Doc_0/Document.xml", b"ofd:Pages", b"ofd:Leaves", "no pages"),
        ("Doc_0/Document.xml", b"<ofd:Page ", b"<ofd:Leaf ", "no pages"),
        ("Doc_0/Document.xml", b"P1.xml", b"P9.xml", "lacks the file Pages/P9"),
    ],
)
def test_what_is_no_document_is_refused(name: str, old: bytes, new: bytes, why: str) -> None:
    contents = document("")
    assert old in contents[name]
    with pytest.raises(OfdInvalid, match=why):
        placed(packed({**contents, name: contents[name].replace(old, new)}), AtPoint(1, 0, 0))


def test_numbers_are_read_and_written_as_millimetres() -> None:
    assert Box.read(" 1 2.5 3e1 -4 ") == Box(1, 2.5, 30, -4)
    for bad in (None, "", "1 2 3", "1 2 3 x", "1 2 3 nan", "1 2 3 1e9", "1 2 3 4" + " " * 1_024):
        assert Box.read(bad) is None
    assert numbers("1,2") == [1, 2]
    assert Matrix.read("0 1 -1 0 5 6").apply(2, 3) == (2, 8)
    assert [shortest(one) for one in (1.0, -0.0, 0.1 + 0.2, 12.345678, -0.000001)] == ["1", "0", "0.3", "12.34568", "0"]
