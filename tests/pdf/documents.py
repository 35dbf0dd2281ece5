"""Small PDF documents, written here: every test says what is in them."""

from collections.abc import Mapping, Sequence
from io import BytesIO

A4 = "[0 0 595 842]"


def pdf(
    *pages: str,
    text: Sequence[str] = ("Licence 1 approved",),
    root: str = "",
    objects: Mapping[int, str | bytes] | None = None,
    trailer: str = "",
    stream: bool = False,
    size: int | None = None,
    padding: int = 0,
) -> bytes:
    """A document of A4 pages with these further entries, each with these lines of text from the top on.

    Args:
        pages: further entries of each page's dictionary; one page without any by default.
        text: lines, 20 units apart from (72, 700) downwards.
        root: further entries of the root.
        objects: further objects by number, from 100 on.
        trailer: further entries of the trailer.
        stream: whether the cross-references are in a stream.
        size: what the trailer says of the number of objects, if not the truth.
        padding: bytes of a stream that nothing refers to.
    """
    pages = pages or ("",)
    lines = " ".join(f"BT /F 12 Tf 72 {700 - 20 * at} Td ({line}) Tj ET" for at, line in enumerate(text))
    kids = " ".join(f"{10 + at} 0 R" for at in range(len(pages)))
    bodies: dict[int, str | bytes] = {
        1: f"<</Type/Catalog/Pages 2 0 R{root}>>",
        2: f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]/MediaBox{A4}>>",
        3: "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        4: f"<</Length {len(lines)}>>\nstream\n{lines}\nendstream",
        **{
            10 + at: f"<</Type/Page/Parent 2 0 R/Resources<</Font<</F 3 0 R>>>>/Contents 4 0 R{more}>>"
            for at, more in enumerate(pages)
        },
        **(objects or {}),
    }
    if padding:
        bodies[90] = b"<</Length %d>>\nstream\n%s\nendstream" % (padding, b"%" * padding)
    out = BytesIO(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    out.seek(0, 2)
    places = {}
    for number, body in sorted(bodies.items()):
        places[number] = out.tell()
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body.encode() if isinstance(body, str) else body))
    start = out.tell()
    count = max(bodies) + 2
    end = f"/Size {size or count}/Root 1 0 R{trailer}"
    if stream:
        places[count - 1] = start
        rows = b"".join(_row(places.get(number)) for number in range(count))
        head = f"{count - 1} 0 obj\n<</Type/XRef/W[1 4 2]/Length {len(rows)}{end}>>\nstream\n"
        out.write(head.encode() + rows + b"\nendstream\nendobj\n")
    else:
        rows = b"".join(_line(places.get(number)) for number in range(count))
        out.write(b"xref\n0 %d\n%strailer\n<<%s>>\n" % (count, rows, end.encode()))
    out.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def _row(place: int | None) -> bytes:
    return b"\x00\x00\x00\x00\x00\xff\xff" if place is None else b"\x01" + place.to_bytes(4, "big") + b"\0\0"


def _line(place: int | None) -> bytes:
    return b"0000000000 65535 f \n" if place is None else b"%010d 00000 n \n" % place


def appended(document: bytes, objects: Mapping[int, str | bytes], trailer: str = "/Size 500/Root 1 0 R") -> bytes:
    """The document with an incremental update, as anybody can write one."""
    previous = document.rindex(b"startxref")
    last = int(document[previous + 9 :].split()[0])
    out = BytesIO(document)
    out.seek(0, 2)
    rows = []
    for number, body in sorted(objects.items()):
        rows.append(b"%d 1\n%010d 00000 n \n" % (number, out.tell()))
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body.encode() if isinstance(body, str) else body))
    start = out.tell()
    out.write(b"xref\n%strailer\n<<%s/Prev %d>>\n" % (b"".join(rows), trailer.encode(), last))
    out.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()
