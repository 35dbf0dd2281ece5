"""Blocks between BEGIN and END (RFC 7468), as many as a file has."""

import base64
import binascii
import re
from collections.abc import Sequence

from certs.x509.asn1 import DerInvalid

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----\s([A-Za-z0-9+/=\s]*)-----END \1-----")


def read_blocks(data: bytes, labels: Sequence[str], *, longest: int, most: int) -> Sequence[bytes]:
    """The contents of the blocks with one of these labels, in order; at least one.

    Raises:
        DerInvalid: the data are longer than ``longest`` bytes, have no such block or more than ``most``, or a block is
            not base64.
    """
    if len(data) > longest:
        raise DerInvalid(f"the data are longer than {longest} bytes")
    contents: list[bytes] = []
    for found in _BLOCK.finditer(data):
        if found[1].decode() in labels:
            if len(contents) == most:
                raise DerInvalid(f"there are more than {most} blocks {labels[0]}")
            try:
                contents.append(base64.b64decode(b"".join(found[2].split()), validate=True))
            except binascii.Error:
                raise DerInvalid(f"a block {labels[0]} is not base64") from None
    if not contents:
        raise DerInvalid(f"there is no block {labels[0]}")
    return contents
