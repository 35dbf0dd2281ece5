"""Certificates and evidence that go into a document, so that its signatures can be verified when nobody is to be asked.

PAdES LT (ETSI EN 319 142-1, 5.4): a dictionary DSS in the document's root. What is there stays there.
"""

from collections.abc import Sequence
from typing import Final

from pyhanko.pdf_utils import generic

from certs.pdf.document import Document, entry, translated
from certs.pdf.update import Update, stream
from certs.x509 import Certificate, Evidence

_CERTIFICATES: Final = "/Certs"
_LISTS: Final = "/CRLs"
_RESPONSES: Final = "/OCSPs"


def prepare_store(document: Document, certificates: Sequence[Certificate], evidence: Evidence) -> bytes:
    """The section that adds these to a document's store, which is made if there is none.

    Raises:
        PdfUnreadable: the store that is there is broken.
    """
    added = {
        _CERTIFICATES: [one.der for one in certificates],
        _LISTS: [one.der for one in evidence.lists],
        _RESPONSES: [one.der for one in evidence.responses],
    }
    with translated():
        update = Update(document)
        root = document.root
        held = entry(root, "/DSS", {"/Type": generic.NameObject("/DSS")})
        store = generic.DictionaryObject(held)
        for key, new in added.items():
            _extend(document, update, store, key, new)
        raw = root.raw_get("/DSS") if "/DSS" in root else None
        if isinstance(raw, generic.IndirectObject):
            update.replace(raw.reference, store)
        else:
            changed = generic.DictionaryObject(root)
            number = update.reserve()
            update.replace(generic.Reference(number, 0, document.reader), store)
            changed["/DSS"] = generic.IndirectObject(number, 0, document.reader)
            update.replace(document.root_reference, changed)
        return update.section()


def _extend(
    document: Document, update: Update, store: generic.DictionaryObject, key: str, new: Sequence[bytes]
) -> None:
    held = entry(store, key, generic.ArrayObject())
    kept = [held.raw_get(place) for place in range(len(held))]
    known = {bytes(one.get_object().data) for one in kept}
    added = [update.add(stream(b"", data)) for data in dict.fromkeys(new) if data not in known]
    kept += [generic.IndirectObject(number, 0, document.reader) for number in added]
    if kept:
        store[key] = generic.ArrayObject(kept)
