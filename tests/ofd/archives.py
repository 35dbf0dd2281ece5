"""ZIP archives written byte by byte, so that each field can be wrong by itself."""

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

ROOT = b"<OFD/>"


@dataclass
class Part:
    """A file; what is None is as it should be."""

    name: bytes
    content: bytes = b"content"
    method: int = 0
    flags: int = 0
    body: bytes | None = None
    checksum: int | None = None
    local: bytes | None = None
    local_flags: int | None = None
    local_method: int | None = None
    local_sizes: tuple[int, int, int] | None = None
    local_extra: bytes = b""
    signature: bytes = b"PK\x03\x04"
    sizes: tuple[int, int] | None = None
    extra: bytes = b""
    comment: bytes = b""
    disk: int = 0
    offset: int | None = None
    after: bytes = b""
    record_signature: bytes = b"PK\x01\x02"
    wide: Sequence[int] = field(default_factory=tuple)
    """Which of size, packed size and offset (0, 1, 2) are in a ZIP64 field of the list."""


def descriptor(content: bytes, form: str = "<III", signature: bytes = b"PK\x07\x08") -> bytes:
    return signature + struct.pack(form, zlib.crc32(content), len(content), len(content))


def extra(number: int, content: bytes) -> bytes:
    return struct.pack("<HH", number, len(content)) + content


def archive(
    parts: Iterable[Part],
    *,
    before: bytes = b"",
    comment: bytes = b"",
    count: int | None = None,
    here: int | None = None,
    disk: int = 0,
    size: int | None = None,
    offset: int | None = None,
    shifted: bool = False,
    after_list: bytes = b"",
    between: bytes = b"",
    behind: bytes = b"",
    root: bytes = ROOT,
) -> bytes:
    """An archive; ``before`` is junk that the offsets do not count unless ``shifted``."""
    parts = [*parts, Part(b"OFD.xml", root)]
    out, records = bytearray(before), []
    base = 0 if shifted else len(before)
    for part in parts:
        body = part.content if part.body is None else part.body
        checksum = zlib.crc32(part.content) if part.checksum is None else part.checksum
        start = len(out) - base if part.offset is None else part.offset
        name = part.name if part.local is None else part.local
        flags = part.flags if part.local_flags is None else part.local_flags
        method = part.method if part.local_method is None else part.local_method
        sizes = (checksum, len(body), len(part.content)) if part.local_sizes is None else part.local_sizes
        header = (part.signature, 20, flags, method, 0, 0, *sizes, len(name), len(part.local_extra))
        out += struct.pack("<4sHHHHHIIIHH", *header) + name + part.local_extra + body + part.after
        packed, unpacked = (len(body), len(part.content)) if part.sizes is None else part.sizes
        numbers = [unpacked, packed, start]
        wide = b"".join(struct.pack("<Q", numbers[place]) for place in part.wide)
        for place in part.wide:
            numbers[place] = 0xFFFFFFFF
        fields = (extra(1, wide) if wide else b"") + part.extra
        record = (20, 20, part.flags, part.method, 0, 0, checksum, numbers[1], numbers[0], len(part.name), len(fields))
        records.append(
            struct.pack("<4sHHHHHHIIIHH", part.record_signature, *record)
            + struct.pack("<HHHII", len(part.comment), part.disk, 0, 0, numbers[2])
            + part.name
            + fields
            + part.comment
        )
    out += between
    start = len(out) - base if offset is None else offset
    directory = b"".join(records) + after_list
    total = len(parts) if count is None else count
    end = (disk, 0, total if here is None else here, total, len(directory) if size is None else size, start)
    return bytes(out) + directory + behind + struct.pack("<4sHHHHIIH", b"PK\x05\x06", *end, len(comment)) + comment


def wide_end(count: int, size: int, offset: int, place: int | None = None, **other: int | bytes) -> bytes:
    """The end of a ZIP64 archive: its record and the locator of that."""
    values = {"signature": b"PK\x06\x06", "length": 44, "disk": 0, "here": count, "locator_disk": 0, "disks": 1} | other
    return struct.pack(
        "<4sQHHIIQQQQ",
        values["signature"],
        values["length"],
        45,
        45,
        values["disk"],
        0,
        values["here"],
        count,
        size,
        offset,
    ) + struct.pack(
        "<4sIQI",
        b"PK\x06\x07",
        values["locator_disk"],
        offset + size if place is None else place,
        values["disks"],
    )
