"""What a signature shows on pages: appearances and the widgets that bear them."""

from certs.pdf.geometry import Page
from certs.pdf.picture import SealPicture
from certs.pdf.update import Update, numbers, stream

_MULTIPLIED = b"/ExtGState<</M<</BM/Multiply>>>>"


class Shown:
    """A picture that was put into a document, from which appearances are made."""

    def __init__(self, update: Update, picture: SealPicture) -> None:
        self._update = update
        self._picture = picture
        self._number = picture.add_to(update)

    def slice(self, page: Page, size: tuple[float, float], left: float, width: float) -> int:
        """An appearance of what is ``width`` mm from ``left`` on in it when it is of this size; its object's number."""
        scale = page.scale
        full_width, full_height = size[0] * scale, size[1] * scale
        box = numbers(left * scale, 0, (left + width) * scale, full_height)
        opaque = self._picture.opaque
        states = _MULTIPLIED if opaque else b""
        head = b"/Type/XObject/Subtype/Form/BBox[%s]/Matrix[%s]/Resources<</XObject<</S %d 0 R>>%s>>" % (
            box,
            numbers(*page.upright),
            self._number,
            states,
        )
        drawn = b"q %s%s 0 0 %s 0 0 cm /S Do Q" % (
            b"/M gs " if opaque else b"",
            numbers(full_width),
            numbers(full_height),
        )
        return self._update.add(stream(head, drawn))
