"""The list of a package's files: what real archives do is read, what two readers may understand differently is not."""

import io
import struct
import zipfile
import zlib

import pytest

from certs.ofd import LIMITS, Limits, OfdInvalid, OfdPackage
from tests.ofd.archives import Part, archive, descriptor, extra, wide_end

GBK = "签章/说明.xml".encode("gb18030")
UTF8 = "签章/说明.xml".encode()
PLAIN = Part(b"a.xml")
DEFLATED = zlib.compress(b"content", wbits=-15)


def paths(data: bytes, limits: Limits = LIMITS) -> list[str]:
    """Every path of the package, all content having been read."""
    with OfdPackage.open(data, limits) as package:
        for entry in package.files:
            assert b"".join(package.pieces(entry)) in {b"content", b"<OFD/>"}
        return [entry.path for entry in package.entries][:-1]


def refused(data: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(OfdInvalid) as caught, OfdPackage.open(data, limits):
        pass
    assert caught.value.reason.zh
    return str(caught.value)


@pytest.mark.parametrize(
    ("part", "path"),
    [
        (Part(GBK), "签章/说明.xml"),
        (Part(UTF8), "签章/说明.xml"),
        (Part(UTF8, flags=0x0800), "签章/说明.xml"),
        (Part(b"?", extra=extra(0x7075, b"\x01" + struct.pack("<I", zlib.crc32(b"?")) + UTF8)), "签章/说明.xml"),
        (Part(b"b.xml", extra=extra(0x7075, b"\x01" + struct.pack("<I", 7) + UTF8)), "b.xml"),
        (Part(b"b.xml", extra=extra(0x7075, b"\x01")), "b.xml"),
        (Part(b"Doc_0\\Pages\\a.xml"), "Doc_0/Pages/a.xml"),
        (Part(b"/Doc_0//./a.xml"), "Doc_0/a.xml"),
        (Part(b"Doc_0/", content=b""), "Doc_0"),
        (Part(b"a.xml", method=8, body=DEFLATED), "a.xml"),
        (Part(b"a.xml", extra=b"\0\0\0", local_extra=b"\1\2\3", comment=b"said"), "a.xml"),
        (Part(b"a.xml", flags=8, local_sizes=(0, 0, 0), after=descriptor(b"content")), "a.xml"),
        (Part(b"a.xml", flags=8, local_sizes=(0, 0, 0), after=descriptor(b"content", signature=b"")), "a.xml"),
        (Part(b"a.xml", flags=8, local_sizes=(0, 0, 0), after=descriptor(b"content", "<IQQ")), "a.xml"),
        (Part(b"a.xml", flags=8, local_sizes=(0, 0, 0), after=descriptor(b"content", "<IQQ", b"")), "a.xml"),
        (Part(b"a.xml", wide=(0, 1, 2)), "a.xml"),
        (Part(b"a.xml", wide=(2,)), "a.xml"),
        (Part(b"a.xml", wide=(0, 1), local_sizes=(zlib.crc32(b"content"), 2**32 - 1, 2**32 - 1),
              local_extra=extra(1, struct.pack("<QQ", 7, 7))), "a.xml"),
        (Part(b"a.xml", after=b"padding"), "a.xml"),
        (Part(b"a.xml", after=b"PK"), "a.xml"),
    ],
    ids=[
        "gbk", "utf-8-unmarked", "utf-8-marked", "unicode-path", "unicode-path-of-another-name", "unicode-path-cut",
        "backslashes", "absolute", "folder", "deflated", "padded-extras", "descriptor", "descriptor-unmarked",
        "descriptor-wide", "descriptor-wide-unmarked", "zip64", "zip64-offset", "zip64-local", "gap", "small-gap",
    ],
)  # fmt: skip
def test_what_real_archives_do_is_read(part: Part, path: str) -> None:
    assert paths(archive([part])) == [path]


@pytest.mark.parametrize("shifted", [False, True], ids=["offsets-from-the-archive", "offsets-from-the-file"])
def test_bytes_before_the_archive_and_its_comment_are_passed_over(shifted: bool) -> None:
    assert paths(archive([PLAIN], before=b"junk of a printer", comment=b"made somewhere", shifted=shifted)) == ["a.xml"]


def test_zip64_of_another_writer_is_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        with package.open("a.xml", "w", force_zip64=True) as file:
            file.write(b"content")
        package.writestr("OFD.xml", b"<OFD/>")
    assert paths(out.getvalue()) == ["a.xml"]


def wide(count: int = 2, change: dict[str, int | bytes] | None = None, **narrow: int) -> bytes:
    """A ZIP64 archive with every number of its end in the wide record, unless said otherwise."""
    plain = archive([PLAIN])
    size, offset = struct.unpack_from("<II", plain, len(plain) - 10)
    wrong = dict(change or {})
    end = wide_end(count, int(wrong.pop("size", size)), offset, **wrong)  # type: ignore[arg-type]
    values = {"count": 0xFFFF, "size": 2**32 - 1, "offset": 2**32 - 1} | narrow
    return archive([PLAIN], behind=end, **values)  # type: ignore[arg-type]


def test_the_wide_end_counts_where_the_narrow_one_is_full() -> None:
    assert paths(wide()) == ["a.xml"]


@pytest.mark.parametrize(
    "data",
    [
        wide(change={"signature": b"PK\x06\x05"}),
        wide(change={"length": 45}),
        wide(change={"disk": 1}),
        wide(change={"here": 1}),
        wide(change={"locator_disk": 1}),
        wide(change={"disks": 2}),
        wide(change={"place": 1 << 40}),
        wide(change={"size": 1 << 40}),
        wide(offset=3),
        b"PK\x06\x07" + struct.pack("<IQI", 0, 0, 1) + archive([])[-22:],
    ],
    ids=[
        "signature", "length", "disk", "count", "locator-disk", "disks", "place", "size", "narrow-differs", "no-record"
    ],
)  # fmt: skip
def test_a_broken_wide_end_is_refused(data: bytes) -> None:
    assert "contradicts" in refused(data)


@pytest.mark.parametrize(
    "part",
    [
        Part(b"a.xml", local=b"b.xml"),
        Part(b"a.xml", local=b"aa.xml"),
        Part(b"a.xml", local_flags=8),
        Part(UTF8, flags=0x0800, local_flags=0),
        Part(b"a.xml", local_method=8),
        Part(b"a.xml", signature=b"PK\x03\x05"),
        Part(b"a.xml", local_sizes=(0, 0, 0)),
        Part(b"a.xml", local_sizes=(1, 7, 7)),
        Part(b"a.xml", local_sizes=(zlib.crc32(b"content"), 2**32 - 1, 7)),
        Part(b"a.xml", flags=8, local_sizes=(0, 0, 9), after=descriptor(b"content")),
        Part(b"a.xml", flags=8, after=descriptor(b"kontent")),
        Part(b"a.xml", sizes=(7, 8)),
        Part(b"a.xml", method=8, body=DEFLATED, sizes=(1 << 20, 7)),
        Part(b"a.xml", offset=1 << 20),
        Part(b"a.xml", offset=1),
        Part(b"a.xml", record_signature=b"PK\x01\x03"),
        Part(b"a.xml", extra=b"\x01\x02\xff\xff"),
        Part(b"a.xml", sizes=(2**32 - 1, 7)),
        Part(b"folder/"),
        Part(b"./", content=b""),
        Part(b"a.xml", flags=8, local_sizes=(0, 0, 0), after=b"PK\x07\x08"),
    ],
    ids=[
        "other-name", "longer-name", "other-flags", "other-encoding", "other-method", "no-header", "no-sizes",
        "other-checksum", "full-size-without-zip64", "other-size", "other-descriptor", "stored-and-packed",
        "beyond-the-list", "header-beyond", "header-elsewhere", "no-record", "extra-beyond", "wide-size-missing",
        "folder-with-content", "no-name", "descriptor-cut",
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(part: Part) -> None:
    assert "contradicts" in refused(archive([part]))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no complete ZIP"),
        (b"%PDF-1.7", "no complete ZIP"),
        (archive([PLAIN])[:-1], "no complete ZIP"),
        (archive([PLAIN])[:-10], "no complete ZIP"),
        (archive([PLAIN]) + b"more", "no complete ZIP"),
        (archive([PLAIN], comment=b"PK\x05\x06"), "no complete ZIP"),
        (archive([PLAIN], count=3), "contradicts"),
        (archive([PLAIN], count=1), "contradicts"),
        (archive([PLAIN], here=1), "contradicts"),
        (archive([PLAIN], disk=1), "contradicts"),
        (archive([PLAIN], size=10), "contradicts"),
        (archive([PLAIN], offset=1 << 20), "contradicts"),
        (archive([PLAIN], after_list=b"more"), "contradicts"),
        (archive([Part(b"a.xml", flags=1)]), "encrypted"),
        (archive([Part(b"a.xml", flags=0x2000)]), "encrypted"),
        (archive([Part(b"a.xml", method=12)]), "not supported"),
        (archive([Part(b"a.xml", flags=0x20)]), "not supported"),
        (archive([Part(b"a.xml", disk=1)]), "not supported"),
        (archive([PLAIN, PLAIN]), "same name"),
        (archive([PLAIN, Part(b"A.XML")]), "same name"),
        (archive([PLAIN, Part(b"\\a.xml")]), "same name"),
        (archive([Part("é".encode()), Part("e\u0301".encode())]), "same name"),
        (archive([Part(b"../a.xml")]), "unsafe"),
        (archive([Part(b"Doc_0\\..\\a.xml")]), "unsafe"),
        (archive([Part(b"C:/a.xml")]), "unsafe"),
        (archive([Part(b"a\0.xml")]), "unsafe"),
        (archive([Part(b"a" * 1_025)]), "unsafe"),
        (archive([Part(b"a/" * 33 + b"a")]), "unsafe"),
        (archive([Part(b"\xff\xff")]), "no known encoding"),
        (archive([Part(GBK, flags=0x0800)]), "no known encoding"),
        (archive([Part(b"a.xml", after=archive([])[:60])]), "hides"),
        (archive([PLAIN], before=b"PK\x03\x04"), "hides"),
        (archive([PLAIN], between=b"PK\x03\x04"), "hides"),
    ],
)
def test_an_archive_that_readers_understand_differently_is_refused(data: bytes, why: str) -> None:
    assert why in refused(data)


def test_two_entries_of_the_same_bytes_are_refused() -> None:
    """Many names for the same bytes are how the worst bombs are built."""
    inner = archive([PLAIN])
    head = inner[: inner.index(b"PK\x03\x04", 4)]
    outside = len(b"b.xml") + 30
    assert "contradicts" in refused(archive([Part(b"b.xml", content=head), Part(b"a.xml", offset=outside)]))


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Limits(archive=100), "larger than is allowed"),
        (Limits(entries=1), "too many files"),
        (Limits(directory=60), "too many files"),
        (Limits(entry=6), "too large when unpacked"),
        (Limits(total=12), "too large when unpacked"),
        (Limits(free=1, ratio=0), "too large when unpacked"),
    ],
    ids=["archive", "entries", "directory", "entry", "total", "ratio"],
)
def test_a_bomb_is_refused_before_anything_is_unpacked(limits: Limits, why: str) -> None:
    assert why in refused(archive([PLAIN]), limits)


def test_an_archive_of_nothing_is_no_document() -> None:
    out = io.BytesIO()
    zipfile.ZipFile(out, "w").close()
    assert "no OFD.xml" in refused(out.getvalue())


def test_a_package_without_its_root_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("a.xml", b"")
    assert "no OFD.xml" in refused(out.getvalue())
