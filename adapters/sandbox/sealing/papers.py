"""Documents that a dishonest platform gives for others: an invented one, and one with a page that was changed."""

import io
import re
import zipfile
from typing import Final

_OFD: Final = b"PK"
_BOX: Final = re.compile(rb"/MediaBox\s*\[\s*[0-9.]+\s+[0-9.]+\s+([0-9]+)")
_DIGIT: Final = re.compile(rb"(TextCode[^>]*>[^<0-9]*)([0-9])")
_PAGE: Final = re.compile(r".*Pages?/.*\.xml", re.IGNORECASE)
_NAMESPACE: Final = "http://www.ofdspec.org/2016"


def is_ofd(document: bytes) -> bool:
    """Whether it is an OFD document, and else a PDF."""
    return document.startswith(_OFD)


def other_document(document: bytes) -> bytes:
    """Another document of the same kind."""
    return _ofd() if is_ofd(document) else _pdf()


def changed_page(document: bytes) -> bytes:
    """The document with a change in a page that no reader would notice at once."""
    return _changed_ofd(document) if is_ofd(document) else _changed_pdf(document)


def _changed_ofd(document: bytes) -> bytes:
    out = io.BytesIO()
    changed = False
    with zipfile.ZipFile(io.BytesIO(document)) as read, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as write:
        for info in read.infolist():
            content = read.read(info)
            if not changed and _PAGE.fullmatch(info.filename):
                other = _DIGIT.sub(_next_digit, content, count=1)
                # where no digit is written, a comment changes the bytes that are protected and nothing that shows
                content, changed = other if other != content else content.rstrip() + b"<!-- changed -->", True
            write.writestr(info, content)
    return out.getvalue()


def _next_digit(found: re.Match[bytes]) -> bytes:
    return found[1] + b"%d" % ((int(found[2]) + 1) % 10)


def _changed_pdf(document: bytes) -> bytes:
    found = _BOX.search(document)
    if found is None:
        return _pdf()
    at = found.end(1) - 1
    digit = b"0123456789"[(document[at] - ord("0") + 1) % 10]
    return document[:at] + bytes([digit]) + document[at + 1 :]


def _ofd() -> bytes:
    files = {
        "OFD.xml": f'<ofd:OFD xmlns:ofd="{_NAMESPACE}" Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo>'
        "<ofd:DocID>00000000000000000000000000000001</ofd:DocID></ofd:DocInfo>"
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f'<ofd:Document xmlns:ofd="{_NAMESPACE}"><ofd:CommonData><ofd:MaxUnitID>2</ofd:MaxUnitID>'
        "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData>"
        '<ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>',
        "Doc_0/Pages/Page_0/Content.xml": f'<ofd:Page xmlns:ofd="{_NAMESPACE}"/>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in files.items():
            package.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return out.getvalue()


def _pdf() -> bytes:
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>",
    )
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, text)
    start = len(out)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(objects) + 1, rows)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)
