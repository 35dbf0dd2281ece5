"""Multipart forms as the older platform reads them: every part whole, by its name."""

import re
from typing import Final

_BOUNDARY: Final = re.compile(r"multipart/form-data;.*boundary=\"?([A-Za-z0-9'()+_,./:=?-]{1,70})\"?", re.IGNORECASE)
_NAME: Final = re.compile(rb'content-disposition:[^\r\n]*;\s*name="([^"\r\n]{1,100})"', re.IGNORECASE)
_MOST: Final = 50


def read_parts(content_type: str, body: bytes) -> dict[str, bytes] | None:
    """The parts of a form by name; None if it is none."""
    found = _BOUNDARY.match(content_type)
    if found is None:
        return None
    mark = b"--" + found[1].encode("ascii")
    parts: dict[str, bytes] = {}
    pieces = (b"\r\n" + body).split(b"\r\n" + mark, _MOST)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):  # noqa: PLR2004 - what stands before the first mark, a part
        return None
    for piece in pieces[1:-1]:
        head, blank, content = piece.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not blank or name is None:
            return None
        parts[name[1].decode("utf-8", "replace")] = content
    return parts
