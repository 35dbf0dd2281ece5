"""Requests of this family: credentials in a head, parameters in data; unknown fields are ignored."""

from typing import Any
from unicodedata import category

import msgspec

from adapters.sandbox.cert_share.replies import Refused
from adapters.sandbox.world.model import ORGANISATION, RESIDENT

DOCUMENT_TYPES = {
    RESIDENT: "A01",
    "414": "A04",
    "511": "A05",
    ORGANISATION: "B01",
    "999": "Z99",
}
"""This family's codes of identity document types, by the canonical ones."""

CAUSE_MOST = 200
"""Characters of a cause; a longer one counts as missing."""

_TEXT_MOST = 400
_UNWRITABLE = frozenset({"Cc", "Cs", "Cn"})


class ShareRequest(msgspec.Struct, frozen=True):
    """A request as it came."""

    head: dict[str, Any]
    data: dict[str, Any]

    def text(self, name: str) -> str:
        """A parameter, empty if it is missing; raises Refused 99 if it is no printable text or far too long."""
        return _text(self.data, name)

    def credential(self, name: str) -> str:
        """A field of the head, empty if it is missing; raises Refused 99 if it is no printable text or far too long."""
        return _text(self.head, name)

    def required(self, name: str) -> str:
        """A parameter that must not be empty; raises Refused 12."""
        value = self.text(name)
        if not value:
            raise Refused(12)
        return value

    def cause(self, name: str = "useCause") -> str:
        """What the certificate is used for; raises Refused 12 if it is missing or too long."""
        value = self.required(name)
        if len(value) > CAUSE_MOST:
            raise Refused(12)
        return value

    def holder_type(self) -> str:
        """The canonical type of ``holderTypeCode``; raises Refused 103 for a code that is not in the table."""
        code = self.required("holderTypeCode")
        for canonical, own in DOCUMENT_TYPES.items():
            if own == code:
                return canonical
        raise Refused(103)


def read_request(raw: bytes) -> ShareRequest:
    """The request in ``raw``; raises Refused 99."""
    try:
        return msgspec.json.decode(raw, type=ShareRequest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(99) from None


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _TEXT_MOST:
        raise Refused(99)
    # a cause goes into XML, which has no place for these
    if any(category(character) in _UNWRITABLE for character in value):
        raise Refused(99)
    return value.strip()
