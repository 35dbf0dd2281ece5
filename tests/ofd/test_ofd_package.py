"""A package's files: found, unpacked within bounds, copied byte for byte."""

import os
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.ofd import EntryDamaged, Limits, OfdInvalid, OfdPackage, directory, package, writing
from certs.ofd.paths import joined
from certs.ofd.sources import FileSource, MemorySource
from tests.ofd.archives import Part, archive, descriptor
from tests.ofd.world import FIXTURES, HELLO, NOW, files

CONTENT = os.urandom(700_000)


def packed(content: bytes) -> bytes:
    return zlib.compress(content, wbits=-15)


def read(data: bytes | Path, name: str = "a.bin", longest: int | None = None) -> bytes:
    with OfdPackage.open(data) as opened:
        return opened.read(opened.need(name), longest)


@pytest.mark.parametrize("content", [b"", CONTENT, bytes(5_000_000)], ids=["empty", "random", "zeros"])
@pytest.mark.parametrize("method", [0, 8])
def test_a_file_is_unpacked_whatever_its_size(content: bytes, method: int, tmp_path: Path) -> None:
    data = archive([Part(b"a.bin", content, method, body=packed(content) if method else None)])
    file = tmp_path / "文件.ofd"
    file.write_bytes(data)
    assert read(data) == content
    assert read(file) == content


@pytest.mark.parametrize(
    "part",
    [
        Part(b"a.bin", CONTENT, 8, body=packed(CONTENT)[:-100] + bytes(100)),
        Part(b"a.bin", bytes(100), 8, body=b"\xff" + packed(bytes(100))[1:]),
        Part(b"a.bin", b"content", 8, body=packed(b"content") + b"more", sizes=(len(packed(b"content")) + 4, 7)),
        Part(b"a.bin", b"content", 8, body=packed(b"content")[:-1]),
        Part(b"a.bin", b"content", 8, body=packed(b"contentcontent")),
        Part(b"a.bin", b"content", 8, body=packed(b"cont")),
        Part(b"a.bin", b"content", 8, body=packed(b"kontent")),
        Part(b"a.bin", b"content", checksum=7),
        Part(b"a.bin", b"content", 8, body=b""),
    ],
    ids=["garbled", "no-deflate", "more-behind", "cut", "longer", "shorter", "other", "other-checksum", "nothing"],
)
def test_a_damaged_file_is_refused_by_its_name(part: Part) -> None:
    with pytest.raises(EntryDamaged, match=r"a\.bin"):
        read(archive([part]))


def test_a_file_beyond_its_bound_is_not_unpacked() -> None:
    data = archive([Part(b"a.bin", b"content")])
    with pytest.raises(OfdInvalid, match="too large"):
        read(data, longest=6)
    with OfdPackage.open(data, Limits(xml=6)) as opened, pytest.raises(OfdInvalid, match="too large"):
        opened.read(opened.need("a.bin"))


def test_files_are_found_from_a_folder_from_the_root_and_in_any_capitals() -> None:
    data = archive([Part(b"Doc_0/Pages/Page_0/Content.xml"), Part(b"Doc_0/Res/a.png"), Part(b"Empty/", b"")])
    with OfdPackage.open(data) as opened:
        folder = "Doc_0/Pages/Page_0"
        for reference, where, path in [
            ("Content.xml", folder, "Doc_0/Pages/Page_0/Content.xml"),
            ("../../Res/a.png", folder, "Doc_0/Res/a.png"),
            ("/Doc_0/Res/a.png", folder, "Doc_0/Res/a.png"),
            (" Doc_0\\Res\\a.png ", folder, "Doc_0/Res/a.png"),
            ("./doc_0/RES/A.PNG", "", "Doc_0/Res/a.png"),
        ]:
            found = opened.find(reference, where)
            assert found is not None
            assert found.path == path
        for missing in ("", "/", "..", "../../../../Doc_0/Res/a.png", "Empty", "b.png"):
            assert opened.find(missing, folder) is None
        with pytest.raises(OfdInvalid, match=r"lacks the file b\.png"):
            opened.need("b.png")
        assert [opened.is_free(path) for path in ("doc_0", "Doc_0/res", "EMPTY", "Doc_1", "Doc")] == [
            False, False, False, True, True
        ]  # fmt: skip


def test_messages_show_a_path_short_and_in_visible_characters() -> None:
    with OfdPackage.open(HELLO) as opened, pytest.raises(OfdInvalid) as caught:
        opened.need("\x1b[31m" + "a" * 1_000)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 200


@given(st.text(max_size=40), st.sampled_from(["", "Doc_0", "Doc_0/Pages"]))
def test_no_reference_leads_outside(reference: str, folder: str) -> None:
    path = joined(folder, reference)
    assert path is None or not {"..", ".", ""} & set(path.split("/"))


@pytest.mark.parametrize("name", sorted(path.name for path in FIXTURES.glob("*.ofd")))
def test_a_package_that_is_copied_is_the_same_byte_for_byte(name: str) -> None:
    data = (FIXTURES / name).read_bytes()
    assert copied(data) == data


def test_copies_keep_descriptors_wide_fields_and_old_names() -> None:
    parts = [
        Part("说明.txt".encode("gbk"), extra=b"\x99\x99\x02\x00ab", comment="注".encode("gbk")),
        Part(b"b.bin", flags=8, local_sizes=(0, 0, 0), after=descriptor(b"content", "<IQQ")),
        Part(b"c.bin", wide=(0, 1, 2)),
    ]
    assert copied(archive(parts)) == archive(parts)
    assert copied(archive(parts, before=b"junk")) == archive(parts)


def copied(data: bytes) -> bytes:
    out = BytesIO()
    with OfdPackage.open(data) as opened:
        writer = writing.PackageWriter(out, NOW)
        for entry in opened.entries:
            assert len(b"".join(writer.copy(opened, entry))) == entry.size
        writer.finish()
    return out.getvalue()


def test_new_entries_are_packed_where_that_is_smaller_and_named_in_utf_8() -> None:
    out = BytesIO()
    writer = writing.PackageWriter(out, NOW.replace(year=1970))
    contents = {"OFD.xml": b"<a/>" * 100, "签章.bin": os.urandom(100), "plain.bin": b"a" * 100}
    for path, content in contents.items():
        writer.add(path, content, packed=path != "plain.bin")
    writer.finish()
    assert files(out.getvalue()) == contents
    with OfdPackage.open(out.getvalue()) as opened:
        assert [entry.method for entry in opened.entries] == [8, 0, 0]


def test_an_archive_beyond_4_gb_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "FULL_32", 100)
    with pytest.raises(OfdInvalid, match="4 GB"):
        writing.PackageWriter(BytesIO(), NOW).add("OFD.xml", os.urandom(100))


def test_a_source_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OfdInvalid, match="cannot be read"):
        read(tmp_path / "missing.ofd")
    file = (FIXTURES / "unsigned-hello.ofd").open("rb")
    with file:
        source = FileSource(file)
        with pytest.raises(OfdInvalid, match="shorter"):
            source.read(source.size - 1, 2)
    with pytest.raises(OfdInvalid, match="shorter"):
        MemorySource(b"abc").read(2, 2)


class Broken(BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError("gone")


def test_a_medium_that_fails_while_it_is_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OfdInvalid, match="cannot be read"):
        FileSource(Broken(b"abc")).read(0, 1)
    monkeypatch.setattr(Path, "open", lambda *_: Broken(b"abc"))
    with pytest.raises(OfdInvalid, match="cannot be read"):
        read(Path("broken.ofd"))


def test_pieces_are_small_whatever_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a file of 200 MB is never in memory as a whole."""
    monkeypatch.setattr(package, "PIECE", 1_000)
    content = bytes(100_000) + CONTENT[:50_000]
    data = archive([Part(b"a.bin", content, 8, body=packed(content)), Part(b"b.bin", content)])
    with OfdPackage.open(data) as opened:
        for name in ("a.bin", "b.bin"):
            pieces = list(opened.pieces(opened.need(name)))
            assert b"".join(pieces) == content
            assert max(map(len, pieces)) <= 1_000
