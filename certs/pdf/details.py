"""What a signer says beside the signature."""

import msgspec

from certs.pdf.errors import PdfError
from certs.pdf.update import text_string
from gateway.core.text import Text

LONGEST_DETAIL = 500


class Details(msgspec.Struct, frozen=True):
    """Shown by readers with the signature; the signature covers it.

    Attributes:
        name: of the organisation that seals.
        reason: why.
        location: where.
    """

    name: str | None = None
    reason: str | None = None
    location: str | None = None

    def entries(self) -> bytes:
        """As they stand in the signature's dictionary.

        Raises:
            PdfError: one is longer than 500 characters.
        """
        said = ((b"/Name", self.name), (b"/Reason", self.reason), (b"/Location", self.location))
        if any(text is not None and len(text) > LONGEST_DETAIL for _, text in said):
            raise PdfError(Text("签章说明超过 500 个字符", "a detail of the signature is longer than 500 characters"))
        return b"".join(key + text_string(text) for key, text in said if text is not None)
