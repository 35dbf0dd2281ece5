"""Sealing: what is written, what is left as it was, and what is refused without half a file."""

import asyncio
import base64
import os
import re
import tracemalloc
import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from certs.examination import Check, Verdict
from certs.ofd import (
    AcrossPages,
    AtKeyword,
    AtPoint,
    OfdInvalid,
    OfdLocked,
    OfdPackage,
    PlacementInvalid,
    SealUnusable,
    sealing,
)
from certs.ofd.description import read_description
from certs.ofd.limits import LIMITS, Limits
from certs.seals import Picture, Seal, SealVersion, SignerList, read_seal, read_signature
from certs.sm import sm3
from certs.x509 import KeyAlgorithm
from gateway.core.errors import KeyUnusable
from tests.ofd.archives import Part, archive
from tests.ofd.world import (
    DAY,
    FIXTURES,
    HELLO,
    KEYWORDS,
    LIST,
    NOW,
    SIGN,
    SetClock,
    authority,
    changed,
    document,
    examined,
    failing,
    files,
    holder,
    issued,
    new_seal,
    packed,
    png,
    replaced,
    seal,
    sealed,
    signed,
    signer,
    stamp,
    text,
    usual,
)


def raw(data: bytes) -> dict[str, bytes]:
    """Every entry of a package as it stands in the file, header and all."""
    with OfdPackage.open(data) as package:
        return {entry.path: package.source.read(entry.start, entry.end - entry.start) for entry in package.entries}


def test_a_sealed_document_is_valid_in_every_step() -> None:
    examination = examined(usual())
    assert failing(examination) == {}
    assert [step.number for step in examination.steps] == list(range(1, 12))
    (only,) = examination.signatures
    assert (only.label, only.kind, only.seal_name, only.signed_at) == ("s001", "seal", "测试专用章", NOW)
    assert only.signer == signer().certificate.subject


def test_everything_but_the_signatures_own_files_and_the_list_is_protected() -> None:
    contents = files(usual())
    description = read_description(contents[f"{SIGN}/Signature.xml"], "", LIMITS)
    protected = {reference.file.lstrip("/"): reference.value for reference in description.references}
    assert protected.keys() == contents.keys() - {f"{SIGN}/Signature.xml", f"{SIGN}/SignedValue.dat", LIST}
    assert all(value == sm3(contents[path]) for path, value in protected.items())
    assert (description.method, description.seal) == ("1.2.156.10197.1.501", f"/{SIGN}/Seal.esl")
    assert contents[f"{SIGN}/Seal.esl"] == seal().envelope.raw


def test_what_does_not_change_is_the_same_byte_for_byte() -> None:
    before, after = raw(HELLO), raw(usual())
    assert {path for path in before if before[path] != after[path]} == {"OFD.xml"}
    with zipfile.ZipFile(BytesIO(usual())) as package:
        assert package.testzip() is None
    old, new = files(HELLO)["OFD.xml"], files(usual())["OFD.xml"]
    assert new == old.replace(
        b"</ofd:DocBody>", b"<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures></ofd:DocBody>"
    )


def test_the_times_of_signing_are_the_clocks() -> None:
    contents = files(usual())
    assert read_signature(contents[f"{SIGN}/SignedValue.dat"]).signed_at == NOW
    assert b"<ofd:SignatureDateTime>20260304050607Z<" in contents[f"{SIGN}/Signature.xml"]


def test_a_further_seal_leaves_the_first_and_protects_it() -> None:
    twice = sealed(usual(), AtPoint(1, 100, 100))
    before, after = raw(usual()), raw(twice)
    assert {path for path in before if before[path] != after[path]} == {LIST}
    examination = examined(twice)
    assert failing(examination) == {}
    assert [one.label for one in examination.signatures] == ["s001", "s002"]
    second = read_description(files(twice)["Doc_0/Signs/Sign_1/Signature.xml"], "", LIMITS)
    names = {reference.file for reference in second.references}
    assert {f"/{SIGN}/Signature.xml", f"/{SIGN}/SignedValue.dat", f"/{SIGN}/Seal.esl"} <= names
    assert f"/{LIST}" not in names


def test_seals_and_plain_signatures_follow_one_another() -> None:
    data = HELLO
    for step in (signed, sealed, signed, sealed):
        data = step(data)
    examination = examined(data)
    assert failing(examination) == {}
    assert [one.kind for one in examination.signatures] == ["signature", "seal", "signature", "seal"]
    assert "Doc_0/Signs/Sign_0/Seal.esl" not in files(data)


@pytest.mark.parametrize("version", [SealVersion.V4, SealVersion.V5])
def test_seals_of_both_standards_seal(version: SealVersion) -> None:
    data = sealed(with_seal=seal(version))
    assert failing(examined(data)) == {}
    assert read_signature(files(data)[f"{SIGN}/SignedValue.dat"]).version == version


def test_a_timestamp_proves_the_time() -> None:
    data = sealed(timestamps=stamp)
    examination = examined(data)
    assert failing(examination) == {}
    step = examination.step(Check.TIMESTAMP)
    assert step is not None
    assert "2026-03-04" in step.message.en


def test_a_seal_on_each_keyword_and_across_pages_is_one_signature() -> None:
    for placement in (AtKeyword("融资担保"), AcrossPages()):
        data = sealed(KEYWORDS, placement)
        stamps = read_description(files(data)[f"{SIGN}/Signature.xml"], "", LIMITS).stamps
        assert [stamp_.page for stamp_ in stamps] == ["1", "11"]
        assert failing(examined(data)) == {}


@pytest.mark.parametrize("large", [False, True], ids=["inline", "in-a-thread"])
def test_files_are_sealed_in_place(large: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "INLINE", 0 if large else 1 << 20)
    source = tmp_path / "通知.ofd"
    source.write_bytes(HELLO)
    asyncio.run(sealing.seal_ofd(source, source, seal(), signer(), AtPoint(1, 50, 50), SetClock()))
    assert failing(examined(source)) == {}
    assert list(tmp_path.iterdir()) == [source]


def test_a_large_file_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    source, target = tmp_path / "in.ofd", tmp_path / "out.ofd"
    with zipfile.ZipFile(source, "w") as package:
        for name, content in document("", "").items():
            package.writestr(name, content)
        for number in range(3):
            with package.open(f"Doc_0/Res/scan{number}.jpg", "w", force_zip64=True) as file:
                for _ in range(16):
                    file.write(os.urandom(1 << 19))
    tracemalloc.start()
    try:
        asyncio.run(sealing.seal_ofd(source, target, seal(), signer(), AcrossPages(), SetClock()))
        assert failing(examined(target)) == {}
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert target.stat().st_size > 24 << 20
    assert peak < 4 << 20


# ---- lists of every kind


def written(list_of: str) -> bytes:
    """The sealed document with another list; {entry} is its signature."""
    entry = f'BaseLoc="/{SIGN}/Signature.xml"'
    return changed(usual(), {LIST: list_of.replace("{entry}", entry).encode()})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '<Signatures><Signature ID="1" {entry}/><MaxSignId>2</MaxSignId></Signatures>',
            '<Signatures><Signature ID="1" {entry}/><Signature ID="3" {new}/><MaxSignId>3</MaxSignId></Signatures>',
        ),
        (
            '<Signatures><MaxSignId>001</MaxSignId><Signature ID="001" {entry}/></Signatures>',
            (
                '<Signatures><MaxSignId>002</MaxSignId><Signature ID="001" {entry}/>'
                '<Signature ID="002" {new}/></Signatures>'
            ),
        ),
        (
            '<Signatures> <Signature ID="s009" Type="Seal" {entry}/> </Signatures>',
            '<Signatures> <Signature ID="s009" Type="Seal" {entry}/> <Signature ID="s010" {new}/></Signatures>',
        ),
        (
            '<a:Signatures xmlns:a="x"><a:MaxSignId/><a:Signature ID="0" {entry}></a:Signature></a:Signatures>',
            (
                '<a:Signatures xmlns:a="x"><a:MaxSignId/><a:Signature ID="0" {entry}></a:Signature>'
                '<a:Signature ID="1" {new}/></a:Signatures>'
            ),
        ),
        (
            '<Signatures><MaxSignId>none</MaxSignId><Signature ID="first" {entry}/></Signatures>',
            (
                '<Signatures><MaxSignId>1</MaxSignId><Signature ID="first" {entry}/>'
                '<Signature ID="s001" {new}/></Signatures>'
            ),
        ),
    ],
    ids=["behind", "padded", "prefixed", "empty-highest", "words"],
)
def test_a_list_is_written_on_in_its_own_style(before: str, after: str) -> None:
    data = written(before)
    new = 'Type="Seal" BaseLoc="/Doc_0/Signs/Sign_1/Signature.xml"'
    expected = after.replace("{entry}", f'BaseLoc="/{SIGN}/Signature.xml"').replace("{new}", new)
    result = sealed(data)
    assert files(result)[LIST].decode() == expected
    assert failing(examined(result)) == {}


def test_an_empty_list_is_written_anew() -> None:
    contents = files(changed(usual(), {LIST: b"<Signatures/>"}))
    bare = {path: content for path, content in contents.items() if not path.startswith(SIGN)}
    again = sealed(packed(bare))
    assert b'ID="s001"' in files(again)[LIST]
    assert failing(examined(again)) == {}


@pytest.mark.parametrize(
    "pointer", ["<ofd:Signatures/>", "<ofd:Signatures></ofd:Signatures>", "<ofd:Signatures> \n</ofd:Signatures >"]
)
def test_an_empty_pointer_is_filled(pointer: str) -> None:
    data = sealed(packed(document("", body=pointer)))
    assert files(data)["OFD.xml"].count(b"<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>") == 1
    assert failing(examined(data)) == {}


def test_names_that_are_taken_are_left_alone() -> None:
    contents = document("") | {"Doc_0/signs/note.txt": b"", "Doc_0/Signs_1/note.txt": b""}
    data = sealed(packed(contents))
    assert "Doc_0/Signs_2/Sign_0/Signature.xml" in files(data)
    assert failing(examined(data)) == {}
    again = sealed(changed(data, {"Doc_0/Signs_2/Sign_1/note.txt": b""}))
    assert "Doc_0/Signs_2/Sign_2/Signature.xml" in files(again)


def test_a_document_in_the_root_folder_and_with_odd_names_is_sealed() -> None:
    contents = document("")
    contents["OFD.xml"] = contents["OFD.xml"].replace(b"Doc_0/Document.xml", b"Document.xml")
    contents["Document.xml"] = contents.pop("Doc_0/Document.xml")
    contents["Pages/P1.xml"] = contents.pop("Doc_0/Pages/P1.xml")
    contents['附件/"甲&乙".txt'] = b"attachment"
    data = sealed(packed(contents))
    assert "Signs/Sign_0/Signature.xml" in files(data)
    assert failing(examined(data)) == {}


def test_a_package_with_gbk_names_junk_and_folders_is_sealed() -> None:
    contents = document("")
    parts = [Part(name.encode(), content) for name, content in contents.items() if name != "OFD.xml"]
    parts += [Part("附件/说明.txt".encode("gbk"), b"text"), Part(b"empty/", b"")]
    result = sealed(archive(parts, before=b"junk before", root=contents["OFD.xml"]))
    assert result[:4] == b"PK\x03\x04"
    assert failing(examined(result)) == {}


def test_what_is_signed_names_no_folder_that_is_not_ascii() -> None:
    contents = {name.replace("Doc_0", "文档"): content for name, content in document("").items()}
    contents["OFD.xml"] = contents["OFD.xml"].replace(b"Doc_0", "文档".encode())
    data = sealed(packed(contents))
    assert "Signs/Sign_0/Signature.xml" in files(data)
    assert failing(examined(data)) == {}
    moved = files(data)
    moved["文档/Signatures.xml"] = moved.pop("Signs/Signatures.xml")
    moved["OFD.xml"] = moved["OFD.xml"].replace(b"/Signs/Signatures.xml", "文档/Signatures.xml".encode())
    assert "Sign_1/Signature.xml" in files(sealed(packed(moved)))


def test_only_the_first_of_several_documents_is_sealed() -> None:
    contents = document("")
    body = re.search(rb"<ofd:DocBody>.*</ofd:DocBody>", contents["OFD.xml"])
    assert body is not None
    second = body[0].replace(b"Doc_0", b"Doc_1")
    contents["OFD.xml"] = contents["OFD.xml"].replace(body[0], body[0] + second)
    contents["Doc_1/Document.xml"] = contents["Doc_0/Document.xml"]
    contents["Doc_1/Pages/P1.xml"] = contents["Doc_0/Pages/P1.xml"]
    data = sealed(packed(contents))
    assert files(data)["OFD.xml"].count(b"Signatures.xml") == 1
    assert failing(examined(data)) == {}
    # Had the second one been sealed first, OFD.xml would be protected and could not name another list.
    moved = files(data)
    pointer = b"<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>"
    moved["OFD.xml"] = (
        moved["OFD.xml"]
        .replace(pointer, b"")
        .replace(b"</ofd:DocBody></ofd:OFD>", pointer + b"</ofd:DocBody></ofd:OFD>")
    )
    with pytest.raises(OfdLocked, match=r"OFD\.xml is protected by signature s001"):
        sealed(packed(moved))


# ---- refused


def refusing(error: type[Exception], match: str, tmp_path: Path, **given: Any) -> None:
    """Sealing fails so, and leaves what was there and nothing else."""
    target = tmp_path / "out.ofd"
    target.write_bytes(b"before")
    with pytest.raises(error, match=match):
        to(target, **given)
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


def to(target: Path, data: bytes = HELLO, placement: Any = None, with_seal: Seal | None = None, by: Any = None) -> None:
    where = placement or AtPoint(1, 50, 50)
    asyncio.run(sealing.seal_ofd(data, target, with_seal or seal(), by or signer(), where, SetClock()))


def test_a_locked_list_is_respected(tmp_path: Path) -> None:
    locked = (FIXTURES / "signed-locked.ofd").read_bytes()
    refusing(OfdLocked, "list of signatures is protected by signature 001", tmp_path, data=locked)
    with pytest.raises(OfdLocked):
        signed(locked)


@pytest.mark.parametrize("value", ["false", " False ", "0"])
def test_a_document_that_allows_no_signatures_is_left_alone(value: str, tmp_path: Path) -> None:
    data = packed(document("", tail=f"<ofd:Permissions><ofd:Signature>{value}</ofd:Signature></ofd:Permissions>"))
    refusing(OfdLocked, "permissions", tmp_path, data=data)
    sealed(packed(document("", tail="<ofd:Permissions><ofd:Signature>true</ofd:Signature></ofd:Permissions>")))


def test_more_signatures_than_are_examined_are_not_made() -> None:
    with pytest.raises(OfdLocked, match="as many signatures as it may"):
        sealed(usual(), limits=Limits(signatures=1))


def test_a_bad_placement_leaves_no_half_file(tmp_path: Path) -> None:
    for placement in (AtPoint(1, 200, 0), AtPoint(9, 0, 0), AtKeyword("nowhere"), AcrossPages()):
        refusing(PlacementInvalid, "seal|document|keyword", tmp_path, placement=placement)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"%PDF-1.7", "no OFD document"),
        (HELLO[:-30], "no OFD document"),
        (replaced(HELLO, "Doc_0/Document.xml", b"</ofd:Pages>", b""), "not well-formed"),
        (replaced(HELLO, "Doc_0/Document.xml", b"Content.xml", b"Missing.xml"), "lacks the file"),
        (changed(usual(), {LIST: None}), "lacks the file"),
        (changed(usual(), {f"{SIGN}/Signature.xml": b"<a/>"}), "is not Signature"),
        (changed(usual(), {LIST: b"<a/>"}), "is not Signatures"),
    ],
    ids=["pdf", "cut", "broken-xml", "page-missing", "list-missing", "description-broken", "list-broken"],
)
def test_a_broken_document_leaves_no_half_file(data: bytes, why: str, tmp_path: Path) -> None:
    refusing(OfdInvalid, why, tmp_path, data=data)


def test_a_file_that_turns_out_damaged_while_it_is_copied_leaves_no_half_file(tmp_path: Path) -> None:
    parts = [Part(name.encode(), content) for name, content in files(HELLO).items() if name != "OFD.xml"]
    data = archive([*parts, Part(b"Doc_0/image.png", b"content", checksum=7)], root=files(HELLO)["OFD.xml"])
    refusing(OfdInvalid, r"image\.png .*damaged", tmp_path, data=data)


class Lost:
    """A signer whose device is gone."""

    def __init__(self) -> None:
        self.certificate = signer().certificate
        self.algorithm = signer().algorithm

    async def sign_raw(self, message: bytes) -> bytes:
        raise KeyUnusable("the device is gone")


def test_a_key_that_is_gone_leaves_no_half_file(tmp_path: Path) -> None:
    refusing(KeyUnusable, "gone", tmp_path, by=Lost())


def test_a_seal_that_must_not_be_used_is_refused(tmp_path: Path) -> None:
    other = signer("other")
    forged = bytearray(seal().envelope.raw)
    forged[forged.index(b"SEAL0001")] = ord("Z")
    listed = SignerList(certificates=(holder(issued("rsa", KeyAlgorithm.RSA)).certificate.der,))
    key = issued("signer").key
    ended = holder(authority().issue("signer", key=key, not_before=NOW - 20 * DAY, not_after=NOW - DAY))
    v1 = read_seal((Path(__file__).parents[1] / "seals/fixtures/UserV1.esl").read_bytes())
    cases: list[tuple[str, dict[str, Any]]] = [
        ("not in the seal's list", {"by": other}),
        ("outside the seal's validity", {"with_seal": new_seal(valid_until=NOW - timedelta(hours=1))}),
        ("outside the seal's validity", {"with_seal": new_seal(valid_from=NOW + DAY)}),
        ("changed or forged", {"with_seal": read_seal(bytes(forged))}),
        ("needs a key of SM2", {"by": holder(issued("rsa", KeyAlgorithm.RSA)), "with_seal": new_seal(signers=listed)}),
        ("certificate is not in force", {"by": ended}),
        ("only read", {"with_seal": v1}),
    ]
    for match, given in cases:
        refusing(SealUnusable, match, tmp_path, **given)
    with pytest.raises(SealUnusable, match="needs a key of SM2"):
        signed(by=holder(issued("rsa", KeyAlgorithm.RSA)))


def test_the_picture_may_be_of_any_size_that_fits() -> None:
    wide = new_seal(picture=Picture("PNG", png(), 211, 10))
    with pytest.raises(PlacementInvalid):
        sealed(with_seal=wide, placement=AtPoint(1, 0, 0))


def test_check_values_are_base64_of_the_standard() -> None:
    values = re.findall(rb"<ofd:CheckValue>([^<]+)<", files(usual())[f"{SIGN}/Signature.xml"])
    assert all(len(base64.b64decode(value, validate=True)) == 32 for value in values)
    assert examined(sealed(packed(document(text("盖章"))), AtKeyword("盖章"))).verdict == Verdict.VALID
