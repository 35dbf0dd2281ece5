"""What documents are, told by their first bytes: a name says nothing."""

from typing import Final

OFD: Final = "application/ofd"
PDF: Final = "application/pdf"
UNTYPED: Final = "application/octet-stream"
"""Of a file of which nobody has told what it is."""

HEAD_BYTES: Final = 1_024
"""How much of a file tells what it is."""

_MARKS: Final = {b"%PDF-": PDF, b"PK\x03\x04": OFD}


def told_by(head: bytes) -> str | None:
    """The media type of a document that begins so; None of anything else.

    Args:
        head: HEAD_BYTES, or more, or all that there is.
    """
    head = head[:HEAD_BYTES]
    for mark, media_type in _MARKS.items():
        if head.startswith(mark):
            return media_type
    for mark, media_type in _MARKS.items():  # some writers leave junk before it
        if mark in head:
            return media_type
    return None
