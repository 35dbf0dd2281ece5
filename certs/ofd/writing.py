"""Writing a package: entries of another one as they stand, and new ones."""

import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, Final

from certs.ofd import directory, paths
from certs.ofd.directory import CENTRAL, DEFLATED, END, LOCAL, STORED, Entry
from certs.ofd.errors import OfdInvalid
from certs.ofd.package import OfdPackage
from gateway.core.clock import CHINA
from gateway.core.text import Text

_FIRST_YEAR: Final = 1980
_VERSION = 20
_REGULAR_FILE = 0o100644 << 16
_TOO_LARGE = Text("签章后的文件将超过 4 GB", "the sealed document would become larger than 4 GB")


class PackageWriter:
    """Writes one archive from its beginning to its end.

    Args:
        out: where to.
        at: the time that new entries bear.
    """

    def __init__(self, out: BinaryIO, at: datetime) -> None:
        self._out = out
        self._size = 0
        self._records: list[bytes] = []
        moment = at.astimezone(CHINA)
        years = max(0, moment.year - _FIRST_YEAR)
        self._date = years << 9 | moment.month << 5 | moment.day
        self._time = moment.hour << 11 | moment.minute << 5 | moment.second // 2

    def copy(self, package: OfdPackage, entry: Entry) -> Iterator[bytes]:
        """Take over an entry, header and packed content byte for byte, while giving its content piece by piece.

        Raises:
            EntryDamaged: it cannot be unpacked.
        """
        start = self._size
        self._write(package.source.read(entry.start, entry.content - entry.start))
        yield from package.pieces(entry, self._write)
        content_end = entry.content + entry.packed
        self._write(package.source.read(content_end, entry.end - content_end))
        record = bytearray(entry.record)
        record[entry.offset_at : entry.offset_at + entry.offset_size] = start.to_bytes(entry.offset_size, "little")
        self._records.append(bytes(record))

    def add(self, path: str, content: bytes, *, packed: bool = True) -> None:
        """A new entry."""
        start, name = self._size, path.encode()
        body, method = content, STORED
        if packed:
            deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
            smaller = deflate.compress(content) + deflate.flush()
            if len(smaller) < len(content):
                body, method = smaller, DEFLATED
        flags = 0 if path.isascii() else paths.UTF8_FLAG
        checksum, lengths = zlib.crc32(content), (len(body), len(content))
        common = (_VERSION, flags, method, self._time, self._date, checksum, *lengths, len(name), 0)
        self._write(LOCAL.pack(directory.LOCAL_SIGNATURE, *common) + name + body)
        fields = (directory.CENTRAL_SIGNATURE, 3 << 8 | _VERSION, *common, 0, 0, 0, _REGULAR_FILE, start)
        self._records.append(CENTRAL.pack(*fields) + name)

    def finish(self) -> None:
        """The list of the entries, and the end."""
        start, count = self._size, len(self._records)
        records = b"".join(self._records)
        self._write(records)
        self._write(END.pack(directory.END_SIGNATURE, 0, 0, count, count, len(records), start, 0))

    def _write(self, data: bytes) -> None:
        self._size += len(data)
        if self._size >= directory.FULL_32:
            raise OfdInvalid(_TOO_LARGE)
        self._out.write(data)
