"""What a platform gives back for a PDF is the document with one seal, or it is told what else was done to it."""

import asyncio
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from certs.cms import make_signed_data
from certs.documents import Trust
from certs.pdf import AtPoint, Details, Level, Look, Placement, Proofs, Unseen, changes, revision, sign_pdf, update
from certs.pdf.document import Document, translated
from certs.pdf.revision import Wanted, prepare
from certs.signers import HeldSigner
from certs.x509 import Evidence, Hash, KeyAlgorithm
from gateway.core.seals.verification import Verdict, Verification
from tests.documents import shop
from tests.documents.shop import TWO_PAGES, compared, failing, messages
from tests.ofd import world
from tests.ofd.world import NOW, SetClock
from tests.pdf import stage
from tests.pdf.documents import appended, pdf

KIND = KeyAlgorithm.RSA
CORNER = AtPoint(1, 20, 30)
ADDITION, SIGNER = 12, 5


def put(document: bytes, placement: Placement = CORNER, level: Level = Level.B, look: Look | None = None) -> bytes:
    """The document as a platform seals it that has the key."""
    return put_by(HeldSigner(shop.office(KIND).key, shop.office(KIND).certificate), document, placement, level, look)


def put_by(
    signer: HeldSigner, document: bytes, placement: Placement = CORNER, level: Level = Level.B, look: Look | None = None
) -> bytes:
    async def gather(*_: object) -> Evidence:
        return world.evidence()

    proofs = Proofs(shop.office(KIND).chain, stage.Stamps(KIND), stage.trusted(KIND), gather)
    shown = look or Look(stage.picture())
    with TemporaryDirectory() as folder:
        target = Path(folder) / "out.pdf"
        asyncio.run(sign_pdf(document, target, signer, placement, SetClock(), level, shown, proofs))
        return target.read_bytes()


def judged(tmp_path: Path, back: bytes, original: bytes = TWO_PAGES) -> Verification:
    (tmp_path / "in.pdf").write_bytes(original)
    (tmp_path / "back").write_bytes(back)
    return compared(tmp_path / "in.pdf", tmp_path / "back", KIND)


def stream(content: bytes) -> bytes:
    return b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content)


ORIGINALS = {
    "no form": TWO_PAGES,
    "a form without fields": pdf(root="/AcroForm<<>>"),
    "a form of its own object": pdf(root="/AcroForm 100 0 R", objects={100: "<</Fields[]/DA(/F 1 Tf)>>"}),
    "a field of text": pdf(
        root="/AcroForm 100 0 R",
        objects={100: "<</Fields[101 0 R]>>", 101: "<</FT/Tx/T(a)/V(b)/Subtype/Widget/Rect[0 0 9 9]>>"},
    ),
    "references in a stream": pdf(stream=True),
    "annotations": pdf("/Annots[100 0 R]", objects={100: "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]>>"}),
    "annotations elsewhere": pdf("/Annots 100 0 R", objects={100: "[]"}),
    "sealed before": put(TWO_PAGES),
    "updated before": appended(TWO_PAGES, {4: stream(b"")}),
    "a long stream": pdf(
        objects={100: b"<</Length 70000>>\nstream\n%s\nendstream" % (b"%" * 70_000)}, root="/X 100 0 R"
    ),
}


@pytest.mark.parametrize("name", ORIGINALS)
def test_one_seal_more_is_found_good(tmp_path: Path, name: str) -> None:
    found = judged(tmp_path, put(ORIGINALS[name]), ORIGINALS[name])
    assert (failing(found), found.verdict) == ({}, Verdict.VALID), messages(found)


def by_pyhanko(document: bytes, name: str = "Signature") -> bytes:
    """The document as another program seals it."""
    office = shop.office(KIND)
    key = office.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())  # type: ignore[union-attr]
    signer = signers.SimpleSigner(
        signing_cert=next(iter(load_certs_from_pemder_data(office.certificate.der))),
        signing_key=load_private_key_from_pemder_data(key, None),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )
    metadata = signers.PdfSignatureMetadata(field_name=name, subfilter=fields.SigSeedSubFilter.PADES)
    spec = fields.SigFieldSpec(name, on_page=0, box=(100, 100, 180, 180))
    out = BytesIO()
    writer = IncrementalPdfFileWriter(BytesIO(document), strict=False)
    asyncio.run(signers.async_sign_pdf(writer, metadata, signer=signer, new_field_spec=spec, output=out))
    return out.getvalue()


def test_what_another_program_sealed_is_found_good(tmp_path: Path) -> None:
    found = judged(tmp_path, by_pyhanko(TWO_PAGES))
    assert not {ADDITION, SIGNER, 2, 3, 6, 7, 11} & set(failing(found)), messages(found)  # its clock is another one


def replaced_page(document: bytes) -> bytes:
    return appended(document, {4: stream(b"BT /F 12 Tf 72 700 Td (Licence 2 approved) Tj ET")})


def with_field(document: bytes) -> bytes:
    """An unsigned field that shows something, added before the seal."""
    return appended(
        document,
        {
            1: "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[300 0 R]>>>>",
            300: "<</FT/Sig/T(x)/Type/Annot/Subtype/Widget/Rect[0 0 200 200]/P 10 0 R>>",
        },
    )


def filled(document: bytes) -> bytes:
    return appended(document, {101: "<</FT/Tx/T(a)/V(c)/Subtype/Widget/Rect[0 0 9 9]>>"})


WRONG: dict[str, tuple[bytes | Callable[[], bytes], str]] = {
    "nothing": (b"", "no document came back"),
    "no document": (b"error", "neither OFD nor PDF"),
    "an OFD": (world.HELLO, "another format"),
    "a part of it": (TWO_PAGES[:-40], "does not begin"),
    "the document itself": (TWO_PAGES, "no seal was added"),
    "another document": (lambda: put(pdf(text=("Licence 9",))), "does not begin"),
    "a byte that was changed": (lambda: put(TWO_PAGES.replace(b"Licence 1", b"Licence 2")), "does not begin"),
    "bytes behind it": (TWO_PAGES + b"\n% more", "does not begin"),
    "other references behind it": (
        TWO_PAGES + put(pdf(text=("Licence 9",)))[len(pdf(text=("Licence 9",))) :],
        "",
    ),
    "an update without a seal": (lambda: appended(TWO_PAGES, {200: "<<>>"}), "no seal was added"),
    "a page that was changed before": (lambda: put(replaced_page(TWO_PAGES)), "more was changed"),
    "a page that was changed after": (lambda: replaced_page(put(TWO_PAGES)), "more was changed"),
    "an empty field that shows": (lambda: put(with_field(TWO_PAGES)), "more was changed"),
    "a form with another entry": (lambda: put(TWO_PAGES).replace(b"/SigFlags 3", b"/XigFlags 3"), "more was changed"),
    "two seals": (lambda: put(put(TWO_PAGES)), "2 signatures"),
    "a seal that shows nowhere": (lambda: put(TWO_PAGES, Unseen(), look=Look()), "on no page"),
    "a seal over the whole page": (
        lambda: put(TWO_PAGES, AtPoint(1, 5, 5), look=Look(stage.picture(width=200.0))),
        "more room",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_whatever_else_comes_back_is_told(tmp_path: Path, name: str) -> None:
    back, said = WRONG[name]
    found = judged(tmp_path, back() if callable(back) else back)
    assert (found.verdict, failing(found)) == (Verdict.INVALID, {ADDITION: Verdict.INVALID})
    assert said in messages(found)


def test_a_form_that_was_filled_in_on_the_way_is_told(tmp_path: Path) -> None:
    original = ORIGINALS["a field of text"]
    found = judged(tmp_path, put(filled(original)), original)
    assert "form fields" in messages(found)
    assert failing(found) == {ADDITION: Verdict.INVALID}


def test_nothing_at_all_is_told(tmp_path: Path) -> None:
    source = shop.documents(tmp_path)[1]
    found = compared(source, tmp_path / "missing")
    assert (failing(found), "no document came back" in messages(found)) == ({ADDITION: Verdict.INVALID}, True)


def test_a_seal_by_somebody_else_is_told(tmp_path: Path) -> None:
    stranger = world.issued("Stranger", KIND)
    found = judged(tmp_path, put_by(HeldSigner(stranger.key, stranger.certificate), TWO_PAGES))
    assert failing(found) == {SIGNER: Verdict.INVALID}


def test_a_seal_that_brings_no_certificate_proves_nothing(tmp_path: Path) -> None:
    """Not even where the gateway has the certificate: whose the seal is has to be told by the document."""
    office = HeldSigner(shop.office(KIND).key, shop.office(KIND).certificate)
    made = prepare(
        Document(BytesIO(TWO_PAGES)), TWO_PAGES, Wanted(CORNER, stage.picture(), Details(), NOW, final=False), 4_000
    )
    digest = Hash.SHA256.digest(TWO_PAGES + made.before + made.after)
    back = TWO_PAGES + made.filled(asyncio.run(make_signed_data(digest, office)))
    (tmp_path / "in.pdf").write_bytes(TWO_PAGES)
    (tmp_path / "back").write_bytes(back)
    trust = shop.trust()
    knowing = Trust(trust.anchors, (*trust.between, office.certificate), trust.evidence)
    found = compared(tmp_path / "in.pdf", tmp_path / "back", KIND, trust=lambda: knowing)
    assert (found.verdict, failing(found)[SIGNER]) == (Verdict.UNDECIDED, Verdict.UNDECIDED)


def test_a_signature_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    back = put(TWO_PAGES).replace(b"ETSI.CAdES.detached", b"adbe.pkcs7.sha1\n\n\n\n")
    found = judged(tmp_path, back)
    assert (failing(found), "not known here" in messages(found)) == ({ADDITION: Verdict.INVALID}, True)


def test_a_seal_that_lasts_is_the_only_addition(tmp_path: Path) -> None:
    """Timestamps of the document and what proves that nothing was revoked are no further seals."""
    found = judged(tmp_path, stage.sealed(TWO_PAGES, CORNER, KIND, Level.LTA))
    assert ADDITION not in failing(found), messages(found)
    assert SIGNER in failing(found)  # the other office is not on the list


def with_timestamp_field(back: bytes) -> bytes:
    """A further field that says it is a timestamp, and shows something over the whole page."""
    document = Document(BytesIO(back))
    with translated():
        page, form = document.pages()[0], document.form()
        assert form is not None
        field, listed = form.raw_get("/Fields").raw_get(0).idnum, document.root.raw_get("/AcroForm").idnum
        widget = page.entries.raw_get("/Annots").raw_get(0).idnum
        root = document.root_reference.idnum
        rest = page.entries
    assert (widget, root, rest["/Type"]) == (field, 1, "/Page")
    both = f"{field} 0 R 400 0 R"
    shown = "<</FT/Sig/T(t)/V 401 0 R/Type/Annot/Subtype/Widget/Rect[0 0 595 842]/P 10 0 R>>"
    return appended(
        back,
        {
            10: f"<</Type/Page/Parent 2 0 R/Resources<</Font<</F 3 0 R>>>>/Contents 4 0 R/Annots[{both}]>>",
            listed: f"<</Fields[{both}]/SigFlags 3>>",
            400: shown,
            401: "<</Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161/ByteRange[0 0 0 0]/Contents<00>>>",
        },
    )


def test_a_timestamp_that_shows_something_is_told(tmp_path: Path) -> None:
    found = judged(tmp_path, with_timestamp_field(put(TWO_PAGES)))
    assert (failing(found), "more was changed" in messages(found)) == ({ADDITION: Verdict.INVALID}, True)


@pytest.mark.parametrize("action", ["/A<</S/JavaScript/JS(1)>>", "/AA<</E<</S/URI/URI(http://a.example)>>>>"])
def test_a_seal_that_does_something_is_told(tmp_path: Path, action: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = update.text_string
    monkeypatch.setattr(revision, "text_string", lambda text: usual(text) + action.encode())
    found = judged(tmp_path, put(TWO_PAGES))
    assert (failing(found), "does something" in messages(found)) == ({ADDITION: Verdict.INVALID}, True)


def test_two_kinds_of_references_are_not_compared(tmp_path: Path) -> None:
    place = TWO_PAGES.index(b"xref\n")
    rows = b"\x00\x00\x00\x00\x00\xff\xff"
    entries = b"<</Type/XRef/W[1 4 2]/Index[0 1]/Size 301/Root 1 0 R/Length 7>>"
    kept = b"300 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (entries, rows)
    table = TWO_PAGES.index(b"trailer")
    hybrid = TWO_PAGES[:place] + kept + TWO_PAGES[place:table]
    hybrid += b"trailer\n<</Size 301/Root 1 0 R/XRefStm %d>>\n" % place
    hybrid += b"startxref\n%d\n%%%%EOF\n" % (place + len(kept))
    found = judged(tmp_path, put(hybrid), hybrid)
    assert failing(found) == {ADDITION: Verdict.UNSUPPORTED}


def test_a_document_that_is_too_intricate_is_not_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_VISITS", "_MOST_REVISIONS"):
        with monkeypatch.context() as patched:
            patched.setattr(changes, name, 0)
            found = judged(tmp_path, put(TWO_PAGES))
        assert failing(found) == {ADDITION: Verdict.UNSUPPORTED}


def test_what_others_signed_before_does_not_count_and_has_to_stay(tmp_path: Path) -> None:
    stranger = world.authority().issue("Expired", key=KIND)
    before = put_by(HeldSigner(stranger.key, stranger.certificate), TWO_PAGES)
    broken = before.replace(b"(Licence 1", b"(Licence 2")
    found = judged(tmp_path, put(broken), broken)
    assert failing(found) == {}
    assert failing(shop.run(lambda workshop: workshop.examine(tmp_path / "back"))) != {}
