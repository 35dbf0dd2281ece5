"""Documents that fuzzing found (`run.py soak fuzz`), made small: each is refused in our own words."""

from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError, PdfReadError

from certs.pdf import PdfUnreadable, bounds, draw_page
from certs.pdf.document import Document
from tests.pdf.documents import pdf


def test_a_page_that_pdfium_does_not_take_for_one_is_not_drawn() -> None:
    with pytest.raises(PdfUnreadable, match="cannot be drawn"):
        draw_page(pdf(objects={10: "<</Type/Annots/Parent 2 0 R>>"}), 1)


def claiming(index: str, widths: str = "1 4 2", rows: bytes = b"") -> bytes:
    """A document with a further section of cross-references in a stream."""
    document = pdf()
    last = int(document[document.rindex(b"startxref") + 9 :].split()[0])
    head = f"90 0 obj\n<</Type/XRef/W[{widths}]/Index[{index}]/Size 99/Root 1 0 R/Prev {last}/Length {len(rows)}>>"
    section = head.encode() + b"\nstream\n" + rows + b"\nendstream\nendobj\n"
    return document + section + b"startxref\n%d\n%%%%EOF\n" % len(document)


@pytest.mark.parametrize(
    ("index", "widths"),
    [
        ("0 999999999", "1 4 2"),
        ("0 1 5 999999998", "1 4 2"),
        ("0 -5 5 10", "1 4 2"),
        ("0 10", "0 0 0"),
        ("0 10", "1 999999999 2"),
    ],
)
def test_cross_references_that_nobody_has_are_refused_before_they_are_made_up(index: str, widths: str) -> None:
    with pytest.raises(PdfUnreadable):
        Document(BytesIO(claiming(index, widths)))


@pytest.mark.parametrize("document", [pdf(), pdf(stream=True), claiming("20 2", rows=bytes(14))])
def test_cross_references_are_counted_over_all_sections(document: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    taking = bounds._Count.take

    def take(count: bounds._Count, more: int) -> None:
        taking(count, more)
        made.append(more)

    monkeypatch.setattr(bounds._Count, "take", take)
    Document(BytesIO(document))
    total = sum(made)
    monkeypatch.setattr("certs.pdf.document.counted", lambda: bounds.counted(total))
    Document(BytesIO(document))
    monkeypatch.setattr("certs.pdf.document.counted", lambda: bounds.counted(total - 1))
    with pytest.raises(PdfUnreadable):
        Document(BytesIO(document))


class Counting(BytesIO):
    """A file that counts how often it is read."""

    reads = 0

    def read(self, size: int | None = -1) -> bytes:
        self.reads += 1
        return super().read(size)


def test_a_number_of_a_million_digits_is_refused_at_its_beginning() -> None:
    stream = Counting(b"1" * 1_000_000)
    with pytest.raises(PdfReadError):
        generic.NumberObject.read_from_stream(stream)
    assert stream.reads == 1


@given(
    st.from_regex(rb"[+-]?[0-9]{1,9}(\.[0-9]{0,9})?", fullmatch=True), st.sampled_from([b"", b" 7", b"]", b"/N", b">>"])
)
def test_numbers_are_read_as_they_were(number: bytes, rest: bytes) -> None:
    stream = BytesIO(number + rest)
    read = generic.NumberObject.read_from_stream(stream)
    assert isinstance(read, generic.FloatObject if b"." in number else generic.NumberObject)
    assert float(read) == float(number)
    assert stream.read() == rest


def outcome(read: Callable[[BytesIO], object], text: bytes) -> object:
    """What was read, what follows it, or how reading failed."""
    stream = BytesIO(text)
    try:
        found = read(stream)
    except PdfError as error:
        return type(error)
    return found, type(found), stream.read()


@settings(deadline=None)
@given(st.text("0123456789abcdefABCDEF \n%>xg", max_size=12).map(str.encode))
@example(b"fffe" + b"41" * 10_000 + b"> 7")
@example(b"4" * 16_384 + b"> 7")
@example(b"4" * 17_000)
def test_strings_of_digits_are_read_as_pyhanko_reads_them(text: bytes) -> None:
    ours, theirs = (outcome(read, b"<" + text) for read in (bounds._hex_string, bounds._read_hex_string))
    assert ours == theirs


def test_a_signature_s_value_is_read_in_few_pieces() -> None:
    stream = Counting(b"<" + b"41" * 100_000 + b">")
    assert len(bounds._hex_string(stream)) == 100_000
    assert stream.reads < 20
