"""Documents are built in many ways; a seal is added to each so that readers find it and nothing else changes."""

import asyncio
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from certs.examination import Verdict
from certs.pdf import (
    AtField,
    AtPoint,
    Level,
    Look,
    PdfError,
    PdfUnreadable,
    Proofs,
    Unseen,
    draw_page,
    examine_pdf,
    sign_pdf,
)
from certs.pdf.keyword import find_keyword
from certs.pdf.placement import AtKeyword
from certs.x509 import Certificate, Evidence, KeyAlgorithm, read_ocsp_response
from certs.x509.ocsp import Answer, CertificateId, Status
from certs.x509.revoking import make_ocsp_response
from gateway.core.clock import Deadline
from tests.pdf.documents import pdf
from tests.pdf.stage import SIDE, Stamps, evidence, examined, picture, seal_office, sealed, signer, trusted, verdicts
from tests.pdf.test_sealing import red
from tests.timestamps.authorities import NOW, SteppedClock, development

WIDGET = "/Type/Annot/Subtype/Widget/F 4/P 10 0 R/Rect"
NOTE = "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(a note)>>"
DOCUMENTS = {
    "table of references": pdf(),
    "stream of references": pdf(stream=True),
    "no line end behind it": pdf().rstrip(b"\n"),
    "information and identity": pdf(
        trailer="/Info 100 0 R/ID[<00112233445566778899AABBCCDDEEFF><00>]", objects={100: "<</Title(Licence)>>"}
    ),
    "a size that is too small": pdf(size=4),
    "annotations in the page": pdf("/Annots[100 0 R]", objects={100: NOTE}),
    "annotations of their own": pdf("/Annots 101 0 R", objects={100: NOTE, 101: "[100 0 R]"}),
    "annotations that are none": pdf("/Annots 101 0 R", objects={101: "null"}),
    "a form in the root": pdf(root="/AcroForm<</Fields[]/DA(/F 12 Tf)>>"),
    "a form without fields": pdf(root="/AcroForm<</SigFlags 1>>"),
    "a form of its own": pdf(root="/AcroForm 100 0 R", objects={100: "<</Fields[]>>"}),
    "fields of their own": pdf(root="/AcroForm 100 0 R", objects={100: "<</Fields 101 0 R>>", 101: "[]"}),
    "flags that are set": pdf(root="/AcroForm 100 0 R", objects={100: "<</Fields 101 0 R/SigFlags 3>>", 101: "[]"}),
    "a taken name": pdf(root="/AcroForm<</Fields[100 0 R]>>", objects={100: "<</FT/Tx/T(Seal1)>>"}),
    "media from the tree": pdf(
        objects={10: "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F 3 0 R>>>>>>"}
    ),
    "no media": pdf(objects={2: "<</Type/Pages/Count 1/Kids[10 0 R]>>"}),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_seal_is_added_and_a_second_one_with_a_long_life(name: str) -> None:
    document = DOCUMENTS[name]
    first = sealed(document, AtPoint(1, 20, 30))
    assert first.startswith(document)
    assert verdicts(examined(first)) == {}
    assert red(first, 1, 20 + SIDE - 2, 30 + SIDE - 2)
    second = sealed(first, AtPoint(1, 100, 30), level=Level.LTA)
    assert second.startswith(first)
    assert verdicts(examined(second)) == {}
    assert len(list(PdfFileReader(BytesIO(second), strict=False).embedded_signatures)) == 3
    again = sealed(second, Unseen(), level=Level.LTA)
    assert verdicts(examined(again)) == {}


def test_what_was_there_stays() -> None:
    document = sealed(DOCUMENTS["information and identity"], AtPoint(1, 20, 30))
    reader = PdfFileReader(BytesIO(document))
    assert reader.trailer["/Info"]["/Title"] == "Licence"
    assert reader.trailer["/ID"][0].original_bytes == bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    noted = PdfFileReader(BytesIO(sealed(DOCUMENTS["annotations of their own"], AtPoint(1, 20, 30))))
    assert [one.get_object()["/Subtype"] for one in noted.root["/Pages"]["/Kids"][0]["/Annots"]] == ["/Text", "/Widget"]


FIELDS = {
    "its own widget": ([f"<</FT/Sig/T(office){WIDGET}[100 100 200 200]>>"], "office"),
    "a widget below": (
        ["<</FT/Sig/T(office)/Kids[101 0 R]>>", f"<</Parent 100 0 R{WIDGET}[100 100 200 200]>>"],
        "office",
    ),
    "a field below others": (
        ["<</T(city)/FT/Sig/Kids[101 0 R]>>", f"<</T(office)/Parent 100 0 R{WIDGET}[100 100 200 200]>>"],
        "city.office",
    ),
}


def with_fields(fields: Sequence[str], page: str = "") -> bytes:
    listed = " ".join(f"{100 + at} 0 R" for at in range(len(fields)))
    objects = {100 + at: one for at, one in enumerate(fields)}
    return pdf(f"{page}/Annots[{NOTE} {listed}]", root="/AcroForm<</Fields[100 0 R]>>", objects=objects)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("name", FIELDS)
def test_a_seal_fills_its_field_upright(name: str, turned: int) -> None:
    fields, field = FIELDS[name]
    document = sealed(with_fields(fields, f"/Rotate {turned}/MediaBox[0 0 300 300]"), AtField(field))
    found = examined(document)
    assert verdicts(found) == {}
    assert found.signatures[0].label == field
    low, high = (100 + 10) / 72 * 25.4, (200 - 10) / 72 * 25.4
    shown = [red(document, 1, x, y) for x in (low, high) for y in (low, high)]
    assert shown == [False, True, True, True]


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_signed_without_a_picture_too(name: str) -> None:
    fields, field = FIELDS[name]
    assert verdicts(examined(sealed(with_fields(fields), AtField(field), look=Look()))) == {}


@pytest.mark.parametrize("rectangle", [f"{WIDGET}[0 0 0 0]", "/Type/Annot/Subtype/Widget"])
def test_a_field_that_does_not_show_is_signed_without_showing(rectangle: str) -> None:
    document = sealed(with_fields([f"<</FT/Sig/T(office){rectangle}>>"]), AtField("office"))
    assert verdicts(examined(document)) == {}
    assert b"/Subtype/Image" not in document


def test_a_field_is_signed_where_the_list_of_fields_is_an_object_of_its_own() -> None:
    field = f"<</FT/Sig/T(office){WIDGET}[100 100 200 200]>>"
    objects = {100: field, 101: "[100 0 R]", 102: "<</Fields 101 0 R>>"}
    document = pdf("/Annots[100 0 R]", root="/AcroForm 102 0 R", objects=objects)
    assert verdicts(examined(sealed(document, AtField("office")))) == {}


def test_a_keyword_that_takes_no_room_is_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certs.pdf.keyword.pypdfium2.PdfTextPage.count_rects", lambda *_: 0)
    with pytest.raises(PdfError, match="nowhere"):
        find_keyword(pdf(), AtKeyword("Licence"))


def test_other_transforms_and_empty_permissions_are_let_be() -> None:
    """A signature may say more of itself than what is looked at here; what a permission leaves open is the default."""
    usage = "<</Type/SigRef/TransformMethod/UR3/TransformParams<<>>>>"
    certifying = "<</Type/SigRef/TransformMethod/DocMDP/TransformParams<<>>>>"
    fields = [
        "<</FT/Sig/T(first)/V 102 0 R>>",
        "<</FT/Sig/T(odd)/V 7>>",
        f"<</Type/Sig/SubFilter/odd/Reference[{usage} {certifying}]>>",
    ]
    document = pdf(
        root="/AcroForm<</Fields[100 0 R 101 0 R]>>", objects={100 + at: one for at, one in enumerate(fields)}
    )
    with pytest.raises(PdfError, match="certified"):
        sealed(document, AtPoint(1, 0, 0))
    found = examined(sealed(document, Unseen()))
    assert [one.verdict for one in found.signatures] == [Verdict.UNSUPPORTED, Verdict.VALID]


def test_widgets_that_are_not_of_signatures_get_no_frame() -> None:
    plain = with_fields([f"<</FT/Tx/T(name){WIDGET}[100 100 200 200]>>", f"<<{WIDGET}[9 9 20 20]>>"])
    hidden = sealed(plain, Unseen())
    assert draw_page(hidden, 1) == draw_page(plain, 1)


def test_what_pdfium_cannot_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PdfUnreadable):
        find_keyword(b"%PDF-", AtKeyword("word"))

    def refuse(_: object) -> None:
        raise pypdfium2.PdfiumError("no")

    monkeypatch.setattr("certs.pdf.rendering.pypdfium2.PdfDocument", refuse)
    with pytest.raises(PdfUnreadable):
        draw_page(pdf(), 1)


def test_answers_are_kept_as_well_as_lists(tmp_path: Path) -> None:
    authority = development(KeyAlgorithm.RSA)
    issuer = authority.intermediate
    about = CertificateId.of(seal_office().certificate, issuer.certificate)
    answer = make_ocsp_response(issuer.certificate, issuer.key, [Answer(about, Status.GOOD, None, NOW, None)], NOW)

    async def gather(path: Sequence[Certificate], deadline: Deadline) -> Evidence:
        return Evidence(evidence().lists[:1], (read_ocsp_response(answer),)) if path[0] == mine else evidence()

    mine = seal_office().certificate
    target = tmp_path / "sealed.pdf"
    given = Proofs(seal_office().chain, Stamps(), trusted(), gather)
    asyncio.run(sign_pdf(pdf(), target, signer(), Unseen(), SteppedClock(), Level.LT, Look(picture()), given))
    assert examine_pdf(target.read_bytes(), trusted(), NOW).verdict is Verdict.VALID
    assert b"/OCSPs" in target.read_bytes()


def test_a_root_that_is_no_dictionary_is_refused() -> None:
    with pytest.raises(PdfUnreadable):
        sealed(pdf(objects={1: "[7]"}), Unseen())
