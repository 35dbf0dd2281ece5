"""Request bodies and queries from plain values; None means that a value is left out."""

import re
import secrets
from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import msgspec

from adapters.kit.plain import FilePart, plain_text, present
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

RequestCharset = Literal["UTF-8", "GB18030"]
_PLACEHOLDER = re.compile(r"\{([A-Za-z0-9_-]+)\}")
_NO_SEGMENTS = frozenset({"", ".", ".."})
Scalar = str | int | float | bool | None
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)")


class Body(msgspec.Struct, frozen=True):
    """The bytes of a request body and the Content-Type that goes with them."""

    content: bytes
    content_type: str

    def __repr__(self) -> str:
        """Type and size only: the content may hold personal data."""
        return f"Body({self.content_type!r}, {len(self.content)} bytes)"


def json_body(values: Mapping[str, object], charset: RequestCharset = "UTF-8") -> Body:
    """A JSON object; members that are None are left out at every depth."""
    content = msgspec.json.encode(present(values))
    if charset != "UTF-8":
        content = content.decode().encode(charset)
    return Body(content, f"application/json; charset={charset}")


def form_body(values: Mapping[str, Scalar], charset: RequestCharset = "UTF-8") -> Body:
    """A URL-encoded form whose escapes are bytes of ``charset``."""
    return Body(_encoded(values, charset).encode("ascii"), f"application/x-www-form-urlencoded; charset={charset}")


def raw_form_body(values: Mapping[str, Scalar], charset: RequestCharset = "UTF-8") -> Body:
    """A form of which nothing is escaped: ``name=value&name=value`` in bytes of ``charset``.

    Raises:
        SystemFailure: INVALID, ours: a value in which an ampersand begins something else than an XML entity: the
            system would take what follows for another field.
    """
    pairs = [f"{name}={plain_text(value)}" for name, value in values.items() if value is not None]
    if any(_AMPERSAND.search(pair) for pair in pairs):
        raise SystemFailure(
            Outcome.INVALID, Fault.OURS, "a value has an ampersand, which this system's forms cannot carry"
        )
    return Body("&".join(pairs).encode(charset), f"application/x-www-form-urlencoded; charset={charset}")


def multipart_body(values: Mapping[str, Scalar | FilePart], charset: RequestCharset = "UTF-8") -> Body:
    """A multipart/form-data body: plain values as fields, files as files; names are ASCII."""
    boundary = secrets.token_hex(16)  # drawn anew each time, so that no file can hold it
    parts: list[bytes] = []
    for name, value in values.items():
        if value is None:
            continue
        field = name.replace('"', "%22")
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"'
        if isinstance(value, FilePart):
            head += f'; filename="{value.name}"\r\nContent-Type: {value.media_type}'
            parts += (f"{head}\r\n\r\n".encode(), value.content, b"\r\n")
        else:
            parts.append(f"{head}\r\n\r\n{plain_text(value)}\r\n".encode(charset))
    parts.append(f"--{boundary}--\r\n".encode())
    return Body(b"".join(parts), f"multipart/form-data; boundary={boundary}")


def fill_path(path: str, values: Mapping[str, object], charset: RequestCharset = "UTF-8") -> tuple[str, set[str]]:
    """``path`` with each ``{name}`` replaced by the value of that name, escaped, and the names that it took.

    Raises:
        SystemFailure: a value is missing (INVALID, ours) or would lead to another path, or is nested.
    """
    taken = set(_PLACEHOLDER.findall(path))
    if not taken:
        return path, taken

    def escaped(match: re.Match[str]) -> str:
        value = values.get(match[1])
        text = "" if value is None else plain_text(value)
        if text in _NO_SEGMENTS:
            raise SystemFailure(Outcome.INVALID, Fault.OURS, f"the path needs a value for {match[1]}")
        return quote(text, safe="", encoding=charset)

    return _PLACEHOLDER.sub(escaped, path), taken


def with_query(url: str, values: Mapping[str, Scalar], charset: RequestCharset = "UTF-8") -> str:
    """``url`` with ``values`` added to its query, escaped as bytes of ``charset``; a fragment is dropped."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, _encoded(values, charset)) if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def _encoded(values: Mapping[str, Scalar], charset: str) -> str:
    pairs = [(name, plain_text(value)) for name, value in values.items() if value is not None]
    return urlencode(pairs, encoding=charset)
