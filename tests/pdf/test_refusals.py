"""What cannot be sealed is refused with a reason, and leaves nothing behind."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pyhanko.pdf_utils.misc import PdfDecodeLimitError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from certs.examination import Verdict
from certs.pdf import (
    AcrossPages,
    AtField,
    AtKeyword,
    AtPoint,
    Details,
    Level,
    Look,
    PdfEncrypted,
    PdfError,
    PdfLocked,
    PdfUnreadable,
    Placement,
    PlacementInvalid,
    ProofMissing,
    Proofs,
    SealPicture,
    SealPictureUnusable,
    Unseen,
    draw_page,
    examine_pdf,
    sign_pdf,
)
from certs.x509 import Certificate, DevelopmentAuthority, Evidence, KeyAlgorithm, TrustStore
from gateway.core.clock import Deadline
from gateway.core.errors import KeyUnusable
from tests.pdf.documents import pdf
from tests.pdf.stage import evidence, picture, png, proofs, seal_office, sealed, signer, trusted
from tests.timestamps.authorities import NOW, SteppedClock

ONE = pdf()


def encrypted() -> bytes:
    writer = copy_into_new_writer(PdfFileReader(BytesIO(ONE)))
    writer.encrypt("owner", "user")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


BROKEN: Mapping[str, tuple[bytes, type[PdfError], str]] = {
    "empty": (b"", PdfUnreadable, "no PDF"),
    "something else": (b"PK\x03\x04" * 99, PdfUnreadable, "no PDF"),
    "cut off": (ONE[:200], PdfUnreadable, "damaged"),
    "encrypted": (encrypted(), PdfEncrypted, "encrypted"),
    "no root": (ONE.replace(b"/Root 1 0 R", b"/Root 99 0 R"), PdfUnreadable, "damaged"),
    "no pages": (pdf(objects={2: "<</Type/Pages/Count 0/Kids[]>>"}), PdfUnreadable, "damaged"),
    "pages in a circle": (pdf(objects={2: "<</Type/Pages/Count 1/Kids[2 0 R]>>"}), PdfUnreadable, "damaged"),
    "a direct page": (pdf(objects={2: "<</Type/Pages/Count 1/Kids[<<>>]>>"}), PdfUnreadable, "damaged"),
    "a page that is a number": (pdf(objects={10: "10"}), PdfUnreadable, "damaged"),
    "a page of which nothing shows": (pdf("/CropBox[900 900 950 950]"), PdfUnreadable, "size"),
    "turned askew": (pdf("/Rotate 45"), PdfUnreadable, "rotation"),
    "fields in a circle": (
        pdf(root="/AcroForm<</Fields[100 0 R]>>", objects={100: "<</T(a)/Kids[100 0 R]>>"}), PdfUnreadable, "damaged",
    ),
}  # fmt: skip


def refused(
    folder: Path,
    document: bytes,
    placement: Placement,
    look: Look | None = None,
    level: Level = Level.B,
    given: Proofs | None = None,
) -> PdfError:
    """Why it was refused; nothing is left behind but what was there before."""
    target = folder / "target.pdf"
    target.write_bytes(b"what was there before")
    making = sign_pdf(
        document, target, signer(), placement, SteppedClock(), level, look or Look(picture()), given or proofs()
    )
    with pytest.raises(PdfError) as caught:
        asyncio.run(making)
    assert target.read_bytes() == b"what was there before"
    assert list(folder.iterdir()) == [target]
    assert caught.value.reason.zh
    return caught.value


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_usable_pdf(name: str, tmp_path: Path) -> None:
    document, kind, reason = BROKEN[name]
    error = refused(tmp_path, document, AtPoint(1, 0, 0))
    assert type(error) is kind
    assert reason in error.reason.en


def deep(depth: int) -> bytes:
    """A page below a tree of this depth."""
    levels = {
        100 + at: f"<</Type/Pages/Count 1/Kids[{101 + at if at < depth - 1 else 10} 0 R]>>" for at in range(depth)
    }
    return pdf(objects={2: "<</Type/Pages/Count 1/Kids[100 0 R]/MediaBox[0 0 595 842]>>", **levels})


def test_a_tree_of_pages_is_followed_only_so_deep(tmp_path: Path) -> None:
    assert sealed(deep(40), AtPoint(1, 0, 0))
    assert type(refused(tmp_path, deep(90), AtPoint(1, 0, 0))) is PdfUnreadable


@pytest.mark.parametrize("end", ["<</T(x)/Kids[]>>", "<</T(x)>>"])
def test_trees_whose_branches_hang_in_two_places_are_not_followed(end: str, tmp_path: Path) -> None:
    """Forty levels that each name the next one twice have a million million ends."""
    doubled = {100 + at: f"<</T(a)/Kids[{101 + at} 0 R {101 + at} 0 R]>>" for at in range(40)} | {140: end}
    pages = pdf(objects={2: "<</Type/Pages/Kids[100 0 R]>>", **doubled})
    fields = pdf(root="/AcroForm<</Fields[100 0 R]>>", objects=doubled)
    for document in (pages, fields):
        assert "damaged" in refused(tmp_path, document, AtPoint(1, 0, 0)).reason.en


@pytest.mark.parametrize(("limit", "word"), [("LONGEST_DOCUMENT", "larger"), ("MOST_PAGES", "pages")])
def test_a_document_is_only_so_large(limit: str, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"certs.pdf.document.{limit}", 2)
    assert word in refused(tmp_path, pdf("", "", ""), AcrossPages()).reason.en


def test_a_form_has_only_so_many_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = with_form("<</FT/Sig/T(office)>>", "<</FT/Sig/T(other)>>")
    monkeypatch.setattr("certs.pdf.document.MOST_FIELDS", 1)
    assert "fields" in refused(tmp_path, document, Unseen()).reason.en


def test_a_stream_that_expands_beyond_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object, **__: object) -> None:
        raise PdfDecodeLimitError("1 TB")

    monkeypatch.setattr("certs.pdf.document.PdfFileReader", explode)
    assert "expands" in refused(tmp_path, ONE, Unseen()).reason.en


OFF: Sequence[tuple[Placement, str]] = [
    (AtPoint(2, 0, 0), "1 pages"),
    (AtPoint(0, 0, 0), "1 pages"),
    (AtPoint(-2, 0, 0), "1 pages"),
    (AtPoint(1, 180, 0), "210 × 297 mm"),
    (AtPoint(1, 0, 270), "off the page"),
    (AtPoint(1, -1, 0), "off the page"),
    (AtPoint(1, float("nan"), 0), "off the page"),
    (AtKeyword("nowhere"), "nowhere"),
    (AtKeyword("Licence", 2), "1 times only"),
    (AtKeyword("Licence", -2), "1 times only"),
    (AtKeyword("Licence", 0), "1 times only"),
    (AtKeyword("  "), "1 to 100"),
    (AtKeyword("x" * 101), "1 to 100"),
    (AcrossPages(), "one page"),
    (AtField("office"), "no signature field"),
]


@pytest.mark.parametrize(("placement", "reason"), OFF, ids=[repr(placement) for placement, _ in OFF])
def test_where_there_is_no_place(placement: Placement, reason: str, tmp_path: Path) -> None:
    error = refused(tmp_path, ONE, placement)
    assert isinstance(error, PlacementInvalid)
    assert reason in error.reason.en


def test_a_keyword_that_is_everywhere(tmp_path: Path) -> None:
    often = pdf(*[""] * 10, text=["word " * 10] * 3)
    assert "more than 100" in refused(tmp_path, often, AtKeyword("word")).reason.en
    assert sealed(often, AtKeyword("word", 299))
    assert sealed(often, AtKeyword("word", -1))


def test_a_keyword_is_only_counted_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certs.pdf.keyword._MOST_OCCURRENCES", 2)
    often = pdf(text=["word word word"])
    assert "more than 2" in refused(tmp_path, often, AtKeyword("word", -1)).reason.en


def test_text_that_pdfium_cannot_read(tmp_path: Path) -> None:
    # pdfium wants the kinds that pyHanko does not ask for
    hidden = ONE.replace(b"%PDF-1.7", b"\n\n\n\n\n\n\n\n", 1)
    assert type(refused(tmp_path, b"%PDF-1.7" + hidden, AtKeyword("Licence"))) is PdfUnreadable


def with_form(*fields: str, annots: str = "/Annots[100 0 R]") -> bytes:
    """A document with these fields, objects from 100 on."""
    listed = " ".join(f"{100 + at} 0 R" for at in range(len(fields)))
    objects = {100 + at: field for at, field in enumerate(fields)}
    return pdf(annots, root=f"/AcroForm<</Fields[{listed}]>>", objects=objects)


WIDGET = "/Type/Annot/Subtype/Widget/Rect[9 9 90 20]/P 10 0 R"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (with_form(f"<</FT/Tx/T(office){WIDGET}>>"), "no signature field"),
        (with_form(f"<</FT/Sig/T(office)/SV<</Ff 1>>{WIDGET}>>"), "prescribes"),
        (
            with_form(
                "<</FT/Sig/T(office)/Kids[101 0 R 102 0 R]>>",
                f"<<{WIDGET}/Parent 100 0 R>>",
                f"<<{WIDGET}/Parent 100 0 R>>",
            ),
            "several places",
        ),
        (with_form(f"<</FT/Sig/T(office){WIDGET}>>", annots=""), "on no page"),
        (sealed(with_form(f"<</FT/Sig/T(office){WIDGET}>>"), AtField("office")), "signed already"),
    ],
    ids=["of text", "with conditions", "in two places", "on no page", "signed"],
)
def test_a_field_that_cannot_be_signed(document: bytes, reason: str, tmp_path: Path) -> None:
    error = refused(tmp_path, document, AtField("office"))
    assert type(error) is PlacementInvalid
    assert reason in error.reason.en


def certified(permission: int, *fields: str) -> bytes:
    locked = sealed(with_form(*fields) if fields else ONE, Unseen(), look=Look(final=True))
    return locked.replace(b"/V/1.2/P 1", b"/V/1.2/P %d" % permission)


def test_a_locked_document_gets_no_further_seal(tmp_path: Path) -> None:
    for placement in (Unseen(), AtPoint(1, 0, 0)):
        assert type(refused(tmp_path, certified(1), placement)) is PdfLocked


def test_a_certified_document_is_sealed_in_its_own_fields_only(tmp_path: Path) -> None:
    document = certified(2, f"<</FT/Sig/T(office){WIDGET}>>")
    assert type(refused(tmp_path, document, AtPoint(1, 0, 0))) is PdfLocked
    assert sealed(document, AtField("office"))
    assert sealed(document, Unseen())


@pytest.mark.parametrize(
    ("lock", "locked"),
    [
        ("/Action/All", True),
        ("/Action/Include/Fields[(office)]", True),
        ("/Action/Include/Fields[(other)]", False),
        ("/Action/Exclude/Fields[(other)]", True),
        ("/Action/Exclude/Fields[(office)]", False),
    ],
)
def test_a_field_that_an_earlier_signature_locked(lock: str, locked: bool, tmp_path: Path) -> None:
    fields = (f"<</FT/Sig/T(office){WIDGET}>>", f"<</FT/Sig/T(first)/Lock<</Type/SigFieldLock{lock}>>{WIDGET}>>")
    document = with_form(*fields, annots="/Annots[100 0 R 101 0 R]")
    first = sealed(document, AtField("first"))
    if locked:
        assert type(refused(tmp_path, first, AtField("office"))) is PdfLocked
    else:
        assert sealed(first, AtField("office"))


def test_several_locks_count_together(tmp_path: Path) -> None:
    lock = "/Lock<</Type/SigFieldLock/Action/Exclude/Fields[({but}) (c)]>>"
    fields = [f"<</FT/Sig/T({name}){lock.format(but=but)}{WIDGET}>>" for name, but in (("a", "b"), ("b", "x"))]
    document = with_form(*fields, f"<</FT/Sig/T(c){WIDGET}>>", annots="/Annots[100 0 R 101 0 R 102 0 R]")
    both = sealed(sealed(document, AtField("a")), AtField("b"))
    assert sealed(both, AtField("c"))


def test_a_lock_of_very_many_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = "/Lock<</Type/SigFieldLock/Action/Include/Fields[(a) (b) (c)]>>"
    monkeypatch.setattr("certs.pdf.form.MOST_FIELDS", 2)
    document = with_form(f"<</FT/Sig/T(office){lock}{WIDGET}>>")
    assert "too many fields" in refused(tmp_path, document, AtField("office")).reason.en


def test_only_the_first_signature_locks(tmp_path: Path) -> None:
    error = refused(tmp_path, sealed(ONE), Unseen(), Look(final=True))
    assert type(error) is PdfLocked
    assert "first" in error.reason.en


def test_a_seal_that_shows_needs_a_picture(tmp_path: Path) -> None:
    assert "picture" in refused(tmp_path, ONE, AtPoint(1, 0, 0), Look()).reason.en


def test_a_detail_is_only_so_long(tmp_path: Path) -> None:
    assert "500" in refused(tmp_path, ONE, Unseen(), Look(details=Details(reason="x" * 501))).reason.en


PICTURES = {
    "nothing": b"",
    "something else": b"GIF89a",
    "cut off": png(Image.new("RGB", (50, 50), (1, 2, 3)))[:60],
    "a type that is not used": png(Image.new("RGB", (5, 5)), "TIFF"),
    "too many pixels": png(Image.new("1", (3_000, 3_000))),
    "too many bytes": b"\x89PNG" + bytes(4_194_304),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_that_cannot_be_used(name: str) -> None:
    with pytest.raises(SealPictureUnusable):
        SealPicture.read(PICTURES[name], 40, 40)


@pytest.mark.parametrize("size", [(0, 40), (40, -1), (301, 40), (40, float("inf")), (float("nan"), 40)])
def test_a_seal_of_an_impossible_size(size: tuple[float, float]) -> None:
    with pytest.raises(SealPictureUnusable):
        SealPicture.read(png(Image.new("RGB", (5, 5))), *size)


def test_a_drawing_that_cannot_be_used() -> None:
    with pytest.raises(SealPictureUnusable, match="damaged"):
        SealPicture.read_pdf(b"%PDF-", 40, 40)
    deeply = "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Deep " + "[" * 40 + "]" * 40 + ">>>>"
    with pytest.raises(SealPictureUnusable, match="too many parts"):
        SealPicture.read_pdf(pdf(objects={10: deeply}), 40, 40)


def test_a_key_that_cannot_be_used_leaves_nothing(tmp_path: Path) -> None:
    class Gone:
        certificate, algorithm = signer().certificate, signer().algorithm

        async def sign_digest(self, digest: bytes) -> bytes:
            raise KeyUnusable("the device is gone")

        sign_raw = sign_digest

        async def aclose(self) -> None: ...

    with pytest.raises(KeyUnusable):
        asyncio.run(sign_pdf(ONE, tmp_path / "target.pdf", Gone(), Unseen(), SteppedClock()))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("level", "given", "reason"),
    [
        (Level.T, Proofs(), "timestamping authority"),
        (Level.LT, Proofs(timestamps=proofs().timestamps), "trust anchors"),
        (Level.LTA, Proofs(timestamps=proofs().timestamps, trust=trusted()), "trust anchors"),
    ],
)
def test_a_level_without_what_it_needs(level: Level, given: Proofs, reason: str, tmp_path: Path) -> None:
    error = refused(tmp_path, ONE, Unseen(), level=level, given=given)
    assert type(error) is ProofMissing
    assert reason in error.reason.en


def test_a_level_whose_proofs_do_not_hold(tmp_path: Path) -> None:
    async def nothing(path: Sequence[Certificate], deadline: Deadline) -> Evidence:
        return Evidence()

    async def lists(path: Sequence[Certificate], deadline: Deadline) -> Evidence:
        return evidence()

    ours = proofs()
    elsewhere = TrustStore([DevelopmentAuthority.create(SteppedClock(), KeyAlgorithm.EC).root.certificate])
    for trust, gather in ((elsewhere, lists), (trusted(), nothing)):
        given = Proofs(seal_office().chain, ours.timestamps, trust, gather)
        assert type(refused(tmp_path, ONE, Unseen(), level=Level.LT, given=given)) is ProofMissing


def test_a_picture_of_a_page_that_is_not_there_or_too_large() -> None:
    with pytest.raises(PlacementInvalid):
        draw_page(ONE, 2)
    with pytest.raises(PdfUnreadable):
        draw_page(ONE, 1, dots_per_inch=2_000)


def test_what_is_unusable_is_not_examined() -> None:
    for document, kind, _ in (BROKEN["something else"], BROKEN["encrypted"], BROKEN["cut off"]):
        with pytest.raises(kind):
            examine_pdf(document, trusted(), NOW)
    assert examine_pdf(ONE, trusted(), NOW).verdict is Verdict.UNDECIDED


def test_an_existing_target_keeps_its_place_until_the_new_one_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "target.pdf"
    asyncio.run(sign_pdf(ONE, target, signer(), Unseen(), SteppedClock()))
    assert re.fullmatch(rb"%PDF-.*%%EOF\n", target.read_bytes(), re.DOTALL)
    assert target.stat().st_mode & 0o600 == 0o600
