"""What a platform gives back for an OFD is the document with one seal, or it is told what else was done to it."""

import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

import pytest

from certs.ofd import AtPoint
from certs.seals import read_seal
from certs.signers import HeldSigner
from gateway.core.seals.verification import Verdict, Verification
from tests.documents import shop
from tests.documents.shop import compared, failing, messages
from tests.ofd import world
from tests.ofd.world import changed, document, files, packed, replaced

HELLO = packed(document(world.text("Licence 1 approved"), world.text("Seal here")))
ADDITION = 12
LIST, SIGN = world.LIST, world.SIGN


def put(data: bytes, with_seal: bytes | None = None) -> bytes:
    """The document as a platform seals it that has the key."""
    seal = read_seal(with_seal or shop.seal())
    return world.sealed(data, AtPoint(1, 20, 30), with_seal=seal, by=signer())


def signer() -> HeldSigner:
    return HeldSigner(shop.office().key, shop.office().certificate)


def judged(tmp_path: Path, back: bytes, original: bytes = HELLO) -> Verification:
    (tmp_path / "in.ofd").write_bytes(original)
    (tmp_path / "back").write_bytes(back)
    return compared(tmp_path / "in.ofd", tmp_path / "back")


ORIGINALS = {
    "one that was not sealed": HELLO,
    "one with an empty pointer": packed(document("<ofd:Content/>", body="<ofd:Signatures/>")),
    "one that was sealed": put(HELLO),
    "one that was sealed twice": put(put(HELLO)),
    "one that was signed": world.signed(HELLO, signer()),
}


@pytest.mark.parametrize("name", ORIGINALS)
def test_one_seal_more_is_found_good(tmp_path: Path, name: str) -> None:
    found = judged(tmp_path, put(ORIGINALS[name]), ORIGINALS[name])
    assert (failing(found), found.verdict) == ({}, Verdict.VALID), messages(found)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2][:2])
def test_how_it_is_packed_does_not_matter(tmp_path: Path, method: int) -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=1) as package:
        package.mkdir("Doc_0")
        for name, content in reversed(files(put(HELLO)).items()):
            package.writestr(name, content)
    assert failing(judged(tmp_path, out.getvalue())) == {}


def test_how_its_xml_is_written_does_not_matter(tmp_path: Path) -> None:
    """A platform of another maker writes OFD.xml and the list anew, before it digests them."""
    pointer = f"<x:Signatures>{LIST}</x:Signatures>"
    root = document(world.text("Licence 1 approved"), world.text("Seal here"), body=pointer)["OFD.xml"]
    other = root.replace(b"ofd:", b"x:").replace(b"xmlns:ofd", b"xmlns:x").replace(b"><", b">\n  <")
    written = put(changed(HELLO, {"OFD.xml": other, LIST: b"<Signatures/>"}))
    assert failing(judged(tmp_path, written)) == {}


PAGE = "Doc_0/Pages/P1.xml"
OTHER = replaced(HELLO, PAGE, b"Licence 1", b"Licence 2")
TWICE = put(HELLO)


def edited(data: bytes, contents: Mapping[str, bytes | None]) -> Callable[[], bytes]:
    return lambda: changed(data, contents)


def with_list(data: bytes, old: bytes, new: bytes) -> bytes:
    return replaced(data, LIST, old, new)


WRONG: dict[str, tuple[bytes | Callable[[], bytes], str]] = {
    "nothing": (b"", "no document came back"),
    "no document": (b"error", "neither OFD nor PDF"),
    "a PDF": (shop.TWO_PAGES, "another format"),
    "a part of it": (lambda: put(HELLO)[:-30], ""),
    "the document itself": (HELLO, "no seal was added"),
    "a page that was changed before": (lambda: put(OTHER), "changed or removed: Doc_0/Pages/P1.xml"),
    "a page that was changed after": (lambda: replaced(put(HELLO), PAGE, b"e 1", b"e 2"), "changed or removed"),
    "a longer page": (lambda: replaced(put(HELLO), PAGE, b"e 1", b"e 21"), "changed or removed"),
    "a page that was removed": (edited(put(HELLO), {PAGE: None}), "changed or removed"),
    "a file that was added before": (lambda: put(changed(HELLO, {"Doc_0/x.xml": b"<x/>"})), "is not the seal's"),
    "a file that was added after": (edited(put(HELLO), {"Doc_0/x.xml": b"<x/>"}), "is not the seal's: Doc_0/x.xml"),
    "two seals": (lambda: put(put(HELLO)), "2 signatures"),
    "a signature": (lambda: world.signed(HELLO, signer()), "no seal"),
    "another seal": (lambda: put(HELLO, shop.other_seal()), "another seal"),
    "a seal that nobody can read": (edited(put(HELLO), {f"{SIGN}/SignedValue.dat": b"0"}), ""),
    "a seal that shows nowhere": (
        lambda: replaced(put(HELLO), f"{SIGN}/Signature.xml", b"ofd:StampAnnot", b"ofd:StampAnnox"),
        "on no page",
    ),
    "a seal over the whole page": (
        lambda: replaced(put(HELLO), f"{SIGN}/Signature.xml", b"20 30 40 40", b"0 0 210 297"),
        "larger than it is",
    ),
    "another OFD.xml": (lambda: replaced(put(HELLO), "OFD.xml", b'DocType="OFD"', b'DocType="OFA"'), "OFD.xml"),
    "a signature that is not there": (edited(put(HELLO), {f"{SIGN}/Signature.xml": None}), "cannot be read"),
    "a list that is elsewhere": (edited(put(HELLO), {LIST: None}), "cannot be read"),
}


@pytest.mark.parametrize("name", WRONG)
def test_whatever_else_comes_back_is_told(tmp_path: Path, name: str) -> None:
    back, said = WRONG[name]
    found = judged(tmp_path, back() if callable(back) else back)
    assert (found.verdict, failing(found)) == (Verdict.INVALID, {ADDITION: Verdict.INVALID})
    assert said in messages(found)


SEALED: dict[str, tuple[Callable[[], bytes], str]] = {
    "the first one was taken off": (
        lambda: packed({**files(put(HELLO)), f"{SIGN}/y": b""}),
        "no seal was added",
    ),
    "another type for the first one": (
        lambda: with_list(put(TWICE), b'Type="Seal"', b'Type="Sign"'),
        "beyond the new one",
    ),
    "another list": (
        lambda: changed(
            replaced(put(TWICE), "OFD.xml", b"Doc_0/Signs/Signatures.xml", b"Doc_0/Other.xml"),
            {"Doc_0/Other.xml": files(put(TWICE))[LIST]},
        ),
        "OFD.xml was changed",
    ),
    "something more in the list": (
        lambda: with_list(put(TWICE), b"</ofd:Signatures>", b"<ofd:More/></ofd:Signatures>"),
        "beyond the new one",
    ),
    "an attribute more in OFD.xml": (
        lambda: replaced(put(TWICE), "OFD.xml", b'DocType="OFD"', b'DocType="OFD" X="1"'),
        "OFD.xml was changed",
    ),
    "no list any more": (lambda: replaced(put(TWICE), "OFD.xml", b"Signatures", b"Signaturez"), "OFD.xml was changed"),
}


@pytest.mark.parametrize("name", SEALED)
def test_what_was_sealed_before_is_as_it_was(tmp_path: Path, name: str) -> None:
    back, said = SEALED[name]
    found = judged(tmp_path, back(), TWICE)
    assert failing(found) == {ADDITION: Verdict.INVALID}
    assert said in messages(found)


def test_the_new_signature_takes_no_file_of_the_document(tmp_path: Path) -> None:
    original = packed(files(HELLO) | {"Doc_0/old.dat": b"1"})
    value = f"{SIGN}/SignedValue.dat".encode()
    found = judged(tmp_path, replaced(put(original), f"{SIGN}/Signature.xml", value, b"Doc_0/old.dat"), original)
    assert (failing(found), "had before" in messages(found)) == ({ADDITION: Verdict.INVALID}, True)


def test_a_document_in_the_file_is_not_forgotten(tmp_path: Path) -> None:
    """A second document in OFD.xml gains a list as well, or the second one is taken away."""
    two = dict(document("<ofd:Content/>"))
    body = two["OFD.xml"][two["OFD.xml"].index(b"<ofd:DocBody>") : two["OFD.xml"].index(b"</ofd:OFD>")]
    two["OFD.xml"] = two["OFD.xml"].replace(b"</ofd:OFD>", body + b"</ofd:OFD>")
    original = packed(two)
    assert failing(judged(tmp_path, put(original), original)) == {}
    less = changed(put(original), {"OFD.xml": files(put(packed(document("<ofd:Content/>"))))["OFD.xml"]})
    found = judged(tmp_path, less, original)
    assert (failing(found), "OFD.xml was changed" in messages(found)) == ({ADDITION: Verdict.INVALID}, True)


def test_the_seal_is_judged_as_well(tmp_path: Path) -> None:
    (tmp_path / "in.ofd").write_bytes(HELLO)
    (tmp_path / "back").write_bytes(put(HELLO))
    found = compared(tmp_path / "in.ofd", tmp_path / "back", trust=lambda: shop.trust_without(shop.office()))
    assert failing(found) == {8: Verdict.INVALID}
