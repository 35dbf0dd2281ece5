"""Request bodies and queries from plain values; None means that a value is left out."""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec

RequestCharset = Literal["UTF-8", "GB18030"]
Scalar = str | int | float | bool | None


class Body(msgspec.Struct, frozen=True):
    """The bytes of a request body and the Content-Type that goes with them."""

    content: bytes
    content_type: str

    def __repr__(self) -> str:
        """Type and size only: the content may hold personal data."""
        return f"Body({self.content_type!r}, {len(self.content)} bytes)"


def json_body(values: Mapping[str, object], charset: RequestCharset = "UTF-8") -> Body:
    """A JSON object; members that are None are left out at every depth."""
    content = msgspec.json.encode(_present(values))
    if charset != "UTF-8":
        content = content.decode().encode(charset)
    return Body(content, f"application/json; charset={charset}")


def form_body(values: Mapping[str, Scalar], charset: RequestCharset = "UTF-8") -> Body:
    """A URL-encoded form whose escapes are bytes of ``charset``."""
    return Body(_encoded(values, charset).encode("ascii"), f"application/x-www-form-urlencoded; charset={charset}")


def with_query(url: str, values: Mapping[str, Scalar], charset: RequestCharset = "UTF-8") -> str:
    """``url`` with ``values`` added to its query, escaped as bytes of ``charset``; a fragment is dropped."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, _encoded(values, charset)) if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def _encoded(values: Mapping[str, Scalar], charset: str) -> str:
    pairs = [(name, _text(value)) for name, value in values.items() if value is not None]
    return urlencode(pairs, encoding=charset)


def _text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _present(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _present(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_present(inner) for inner in value]
    return value
