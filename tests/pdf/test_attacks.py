"""What is done to a sealed document to make it say something else is found, and told in the step where it belongs."""

import re
from collections.abc import Callable

import pytest

from certs.examination import Check, Verdict
from certs.pdf import AtField, AtPoint, Level, Look, Unseen
from certs.x509 import KeyAlgorithm
from tests.pdf.documents import appended, pdf
from tests.pdf.flipping import RANGE, gap
from tests.pdf.stage import KINDS, examined, names, picture, sealed, verdicts

SEALED = sealed(pdf(), AtPoint(1, 20, 30))
PAGE = "<</Type/Page/Parent 2 0 R/Resources<</Font<</F 3 0 R>>>>/Contents {contents} 0 R>>"
TEXT = "<</Length 48>>\nstream\nBT /F 12 Tf 72 700 Td (Licence 1 revoked) Tj ET \nendstream"


def with_range(document: bytes, first: int, second: int, length: int) -> bytes:
    """The document with another ByteRange of the same length."""
    found = RANGE.search(document)
    assert found is not None
    text = b"/ByteRange[0 %d %d %d" % (first, second, length)
    return document[: found.start()] + text.ljust(len(found[0]) - 1) + b"]" + document[found.end() :]


def page_changed() -> bytes:
    return appended(SEALED, {10: PAGE.format(contents=200), 200: TEXT})


def content_shadowed() -> bytes:
    return appended(SEALED, {4: TEXT})


def font_shadowed() -> bytes:
    return appended(SEALED, {3: "<</Type/Font/Subtype/Type1/BaseFont/Symbol>>"})


def page_added() -> bytes:
    tree = "<</Type/Pages/Count 2/Kids[10 0 R 201 0 R]/MediaBox[0 0 595 842]>>"
    return appended(SEALED, {2: tree, 201: PAGE.format(contents=200), 200: TEXT})


def annotation_added() -> bytes:
    note = "<</Type/Annot/Subtype/FreeText/Rect[72 690 300 720]/Contents(revoked)/DA(/F 12 Tf)>>"
    kept = re.search(rb"/Annots \[([^]]*)\]", SEALED)
    assert kept is not None
    page = PAGE.format(contents=4)[:-2] + f"/Annots[{kept[1].decode()} 202 0 R]>>"
    return appended(SEALED, {10: page, 202: note})


def seal_moved() -> bytes:
    """The widget of the seal is moved to another place."""
    found = re.search(rb"(\d+) 0 obj\n(<</FT/Sig.*?>>)\nendobj", SEALED, re.DOTALL)
    assert found is not None
    return appended(SEALED, {int(found[1]): re.sub(rb"/Rect\[[^]]*\]", b"/Rect[0 0 90 90]", found[2])})


def seal_redrawn() -> bytes:
    """The picture of the seal is exchanged."""
    found = re.search(rb"(\d+) 0 obj\n<</Type/XObject/Subtype/Image[^>]*/SMask", SEALED)
    assert found is not None
    image = "<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>"
    return appended(SEALED, {int(found[1]): image + "\nstream\n\x40\nendstream"})


def empty_field_that_shows() -> bytes:
    """A field without a signature that shows what looks like text of the page."""
    form = re.search(rb"(\d+) 0 obj\n(<</Fields\[([^]]*)\].*?>>)\nendobj", SEALED)
    assert form is not None
    field = "<</FT/Sig/T(More)/Type/Annot/Subtype/Widget/F 132/Rect[72 690 300 720]/P 10 0 R/AP<</N 211 0 R>>>>"
    look = "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 21>>\nstream\n0 1 0 rg 0 0 9 9 re f\nendstream"
    annots = re.search(rb"/Annots \[([^]]*)\]", SEALED)
    assert annots is not None
    page = PAGE.format(contents=4)[:-2] + f"/Annots[{annots[1].decode()} 210 0 R]>>"
    fields = f"<</Fields[{form[3].decode()} 210 0 R]/SigFlags 3>>"
    return appended(SEALED, {int(form[1]): fields, 10: page, 210: field, 211: look})


@pytest.mark.parametrize(
    "attack",
    [
        page_changed,
        content_shadowed,
        font_shadowed,
        page_added,
        annotation_added,
        seal_moved,
        seal_redrawn,
        empty_field_that_shows,
    ],
)
def test_what_is_appended_later_fails_only_the_step_of_later_changes(attack: Callable[[], bytes]) -> None:
    assert verdicts(examined(attack())) == {"changes": Verdict.INVALID}


def test_a_second_signature_does_not_heal_a_change() -> None:
    found = examined(sealed(page_changed(), Unseen()))
    assert [one.verdict for one in found.signatures] == [Verdict.INVALID, Verdict.VALID]
    assert verdicts(found) == {"changes": Verdict.INVALID}


def test_what_is_changed_in_place_fails_only_the_digest() -> None:
    assert verdicts(examined(SEALED.replace(b"(Licence 1", b"(Licence 2"))) == {"digests": Verdict.INVALID}


@pytest.mark.parametrize("kind", KINDS)
def test_another_value_in_its_place_is_found(kind: KeyAlgorithm) -> None:
    """The value of a signature of the same signer over another document."""
    ours, theirs = (sealed(pdf(text=[text]), kind=kind) for text in ("Licence 1", "Licence 2"))
    first, second, _ = gap(ours)
    swapped = ours[:first] + theirs[first:second] + ours[second:]
    assert verdicts(examined(swapped, kind)) == {"digests": Verdict.INVALID}


def wrapped() -> bytes:
    """Signature wrapping: both covered parts are whole, and what readers see lies between them.

    The table of objects is read where the covered end says it is, and there stands another one, which names another
    content and a copy of the signature whose range spans what was put in.
    """
    first, second, end = gap(SEALED)
    table_at = int(SEALED[SEALED.rindex(b"startxref") + 9 :].split()[0])
    room = 20_000
    signature = re.search(rb"(\d+) 0 obj\n(<</Type/Sig.*?>>)\nendobj", SEALED, re.DOTALL)
    assert signature is not None
    copied = with_range(signature[2], first, second + room, end - second)
    places = {int(one[1]): one.start() for one in re.finditer(rb"(?m)^(\d+) 0 obj", SEALED)}
    places = {number: place + room * (place >= second) for number, place in places.items()}
    objects, at = b"", table_at + 20 * 300 + 200
    for number, body in ((4, TEXT.encode()), (int(signature[1]), copied)):
        places[number] = at + len(objects)
        objects += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows = b"".join(
        b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n" for number in range(300)
    )
    table = b"xref\n0 300\n%strailer\n<</Size 300/Root 1 0 R>>\n" % rows
    inserted = (b"\n" * (table_at - second) + table).ljust(at - second, b"\n") + objects
    return SEALED[:second] + inserted.ljust(room, b"\n") + SEALED[second:]


def test_a_signature_that_was_wrapped_fails_only_the_step_of_coverage() -> None:
    """What is covered is whole and has the right digest, so nothing but the gap betrays it."""
    document = wrapped()
    assert b"revoked" in document
    assert verdicts(examined(document)) == {"coverage": Verdict.INVALID}
    first, second, end = gap(SEALED)
    moved = second + len(document) - len(SEALED)
    assert document[:first] + document[moved:] == SEALED[:first] + SEALED[second:end]


@pytest.mark.parametrize(
    "change",
    [
        (0, 0, -1),
        (-1, 0, 0),
        (0, 1, -1),
        (0, 0, 1),
        (-9_999_999, 0, 0),
        (0, 0, -9_999_999),
    ],
)
def test_a_range_that_is_not_exactly_around_the_value_is_found(change: tuple[int, int, int]) -> None:
    first, second, end = gap(SEALED)
    numbers = (max(0, one + more) for one, more in zip((first, second, end - second), change, strict=True))
    found = verdicts(examined(with_range(SEALED, *numbers)))
    assert Verdict.INVALID in found.values()
    assert set(found) & names(Check.COVERAGE, Check.DIGESTS)


def test_something_behind_the_value_in_its_gap_is_found() -> None:
    _, second, _ = gap(SEALED)
    assert verdicts(examined(SEALED[: second - 3] + b"4" + SEALED[second - 2 :])) == {"coverage": Verdict.INVALID}


def test_a_signature_that_a_later_change_took_away_is_missed() -> None:
    found = examined(appended(SEALED, {1: "<</Type/Catalog/Pages 2 0 R>>"}))
    assert (verdicts(found), found.signatures) == ({"changes": Verdict.INVALID}, ())
    told = found.step(Check.CHANGES)
    assert told is not None
    assert "may have been removed" in told.message.en


def test_of_two_signatures_the_one_that_was_taken_away_is_missed() -> None:
    first = sealed(pdf())
    second = sealed(first)
    field = re.findall(rb"(\d+) 0 obj\n(<</FT/Sig.*?>>)\nendobj", second, re.DOTALL)[-1]
    emptied = re.sub(rb"/V \d+ 0 R", b"", field[1])
    found = examined(appended(second, {int(field[0]): emptied}))
    assert (verdicts(found)["changes"], len(found.signatures)) == (Verdict.INVALID, 1)


def test_a_signed_file_within_a_file_is_no_signature_that_was_taken_away() -> None:
    kept = b"<</Length %d>>\nstream\n%s\nendstream" % (len(SEALED), SEALED)
    document = pdf(objects={150: kept})
    assert examined(document).verdict is Verdict.UNDECIDED
    assert verdicts(examined(sealed(document))) == {}


def test_ranges_without_end_that_are_no_signatures_are_not_looked_at_for_ever() -> None:
    ranges = b"/ByteRange[0 1 2 3]\n" * 1_100
    document = pdf(objects={150: b"<</Length %d>>\nstream\n%s\nendstream" % (len(ranges), ranges)})
    assert examined(document).verdict is Verdict.UNDECIDED


def test_bytes_behind_the_last_revision_are_told_and_left_to_people() -> None:
    twice = sealed(SEALED)
    for document in (SEALED, twice):
        assert verdicts(examined(document + b"\r\n\0")) == {}
        found = examined(document + b"\nstray")
        assert verdicts(found) == {"changes": Verdict.UNDECIDED}
        told = found.step(Check.CHANGES)
        assert told is not None
        assert "5 bytes" in told.message.en


def test_what_a_document_says_of_itself_may_be_written_later_and_is_told() -> None:
    trailer = "/Size 500/Root 1 0 R/Info 150 0 R"
    signed = sealed(appended(pdf(), {150: "<</Title(one)>>"}, trailer))
    found = examined(appended(signed, {150: "<</Title(two)>>"}, trailer))
    assert verdicts(found) == {}
    told = found.step(Check.CHANGES)
    assert told is not None
    assert "information on the document" in told.message.en


def test_a_form_that_was_filled_in_later_is_for_a_person_to_judge() -> None:
    widget = "<</FT/Tx/T(name)/Type/Annot/Subtype/Widget/Rect[9 9 90 20]/P 10 0 R{value}>>"
    form = "/AcroForm<</Fields[100 0 R]/DA(/F 12 Tf)>>"
    document = sealed(pdf("/Annots[100 0 R]", root=form, objects={100: widget.format(value="")}))
    filled = appended(document, {100: widget.format(value="/V(Somebody)")})
    assert verdicts(examined(filled)) == {"changes": Verdict.UNDECIDED}
    told = examined(filled).step(Check.CHANGES)
    assert told is not None
    assert "(name)" in told.message.en


def test_a_locked_document_tells_what_was_added_in_spite() -> None:
    locked = sealed(pdf(), Unseen(), look=Look(final=True))
    assert verdicts(examined(locked)) == {}
    assert verdicts(examined(appended(locked, {4: TEXT}))) == {"changes": Verdict.INVALID}


def test_a_locked_document_may_get_what_proves_it_for_longer() -> None:
    locked = sealed(pdf(), Unseen(), level=Level.LTA, look=Look(final=True))
    assert verdicts(examined(locked)) == {}


def test_a_field_that_a_signature_locked_may_not_change() -> None:
    widget = "<</FT/{kind}/T({name})/Type/Annot/Subtype/Widget/Rect[9 9 90 20]/P 10 0 R{more}>>"
    lock = "/Lock<</Type/SigFieldLock/Action/Include/Fields[(name)]>>"
    objects = {
        100: widget.format(kind="Tx", name="name", more=""),
        101: widget.format(kind="Sig", name="office", more=lock),
    }
    form = "/AcroForm<</Fields[100 0 R 101 0 R]/DA(/F 12 Tf)>>"
    document = sealed(
        pdf("/Annots[100 0 R 101 0 R]", root=form, objects=objects), AtField("office"), look=Look(picture())
    )
    assert verdicts(examined(document)) == {}
    filled = appended(document, {100: widget.format(kind="Tx", name="name", more="/V(Somebody)")})
    assert verdicts(examined(filled)) == {"changes": Verdict.INVALID}


def test_what_is_too_intricate_to_be_compared_is_not_called_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty arrays, each of which names the next one twice: there are a million million ways to the last one."""
    doubled = {201 + at: f"[{202 + at} 0 R {202 + at} 0 R]" for at in range(40)} | {241: "7"}
    monkeypatch.setattr("certs.pdf.changes.MOST_VISITS", 20_000)
    document = sealed(sealed(pdf(root="/Odd 201 0 R", objects=doubled)))
    assert verdicts(examined(document)) == {"changes": Verdict.UNSUPPORTED}


def test_so_many_revisions_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certs.pdf.changes._MOST_REVISIONS", 2)
    assert verdicts(examined(sealed(sealed(pdf())))) == {}
    assert verdicts(examined(sealed(sealed(sealed(pdf()))))) == {"changes": Verdict.UNSUPPORTED}
