"""The Range of a request (RFC 9110, 14): one range of bytes, or the whole."""

import re

import msgspec

_RANGE = re.compile(r"bytes[ \t]*=[ \t]*([0-9]{0,19})-([0-9]{0,19})[ \t]*", re.IGNORECASE)


class ByteRange(msgspec.Struct, frozen=True):
    """From ``first`` to ``last``, both counted from 0 and given."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """How many bytes that is."""
        return self.last - self.first + 1


class Unsatisfiable(ValueError):
    """A range that lies outside of what there is."""


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """The range that the header asks for of ``size`` bytes, cut to what there is.

    None means the whole: without a header, for units or spellings that are not known, and for several ranges at once,
    which nobody has to serve.

    Raises:
        Unsatisfiable: the range begins after the end, or asks for no bytes at all.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:  # the last so many
        wanted = min(int(match[2]), size)
        if not wanted:
            raise Unsatisfiable
        return ByteRange(size - wanted, size - 1)
    first = int(match[1])
    last = int(match[2]) if match[2] else size - 1
    if match[2] and last < first:
        return None
    if first >= size:
        raise Unsatisfiable
    return ByteRange(first, min(last, size - 1))
