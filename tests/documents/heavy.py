"""Works on a large document in a process of its own, and says by how many MB its memory grew at the most."""

import os
import resource
import sys
import zipfile
from pathlib import Path

from tests.documents import shop
from tests.ofd import world

PIECE, PIECES = 4 << 20, 16


def large_ofd(file: Path, pieces: int = PIECES) -> None:
    """Two pages, and pictures that do not pack, of 4 MiB each: 64 MiB unless told otherwise."""
    pages = [world.text("Licence 1 approved"), world.text("Seal here", y=80)]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in world.document(*pages).items():
            package.writestr(name, content)
        for number in range(pieces):
            package.writestr(f"Doc_0/Res/{number}.jb2", os.urandom(PIECE), compresslevel=0)


def large_pdf(file: Path, pieces: int = PIECES) -> None:
    """Pages with a picture of 4 MiB each."""
    places, out = {}, file.open("wb")
    with out:
        out.write(b"%PDF-1.7\n")

        def put(number: int, body: bytes) -> None:
            places[number] = out.tell()
            out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))

        kids = b" ".join(b"%d 0 R" % (100 + number) for number in range(pieces))
        put(1, b"<</Type/Catalog/Pages 2 0 R>>")
        put(2, b"<</Type/Pages/Count %d/MediaBox[0 0 595 842]/Kids[%s]>>" % (pieces, kids))
        head = b"<</Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Length %d>>"
        for number in range(pieces):
            image = 200 + number
            put(100 + number, b"<</Type/Page/Parent 2 0 R/Resources<</XObject<</I %d 0 R>>>>>>" % image)
            put(image, b"%s\nstream\n%s\nendstream" % (head % PIECE, os.urandom(PIECE)))
        start = out.tell()
        out.write(b"xref\n0 1\n0000000000 65535 f \n")
        for number, place in sorted(places.items()):
            out.write(b"%d 1\n%010d 00000 n \n" % (number, place))
        out.write(b"trailer\n<</Size 300/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start)


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def main(folder: Path, kind: str) -> None:
    for file in shop.documents(folder):  # what is loaded once is not the document's
        assert shop.compared(file, shop.sealed(file, folder / "out")).verdict.value == "VALID"
    source = folder / "large"
    (large_ofd if kind == "ofd" else large_pdf)(source)
    before = peak()
    shop.sealed(source, folder / "out")
    assert shop.compared(source, folder / "out").verdict.value == "VALID"
    print(peak() - before)  # noqa: T201 # for whoever started this


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
