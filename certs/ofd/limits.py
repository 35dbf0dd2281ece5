"""How large a document may be; what is larger is refused before it is unpacked."""

from typing import Final

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of a package.

    Attributes:
        archive: bytes of the file.
        entries: files and folders in it.
        directory: bytes of the list of its files.
        entry: bytes of one file, unpacked.
        total: bytes of all files together, unpacked.
        ratio: how many times its packed size a file may be, once it is larger than ``free``.
        free: bytes up to which a file may be packed as tightly as it likes.
        xml: bytes of one XML file.
        elements: XML elements of one file that is read as a tree.
        depth: XML elements inside one another.
        glyphs: characters in which a keyword is looked for, on one page.
        text: bytes of XML that are gone through for keywords, or for the files that a document uses.
        documents: documents in one file.
        signatures: signatures of one document.
        references: files that one signature protects.
        description: bytes of one Signature.xml.
    """

    archive: int = 1 << 30
    entries: int = 20_000
    directory: int = 16 << 20
    entry: int = 512 << 20
    total: int = 2 << 30
    ratio: int = 200
    free: int = 16 << 20
    xml: int = 32 << 20
    elements: int = 200_000
    depth: int = 64
    glyphs: int = 200_000
    text: int = 128 << 20
    documents: int = 16
    signatures: int = 64
    references: int = 20_000
    description: int = 8 << 20


LIMITS: Final = Limits()
"""What is used unless something else is asked for: room for a document of 500 scanned pages."""
