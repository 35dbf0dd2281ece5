"""Reading text whose label may lie: bytes are believed, labels are not."""

import re
from codecs import getincrementaldecoder
from typing import Literal

from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

CharsetPolicy = Literal["sniff", "UTF-8", "GB18030"]

_UTF8_MARK = b"\xef\xbb\xbf"
_GB18030_MARK = b"\x84\x31\x95\x33"
_PIECE = 1 << 20
_LABEL = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9._-]{1,40})", re.IGNORECASE)


def to_text(body: bytes, content_type: str | None, policy: CharsetPolicy) -> str:
    """The text of ``body`` without its byte-order mark.

    A UTF-8 mark decides by itself. Otherwise ``sniff`` takes bytes that are valid UTF-8 for UTF-8 and the rest for
    GB18030 (of which GBK and GB2312 are parts), because Chinese text in GB18030 is practically never valid UTF-8,
    while prologs and Content-Types claim either encoding over either kind of bytes. The other policies take the
    named encoding. Decoding is strict: a reply is never repaired by guessing.

    Args:
        body: the bytes as they came.
        content_type: the Content-Type header, named in the failure and not believed.
        policy: the manifest's word.

    Raises:
        SystemFailure: UPSTREAM_FAULT, theirs: the bytes are not text in the encodings that the policy allows.
    """
    if body.startswith(_UTF8_MARK):
        return _strict(body[len(_UTF8_MARK) :], "UTF-8", content_type)
    if policy != "sniff":
        return _strict(_unmarked(body, policy), policy, content_type)
    try:
        return body.decode()
    except UnicodeDecodeError:
        return _strict(_unmarked(body, "GB18030"), "GB18030", content_type, tried="neither UTF-8 nor GB18030")


def to_utf8(body: bytes, content_type: str | None, policy: CharsetPolicy) -> bytes:
    """The text of ``body`` as UTF-8 without a mark; what already is that comes back uncopied. Else as ``to_text``."""
    if body.isascii():
        return body
    if body.startswith(_UTF8_MARK):
        plain = body[len(_UTF8_MARK) :]
        return plain if _is_utf8(plain) else to_text(body, content_type, policy).encode()
    if policy != "GB18030" and _is_utf8(body):
        return body
    return to_text(body, content_type, policy).encode()


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _unmarked(body: bytes, encoding: str) -> bytes:
    return body.removeprefix(_GB18030_MARK) if encoding == "GB18030" else body


def _by_pieces(body: bytes, encoding: str) -> str:
    """The text of a body that is a document, decoded in pieces so that other threads have their turn between them."""
    decoder = getincrementaldecoder(encoding)()
    texts = [decoder.decode(body[start : start + _PIECE]) for start in range(0, len(body), _PIECE)]
    return "".join((*texts, decoder.decode(b"", final=True)))


def _strict(body: bytes, encoding: str, content_type: str | None, tried: str | None = None) -> str:
    try:
        return body.decode(encoding) if len(body) <= _PIECE else _by_pieces(body, encoding)
    except UnicodeDecodeError as error:
        label = _LABEL.search(content_type or "")
        labelled = f" (labelled {label[1]})" if label else ""
        what = tried or f"not {encoding}"
        raise SystemFailure(Outcome.UPSTREAM_FAULT, Fault.THEIRS, f"the answer is {what}{labelled}") from error
