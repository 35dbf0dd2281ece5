"""The list of files at the end of a ZIP archive, read strictly: every reader must find the same files in it.

What differs between readers is refused: two names for one place, entries that overlap or hide between others, sizes
and names that the list and the entry itself give differently, a list that does not reach the end of the file. Taken as
they are: bytes before the archive, ZIP64, names without the UTF-8 flag, data descriptors.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from certs.ofd import paths
from certs.ofd.errors import OfdInvalid
from certs.ofd.limits import Limits
from certs.ofd.sources import Source
from gateway.core.text import Text

STORED: Final = 0
DEFLATED: Final = 8
LOCAL: Final = struct.Struct("<4sHHHHHIIIHH")
CENTRAL: Final = struct.Struct("<4sHHHHHHIIIHHHHHII")
END: Final = struct.Struct("<4sHHHHIIH")
LOCAL_SIGNATURE: Final = b"PK\x03\x04"
CENTRAL_SIGNATURE: Final = b"PK\x01\x02"
END_SIGNATURE: Final = b"PK\x05\x06"
OFFSET_FIELD: Final = 42
FULL_32: Final = 0xFFFFFFFF

_END_64 = struct.Struct("<4sQHHIIQQQQ")
_LOCATOR_64 = struct.Struct("<4sIQI")
_DESCRIPTOR_SIGNATURE = b"PK\x07\x08"
_LONGEST_COMMENT = 0xFFFF
_FULL_16 = 0xFFFF
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_PATCHED = 0x0020
_DESCRIPTOR_FOLLOWS = 0x0008
_ZIP64 = 0x0001

_NO_ARCHIVE = Text("文件不是 OFD（不是完整的 ZIP 包）", "the file is no OFD document (no complete ZIP archive)")
_TOO_LARGE = Text("文件超过允许的大小", "the file is larger than is allowed")
_TOO_MANY = Text("压缩包内文件过多", "the package holds too many files")
_INCONSISTENT = Text("压缩包目录自相矛盾或已损坏", "the package's list of files contradicts itself or is damaged")
_ENCRYPTED_TEXT = Text("压缩包已加密", "the package is encrypted")
_METHOD = Text("压缩包使用了不支持的压缩方法", "the package is packed in a way that is not supported")
_BOMB = Text("压缩包解压后过大", "the package would become too large when unpacked")
_TWICE = Text("压缩包内有重名文件", "the package holds two files of the same name")
_HIDDEN = Text("压缩包内有目录未列出的文件", "the package hides a file that its list does not name")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A file or folder of the package.

    Attributes:
        path: from the package's root.
        is_folder: whether it is a folder; then it has no content.
        method: how it is packed.
        checksum: the CRC-32 of its content.
        packed: its bytes in the package.
        size: its bytes unpacked.
        start: where its header begins in the file.
        content: where its content begins.
        end: where it ends, a data descriptor included.
        record: its record in the list, as it stands.
        offset_at: where in the record its place is written.
        offset_size: in how many bytes.
    """

    path: str
    is_folder: bool
    method: int
    checksum: int
    packed: int
    size: int
    start: int
    content: int
    end: int
    record: bytes
    offset_at: int
    offset_size: int


class _Listed(msgspec.Struct, frozen=True):
    """What the list says of an entry."""

    raw_name: bytes
    path: str
    is_folder: bool
    flags: int
    method: int
    checksum: int
    packed: int
    size: int
    start: int
    record: bytes
    offset_at: int
    offset_size: int


def read_directory(source: Source, limits: Limits) -> Sequence[Entry]:
    """The entries in the order of the list.

    Raises:
        OfdInvalid: it is no archive, one that readers understand differently, or one beyond the limits.
    """
    if source.size > limits.archive:
        raise OfdInvalid(_TOO_LARGE)
    count, start, size, shift = _end(source)
    if count > limits.entries or size > limits.directory:
        raise OfdInvalid(_TOO_MANY)
    listed = _listed(source.read(start, size), count, shift)
    _check_sizes(listed, limits)
    entries = [_entry(source, one, start) for one in listed]
    _check_places(source, entries, start)
    return entries


def _end(source: Source) -> tuple[int, int, int, int]:
    """How many entries the list has, where it is, how long it is, and how far everything is from where it says."""
    length = min(source.size, END.size + _LONGEST_COMMENT)
    tail = source.read(source.size - length, length)
    at = tail.rfind(END_SIGNATURE)
    if at < 0 or len(tail) - at < END.size:
        raise OfdInvalid(_NO_ARCHIVE)
    _, disk, first_disk, here, count, size, offset, comment = END.unpack_from(tail, at)
    if at + END.size + comment != len(tail):
        raise OfdInvalid(_NO_ARCHIVE)
    end = source.size - length + at
    if (locator := _locator(source, end)) is not None:
        end = end - _LOCATOR_64.size - _END_64.size
        wide = _end_64(source, end)
        for narrow, full, value in (
            (here, _FULL_16, wide[0]),
            (count, _FULL_16, wide[1]),
            (size, FULL_32, wide[2]),
            (offset, FULL_32, wide[3]),
        ):
            if narrow not in {full, value}:
                raise OfdInvalid(_INCONSISTENT)
        here, count, size, offset = wide
        if locator > end:
            raise OfdInvalid(_INCONSISTENT)
    start = end - size
    if disk or first_disk or here != count or start < offset:
        raise OfdInvalid(_INCONSISTENT)
    return count, start, size, start - offset


def _locator(source: Source, end: int) -> int | None:
    if end < _LOCATOR_64.size:
        return None
    found = source.read(end - _LOCATOR_64.size, _LOCATOR_64.size)
    signature, disk, offset, disks = _LOCATOR_64.unpack(found)
    if signature != b"PK\x06\x07":
        return None
    if disk or disks > 1 or end < _LOCATOR_64.size + _END_64.size:
        raise OfdInvalid(_INCONSISTENT)
    return int(offset)


def _end_64(source: Source, start: int) -> tuple[int, int, int, int]:
    signature, length, _, _, disk, first_disk, here, count, size, offset = _END_64.unpack(
        source.read(start, _END_64.size)
    )
    # A longer record (with somebody's own data) would begin earlier; nobody is known to write one.
    if signature != b"PK\x06\x06" or length != _END_64.size - 12 or disk or first_disk:
        raise OfdInvalid(_INCONSISTENT)
    return here, count, size, offset


def _listed(directory: bytes, count: int, shift: int) -> Sequence[_Listed]:
    found, at, seen = [], 0, set[str]()
    for _ in range(count):
        if len(directory) - at < CENTRAL.size:
            raise OfdInvalid(_INCONSISTENT)
        fields = CENTRAL.unpack_from(directory, at)
        end = at + CENTRAL.size + sum(fields[10:13])
        if fields[0] != CENTRAL_SIGNATURE or end > len(directory):
            raise OfdInvalid(_INCONSISTENT)
        one = _listed_one(directory[at:end], fields, shift)
        key = paths.folded(one.path)
        if key in seen:
            raise OfdInvalid(_TWICE)
        seen.add(key)
        found.append(one)
        at = end
    if at != len(directory):
        raise OfdInvalid(_INCONSISTENT)
    return found


def _listed_one(record: bytes, fields: tuple[int, ...], shift: int) -> _Listed:
    flags, method, checksum, packed, size, name_length, extra_length = (
        fields[3],
        fields[4],
        fields[7],
        fields[8],
        fields[9],
        fields[10],
        fields[11],
    )
    offset, name_end = fields[16], CENTRAL.size + name_length
    raw_name = record[CENTRAL.size : name_end]
    extras = _extras(record[name_end : name_end + extra_length], name_end)
    offset_at, offset_size = OFFSET_FIELD, 4
    if FULL_32 in {packed, size, offset}:
        content, content_at = extras.get(_ZIP64, (b"", 0))
        wide = _Wide(content)
        size = wide.take(size)
        packed = wide.take(packed)
        if offset == FULL_32:
            offset_at, offset_size = content_at + wide.at, 8
            offset = wide.take(offset)
    if flags & _ENCRYPTED:
        raise OfdInvalid(_ENCRYPTED_TEXT)
    if method not in {STORED, DEFLATED} or flags & _PATCHED or fields[13]:
        raise OfdInvalid(_METHOD)
    if method == STORED and packed != size:
        raise OfdInvalid(_INCONSISTENT)
    name = paths.decode_name(raw_name, flags, extras.get(paths.UNICODE_PATH, (None, 0))[0])
    path, is_folder = paths.clean(name), name.endswith(("/", "\\"))
    if not path or (is_folder and size):
        raise OfdInvalid(_INCONSISTENT)
    return _Listed(
        raw_name,
        path,
        is_folder,
        flags,
        method,
        checksum,
        packed,
        size,
        offset + shift,
        record,
        offset_at,
        offset_size,
    )


class _Wide:
    """The 64-bit numbers of the extra field, in their order."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.at = 0

    def take(self, narrow: int) -> int:
        """The next number if the narrow field is full, else the narrow field's."""
        if narrow != FULL_32:
            return narrow
        number = self._content[self.at : self.at + 8]
        if len(number) != 8:  # noqa: PLR2004 # 64 bits
            raise OfdInvalid(_INCONSISTENT)
        self.at += 8
        return int.from_bytes(number, "little")


def _extras(data: bytes, start: int) -> Mapping[int, tuple[bytes, int]]:
    """The extra fields by number, the first of each, with the place of its content in the record."""
    found: dict[int, tuple[bytes, int]] = {}
    at = 0
    while len(data) - at >= 4:  # noqa: PLR2004 # fewer bytes are padding, which some tools write
        number, length = struct.unpack_from("<HH", data, at)
        if at + 4 + length > len(data):
            raise OfdInvalid(_INCONSISTENT)
        found.setdefault(number, (data[at + 4 : at + 4 + length], start + at + 4))
        at += 4 + length
    return found


def _check_sizes(listed: Sequence[_Listed], limits: Limits) -> None:
    total = 0
    for one in listed:
        total += one.size
        if (
            one.size > limits.entry
            or total > limits.total
            or (one.size > limits.free and one.size > limits.ratio * one.packed)
        ):
            raise OfdInvalid(_BOMB)


def _entry(source: Source, listed: _Listed, directory: int) -> Entry:
    start, name = listed.start, listed.raw_name
    if start + LOCAL.size + len(name) > directory:
        raise OfdInvalid(_INCONSISTENT)
    header = source.read(start, LOCAL.size + len(name))
    signature, _, flags, method, _, _, checksum, packed, size, name_length, extra_length = LOCAL.unpack_from(header)
    agreed = _ENCRYPTED | _DESCRIPTOR_FOLLOWS | (0 if name.isascii() else paths.UTF8_FLAG)
    if (
        signature != LOCAL_SIGNATURE
        or method != listed.method
        or (flags ^ listed.flags) & agreed
        or name_length != len(name)
        or header[LOCAL.size :] != name
    ):
        raise OfdInvalid(_INCONSISTENT)
    content = start + len(header) + extra_length
    end = content + listed.packed
    if end > directory:
        raise OfdInvalid(_INCONSISTENT)
    if flags & _DESCRIPTOR_FOLLOWS:
        end += _descriptor(source, listed, end, directory)
        unknown = {0, FULL_32}
    else:
        unknown = {FULL_32} if _ZIP64 in _extras(source.read(start + len(header), extra_length), 0) else set()
    for said, known in ((checksum, listed.checksum), (packed, listed.packed), (size, listed.size)):
        if said != known and said not in unknown:
            raise OfdInvalid(_INCONSISTENT)
    return Entry(
        path=listed.path,
        is_folder=listed.is_folder,
        method=listed.method,
        checksum=listed.checksum,
        packed=listed.packed,
        size=listed.size,
        start=start,
        content=content,
        end=end,
        record=listed.record,
        offset_at=listed.offset_at,
        offset_size=listed.offset_size,
    )


def _descriptor(source: Source, listed: _Listed, at: int, directory: int) -> int:
    """How long the data descriptor at this place is: its signature may be missing, its sizes may be wide."""
    found = source.read(at, min(24, directory - at))
    for signature in (_DESCRIPTOR_SIGNATURE, b""):
        for form in ("<III", "<IQQ"):
            expected = signature + struct.pack(form, listed.checksum, listed.packed & _mask(form), listed.size)
            if found.startswith(expected):
                return len(expected)
    raise OfdInvalid(_INCONSISTENT)


def _mask(form: str) -> int:
    return FULL_32 if form == "<III" else (1 << 64) - 1


def _check_places(source: Source, entries: Sequence[Entry], directory: int) -> None:
    """No two entries share a byte, and nothing between them looks like one more."""
    at = 0
    for start, end in [*sorted((entry.start, entry.end) for entry in entries), (directory, directory)]:
        if start < at:
            raise OfdInvalid(_INCONSISTENT)
        if start - at >= len(LOCAL_SIGNATURE) and source.read(at, len(LOCAL_SIGNATURE)) == LOCAL_SIGNATURE:
            raise OfdInvalid(_HIDDEN)
        at = end
