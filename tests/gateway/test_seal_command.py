"""`yiwang seal`: seals are made, documents sealed and examined, and bad input is told with its remedy."""

import asyncio
import json
import os
import re
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from PIL import Image
from typer.testing import CliRunner

from certs.examination import Check
from certs.seals import SealVersion, read_seal
from certs.signers import HeldSigner
from certs.timestamps import REPLY, StampAuthority, respond
from certs.x509 import DevelopmentAuthority, KeyAlgorithm, Profile, read_certificates
from gateway.cli.seal import app
from gateway.cli.seal_problems import FAILURES, Unusable, explained
from gateway.core.text import Text
from gateway.system_clock import SystemClock
from tests.ofd.world import changed, document, files, packed, text
from tests.pdf.documents import pdf
from tests.servers.typed_pages import typed

OFD_FIXTURES = Path(__file__).parents[1] / "ofd/fixtures"
SEAL_FIXTURES = Path(__file__).parents[1] / "seals/fixtures"
HELLO = OFD_FIXTURES / "unsigned-hello.ofd"
PAGE = Path(__file__).parents[2] / "docs/how-to/seal-documents.md"
CLOCK = SystemClock()


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("YIWANG_MODE", "YIWANG_SEAL_PIN", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a development seal and all that belongs to it."""
    folder = tmp_path_factory.mktemp("seal") / "box"
    status, said = run("make", folder)
    assert status == 0, said
    return folder


def run(*words: object) -> tuple[int, str]:
    """Exit status and what was written, errors included."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def signing(box: Path, *words: object) -> tuple[int, str]:
    key, certificate = f"file:{box / 'signer.key'}", box / "signer.pem"
    return run("sign", "--seal", box / "seal.esl", "--key", key, "--cert", certificate, *words)


def report(file: Path, *words: object) -> tuple[int, dict[str, Any]]:
    """Exit status, and the examination as JSON."""
    status, said = run("verify", "--json", *words, file)
    found: dict[str, Any] = json.loads(said)
    return status, found


def failing(found: dict[str, Any]) -> dict[int, str]:
    return {step["number"]: step["verdict"] for step in found["steps"] if step["verdict"] != "VALID"}


def written(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


def a_pdf(file: Path, *pages: str) -> Path:
    return written(file, pdf(*pages, text=("Licence 1 approved", "Seal here")))


def test_a_seal_is_made_with_all_that_belongs_to_it_and_nobody_else_can_read_it(box: Path) -> None:
    seal = read_seal((box / "seal.esl").read_bytes())
    assert (seal.version, seal.name, seal.picture.width) == (SealVersion.V4, "测试专用章", 42)
    made = sorted(file.relative_to(box).as_posix() for file in box.rglob("*") if file.is_file())
    assert made == [
        "maker.key",
        "maker.pem",
        "seal.esl",
        "seal.png",
        "signer.key",
        "signer.pem",
        "trust/authority.crl",
        "trust/chain/authority.pem",
        "trust/root.crl",
        "trust/root.pem",
    ]
    assert {stat.S_IMODE((box / name).stat().st_mode) for name in made} == {0o600}
    with Image.open(box / "seal.png") as picture:
        drawn = picture.convert("RGBA")
    middle = drawn.getpixel((drawn.width // 2, drawn.height // 2))
    assert middle == (214, 31, 31, 255)  # the star is red
    assert drawn.getchannel("A").getpixel((0, 0)) == 0


def test_a_seal_can_be_made_for_given_certificates_by_a_given_maker(box: Path, tmp_path: Path) -> None:
    picture = BytesIO()
    Image.new("RGBA", (8, 8), (200, 0, 0, 255)).save(picture, "PNG")
    status, said = run(
        "make",
        tmp_path / "new",
        *("--version", "5", "--name", "审批专用章", "--code", "4201", "--days", "30", "--millimetres", "30"),
        *("--signer-cert", box / "signer.pem", "--picture", written(tmp_path / "seal.png", picture.getvalue())),
        *("--maker-key", f"file:{box / 'maker.key'}", "--maker-cert", box / "maker.pem"),
    )
    assert status == 0, said
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == ["seal.esl", "seal.png"]
    seal = read_seal((tmp_path / "new/seal.esl").read_bytes())
    assert (seal.version, seal.name, seal.valid_until - seal.valid_from) == (
        SealVersion.V5,
        "审批专用章",
        timedelta(days=30),
    )
    assert seal.envelope.maker == read_certificates((box / "maker.pem").read_bytes())[0].der
    assert seal.picture.data == picture.getvalue()
    target = tmp_path / "sealed.ofd"
    key, certificate = f"file:{box / 'signer.key'}", box / "signer.pem"
    assert run("sign", "--seal", tmp_path / "new/seal.esl", "--key", key, "--cert", certificate, HELLO, target)[0] == 0
    assert report(target, "--trust", box / "trust")[0] == 0


PLACES = [
    pytest.param([], id="usual"),
    pytest.param(["--at", "1,100,100"], id="position"),
    pytest.param(["--at", "-1,20.5,30"], id="last page"),
    pytest.param(["--cross-page"], id="across pages"),
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["ofd", "pdf"])
def test_what_is_sealed_is_valid_and_what_was_read_is_untouched(
    box: Path, tmp_path: Path, kind: str, place: list[str]
) -> None:
    source = (OFD_FIXTURES / "unsigned-7-pages.ofd") if kind == "ofd" else a_pdf(tmp_path / "in", "", "", "")
    before = source.read_bytes()
    target = tmp_path / "out"  # the format is told by the content, not by a name
    status, said = signing(box, *place, source, target)
    assert (status, said.strip()) == (0, f"✓ {target}")
    assert source.read_bytes() == before
    status, found = report(target, "--trust", box / "trust")
    assert (status, found["verdict"], failing(found)) == (0, "VALID", {})
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted({"in", "out"} if kind == "pdf" else {"out"})


@pytest.mark.parametrize("kind", ["ofd", "pdf"])
def test_a_keyword_is_found_and_a_missing_one_leaves_no_file(box: Path, tmp_path: Path, kind: str) -> None:
    source = a_pdf(tmp_path / "in")
    if kind == "ofd":
        source.write_bytes(packed(document(text("Seal here", y=100))))
    assert signing(box, "--keyword", "Seal here", source, tmp_path / "out")[0] == 0
    assert report(tmp_path / "out", "--trust", box / "trust")[1]["verdict"] == "VALID"
    status, said = signing(box, "--keyword", "{nowhere}", source, tmp_path / "none")
    assert status == 2
    assert "nowhere in the document" in said
    assert "→" in said
    assert not (tmp_path / "none").exists()


def test_without_a_seal_documents_are_signed(box: Path, tmp_path: Path) -> None:
    key = ["--key", f"file:{box / 'signer.key'}", "--cert", str(box / "signer.pem")]
    for number, source in enumerate((HELLO, a_pdf(tmp_path / "in.pdf"))):
        target = tmp_path / str(number)
        assert run("sign", *key, source, target)[0] == 0
        status, found = report(target, "--trust", box / "trust")
        assert (status, [one["kind"] for one in found["signatures"]]) == (0, ["signature"])
    status, said = run("sign", *key, "--at", "1,1,1", HELLO, tmp_path / "none")
    assert (status, "give a seal" in said) == (2, True)


def test_the_report_has_the_promised_shape(box: Path, tmp_path: Path) -> None:
    signing(box, HELLO, tmp_path / "out.ofd")
    status, found = report(tmp_path / "out.ofd")
    assert status == 1  # nothing is trusted
    assert set(found) == {"verdict", "steps", "signatures"}
    assert all(set(step) == {"number", "name", "verdict", "message"} for step in found["steps"])
    assert [step["number"] for step in found["steps"]] == list(range(1, 12))
    assert [step["name"] for step in found["steps"]] == [check.word for check in Check][:11]  # nothing is compared
    assert failing(found) == {7: "UNDECIDED", 8: "UNDECIDED"}


def test_the_report_is_in_the_language_of_the_terminal(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signing(box, HELLO, tmp_path / "out.ofd")
    status, english = run("verify", "--trust", box / "trust", tmp_path / "out.ofd")
    assert (status, "✓ verdict: VALID" in english, "digests of the content" in english) == (0, True, True)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    status, chinese = run("verify", tmp_path / "out.ofd")
    assert (status, "? 结论：无法判断" in chinese, "内容摘要" in chinese, "测试专用章" in chinese) == (1, *[True] * 3)
    assert report(tmp_path / "out.ofd")[1]["steps"][0]["message"] == "文件结构正确"
    assert "既不是 OFD 也不是 PDF" in run("verify", written(tmp_path / "text", b"text"))[1]


def test_a_changed_page_is_found_in_an_ofd(box: Path, tmp_path: Path) -> None:
    signing(box, HELLO, tmp_path / "out.ofd")
    data = (tmp_path / "out.ofd").read_bytes()
    (name,) = (name for name in files(data) if name.endswith("Content.xml"))
    page = files(data)[name]
    tampered = written(tmp_path / "t.ofd", changed(data, {name: page.replace(b"<", b" <", 1) + b" "}))
    status, found = report(tampered, "--trust", box / "trust")
    assert (status, found["verdict"]) == (1, "INVALID")
    assert failing(found)[Check.DIGESTS] == "INVALID"


def test_a_changed_byte_is_found_in_a_pdf(box: Path, tmp_path: Path) -> None:
    signing(box, a_pdf(tmp_path / "in.pdf"), tmp_path / "out.pdf")
    data = (tmp_path / "out.pdf").read_bytes()
    assert data.count(b"Licence 1 approved") == 1
    tampered = written(tmp_path / "t.pdf", data.replace(b"Licence 1 approved", b"Licence 9 approved"))
    status, found = report(tampered, "--trust", box / "trust")
    assert (status, failing(found)) == (1, {Check.DIGESTS: "INVALID"})
    status, said = run("verify", "--trust", box / "trust", tampered)
    assert (status, "✗ verdict: INVALID" in said) == (1, True)


@pytest.mark.parametrize(
    ("name", "status", "steps"),
    [
        ("ofd/signed-v4.ofd", 1, {7: "UNDECIDED", 8: "UNDECIDED", 9: "INVALID"}),
        ("ofd/signed-locked.ofd", 1, {7: "UNDECIDED", 8: "UNDECIDED"}),
        ("ofd/unsigned-hello.ofd", 1, {1: "UNDECIDED"}),
        ("ofd/unsigned-7-pages.ofd", 1, {1: "UNDECIDED"}),
        ("ofd/keywords.ofd", 1, {1: "UNDECIDED"}),
    ],
)
def test_fixtures_get_the_verdicts_of_their_table(name: str, status: int, steps: dict[int, str]) -> None:
    found = report(OFD_FIXTURES / name.removeprefix("ofd/"))
    assert (found[0], failing(found[1])) == (status, steps)


@pytest.mark.parametrize("name", ["UserV1.esl", "UserV4.esl", "UserV5.esl", "SignedValueV4.dat", "Signature.xml"])
def test_what_is_no_document_is_unusable(name: str) -> None:
    status, said = run("verify", "--json", SEAL_FIXTURES / name)
    assert (status, "neither OFD nor PDF" in said) == (2, True)


def test_a_locked_document_is_not_sealed(box: Path, tmp_path: Path) -> None:
    status, said = signing(box, OFD_FIXTURES / "signed-locked.ofd", tmp_path / "out.ofd")
    assert (status, "no further signature" in said) == (2, True)
    assert list(tmp_path.iterdir()) == []


def zip_bomb() -> bytes:
    return packed({**document(text("x")), "Doc_0/bomb": bytes(40 << 20)})


def with_two_of_one_name() -> bytes:
    out = BytesIO(HELLO.read_bytes())
    with zipfile.ZipFile(out, "a") as package, pytest.warns(UserWarning, match="Duplicate name"):
        package.writestr("OFD.xml", b"<x/>")
    return out.getvalue()


ENCRYPTED = "/Encrypt<</Filter/Standard/V 1/R 2/O(" + "o" * 32 + ")/U(" + "u" * 32 + ")/P -4>>/ID[(i)(i)]"
BAD: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "text": lambda: b"text",
    "half an archive": lambda: HELLO.read_bytes()[: HELLO.stat().st_size // 2],
    "archive of something else": lambda: packed({"a.txt": b"a"}),
    "XML with a DTD": lambda: packed({**document(text("x")), "OFD.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
    "two files of one name": with_two_of_one_name,
    "bomb": zip_bomb,
    "half a PDF": lambda: b"%PDF-1.7\n1 0 obj\n",
    "encrypted PDF": lambda: pdf(trailer=ENCRYPTED),
}


@pytest.mark.parametrize("name", BAD)
def test_a_document_that_cannot_be_read_is_a_problem_with_a_remedy(box: Path, tmp_path: Path, name: str) -> None:
    source = written(tmp_path / "in", BAD[name]())
    for words in (("verify", source), ("verify", "--json", source)):
        status, said = run(*words)
        assert (status, said.startswith("✗ "), "\n  → " in said) == (2, True, True), said
    status, said = signing(box, source, tmp_path / "out")
    assert (status, said.startswith("✗ "), "\n  → " in said) == (2, True, True), said
    assert [file.name for file in tmp_path.iterdir()] == ["in"]


USAGE = {
    "off the page": (["--at", "1,500,1"], "off"),
    "no such page": (["--at", "9,1,1"], "9"),
    "page zero": (["--at", "0,1,1"], "is no place"),
    "no numbers": (["--at", "a,b,c"], "is no place"),
    "two numbers": (["--at", "1,2"], "is no place"),
    "not finite": (["--at", "1,nan,1"], "is no place"),
    "two places": (["--at", "1,1,1", "--cross-page"], "exclude each other"),
    "empty keyword": (["--keyword", " "], "1 to 200 characters"),
    "one page for a seal across": (["--cross-page"], "two pages"),
    "nobody gives the time": (["--tsa", "http://127.0.0.1:9/"], "no timestamp"),
    "no address": (["--tsa", "nonsense"], "names no host"),
    "no folder of trust": (["--trust", "/nonexistent"], "trust anchors"),
}


@pytest.mark.parametrize("name", USAGE)
def test_what_is_typed_wrongly_is_a_problem_with_a_remedy(box: Path, tmp_path: Path, name: str) -> None:
    words, reason = USAGE[name]
    status, said = signing(box, *words, HELLO, tmp_path / "out")
    assert (status, reason in said, "\n  → " in said) == (2, True, True), said
    assert list(tmp_path.iterdir()) == []


def test_a_keyword_that_is_everywhere_is_refused(box: Path, tmp_path: Path) -> None:
    source = written(tmp_path / "in", packed(document(*[text("here " * 20)] * 15)))
    status, said = signing(box, "--keyword", "here", source, tmp_path / "out")
    assert (status, "100" in said, (tmp_path / "out").exists()) == (2, True, False), said


def test_keys_seals_and_certificates_are_of_each_other(box: Path, tmp_path: Path) -> None:
    maker, signer = (f"file:{box / name}" for name in ("maker.key", "signer.key"))
    seal = ["--seal", str(box / "seal.esl")]
    old = ["--seal", str(SEAL_FIXTURES / "UserV4.esl")]
    cases: list[tuple[list[str], str, Path, str]] = [
        (seal, maker, box / "signer.pem", "does not belong"),
        (seal, maker, box / "maker.pem", "not in the seal's list"),
        (seal, "file:/nonexistent", box / "signer.pem", "cannot be read"),
        (seal, "paper:1", box / "signer.pem", "reference begins with"),
        (seal, "remote:p/k", box / "signer.pem", "no signing platform"),
        (seal, signer, box / "nothing.pem", "is not there"),
        (seal, signer, box, "is no file"),
        (seal, signer, HELLO, "no certificate"),
        (["--seal", str(HELLO)], signer, box / "signer.pem", "DER"),
        (old, signer, box / "signer.pem", "outside the seal's validity"),
    ]
    for words, key, certificate, reason in cases:
        for source in (HELLO, a_pdf(tmp_path / "in.pdf")):
            status, said = run("sign", *words, "--key", key, "--cert", certificate, source, tmp_path / "out")
            assert (status, reason in said, "\n  → " in said) == (2, True, True), said
    assert [file.name for file in tmp_path.iterdir()] == ["in.pdf"]


def test_what_is_read_is_never_written_over(box: Path, tmp_path: Path) -> None:
    source = written(tmp_path / "in.ofd", HELLO.read_bytes())
    (tmp_path / "link.ofd").symlink_to(source)
    (tmp_path / "hard.ofd").hardlink_to(source)
    (tmp_path / "folder").mkdir()
    places = {
        "in.ofd": "what is read",
        "link.ofd": "what is read",
        "hard.ofd": "what is read",
        "folder": "is a folder",
        "none/out.ofd": "there is no folder",
    }
    for name, reason in places.items():
        status, said = signing(box, source, tmp_path / name)
        assert (status, reason in said) == (2, True), said
    for target in (tmp_path, tmp_path / "folder", source):
        assert signing(box, tmp_path, target)[0] == 2
    assert source.read_bytes() == HELLO.read_bytes()


def test_a_folder_is_sealed_and_every_failure_has_its_line(box: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    (source / "below").mkdir(parents=True)
    written(source / "a.ofd", HELLO.read_bytes())
    a_pdf(source / "below/b.PDF")
    written(source / "notes.txt", b"no document")
    written(source / ".hidden.pdf", b"not seen")
    (source / "link.ofd").symlink_to(source / "a.ofd")
    status, said = signing(box, source, target)
    assert (status, "2 sealed or signed" in said) == (0, True), said
    assert sorted(file.name for file in target.rglob("*") if file.is_file()) == ["a.ofd", "b.PDF"]
    status, said = run("verify", "--trust", box / "trust", target)
    assert (status, "✓ 2 documents: 2 valid" in said) == (0, True)
    written(source / "bad.pdf", b"bad")
    written(source / "locked.ofd", (OFD_FIXTURES / "signed-locked.ofd").read_bytes())
    status, said = signing(box, source, tmp_path / "again")
    assert status == 1
    lines = said.splitlines()
    assert [line for line in lines if "bad.pdf" in line and "neither OFD nor PDF" in line and "→" in line]
    assert [line for line in lines if "locked.ofd" in line and "no further signature" in line]
    assert "✗ 2 sealed or signed, 2 failed" in lines
    assert sorted(file.name for file in (tmp_path / "again").rglob("*") if file.is_file()) == ["a.ofd", "b.PDF"]


def test_a_folder_is_examined_with_a_summary(box: Path, tmp_path: Path) -> None:
    signing(box, HELLO, tmp_path / "good.ofd")
    written(tmp_path / "unsigned.ofd", HELLO.read_bytes())
    written(tmp_path / "bad.ofd", b"bad")
    status, said = run("verify", "--trust", box / "trust", tmp_path)
    lines = said.splitlines()
    assert status == 1
    assert "✓ good.ofd: VALID" in lines
    assert "✗ 3 documents: 1 valid, 1 not valid or undecided, 1 not readable" in lines
    assert [line for line in lines if line.startswith("? unsigned.ofd: UNDECIDED · 1 structure of the file: ")]
    assert [line for line in lines if line.startswith("✗ bad.ofd: ")]
    status, found = report(tmp_path, "--trust", box / "trust")
    assert (status, found["valid"]) == (1, False)
    assert {one["file"]: one["verdict"] for one in found["documents"]} == {
        "bad.ofd": None,
        "good.ofd": "VALID",
        "unsigned.ofd": "UNDECIDED",
    }
    (tmp_path / "empty").mkdir()
    assert run("verify", tmp_path / "empty")[0] == 2


def test_names_of_files_do_nothing_to_the_terminal(box: Path, tmp_path: Path) -> None:
    for name in (b"\xff\xfe.ofd", b"\x1b[31mred.ofd", b"[red]{x}[blue].pdf"):
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:  # noqa: PTH118, PTH123 - a Path has no bytes
            file.write(b"bad")
    for words in (("verify", tmp_path), ("verify", "--json", tmp_path)):
        status, said = run(*words)
        assert (status, "\x1b" in said, "[red]{x}[blue].pdf" in said) == (1, False, True)
    status, said = signing(box, tmp_path, tmp_path.with_name("out"))
    assert (status, "\x1b" in said, said.count("✗")) == (1, False, 4)


@pytest.mark.parametrize("kind", ["ofd", "pdf"])
def test_a_page_is_drawn_with_its_seal_marked(box: Path, tmp_path: Path, kind: str) -> None:
    source = HELLO if kind == "ofd" else a_pdf(tmp_path / "in.pdf")
    signing(box, "--at", "1,100,100", source, tmp_path / "out.pdf")
    status, said = run("verify", "--trust", box / "trust", "--picture", tmp_path / "page.png", tmp_path / "out.pdf")
    assert (status, "lacks" in said) == (0, False)
    with Image.open(tmp_path / "page.png") as drawn:
        at = [round(length * 96 / 25.4) for length in (100 + 21, 100 + 21)]
        red, green, blue = drawn.convert("RGB").getpixel((at[0], at[1]))  # type: ignore[misc]
    assert (red > 180, green < 90, blue < 90) == (True, True, True)  # the star
    for words in (
        ["--page", "2", "--picture", tmp_path / "no.png", tmp_path / "out.pdf"],
        ["--picture", tmp_path / "no.png", tmp_path],
        ["--picture", tmp_path / "out.pdf", tmp_path / "out.pdf"],
    ):
        assert run("verify", "--trust", box / "trust", *words)[0] == 2
    assert not (tmp_path / "no.png").exists()


def test_what_the_picture_of_a_page_lacks_is_told(box: Path, tmp_path: Path) -> None:
    source = written(
        tmp_path / "in.ofd", packed(document("<ofd:Content><ofd:Layer><ofd:X/></ofd:Layer></ofd:Content>"))
    )
    status, said = run("verify", "--picture", tmp_path / "page.png", source)
    assert (status, "the picture lacks: objects of unknown kinds" in said) == (1, True)


@contextmanager
def timestamping(authority: DevelopmentAuthority) -> Iterator[str]:
    """The address of a timestamping authority on this machine."""
    issued = authority.issue("Test Timestamps", Profile.TIMESTAMP)
    stamper = StampAuthority(signer=HeldSigner(issued.key, issued.certificate), clock=CLOCK, chain=issued.chain)

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            reply = asyncio.run(respond(self.rfile.read(int(self.headers["Content-Length"])), stamper))
            self.send_response(200)
            self.send_header("Content-Type", REPLY)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def trust_of(folder: Path, box: Path, authority: DevelopmentAuthority) -> Path:
    """A folder that believes the seal's authority and this one."""
    (folder / "chain").mkdir(parents=True)
    for file in (box / "trust").rglob("*.*"):
        (folder / file.relative_to(box / "trust")).write_bytes(file.read_bytes())
    (folder / "stamps.pem").write_text(authority.root.certificate.to_pem())
    (folder / "chain/stamps.pem").write_text(authority.intermediate.certificate.to_pem())
    (folder / "stamps-root.crl").write_bytes(authority.crl(authority.root))
    (folder / "stamps.crl").write_bytes(authority.crl())
    return folder


def test_an_authority_stamps_the_time(box: Path, tmp_path: Path) -> None:
    authority = DevelopmentAuthority.create(CLOCK)
    trust = trust_of(tmp_path / "trust", box, authority)
    with timestamping(authority) as url:
        for number, source in enumerate((HELLO, a_pdf(tmp_path / "in.pdf"))):
            target = tmp_path / str(number)
            status, said = signing(box, "--tsa", url, "--trust", trust, source, target)
            assert status == 0, said
            status, found = report(target, "--trust", trust)
            assert (status, failing(found)) == (0, {})
            assert "timestamp" in next(step["message"] for step in found["steps"] if step["number"] == Check.TIMESTAMP)
            assert failing(report(target)[1])[Check.TIMESTAMP] == "UNDECIDED"
        status, said = signing(box, "--tsa", url, "--trust", box / "trust", HELLO, tmp_path / "none")
    assert (status, "no timestamp" in said, (tmp_path / "none").exists()) == (2, True, False)


def test_a_pdf_lasts_as_long_as_is_asked_for(box: Path, tmp_path: Path) -> None:
    authority = DevelopmentAuthority.create(CLOCK)
    trust = trust_of(tmp_path / "trust", box, authority)
    source = a_pdf(tmp_path / "in.pdf")
    with timestamping(authority) as url:
        for level, kept, stamps in (("t", 0, 0), ("lt", 1, 0), ("lta", 1, 1)):
            target = tmp_path / f"{level}.pdf"
            status, said = signing(box, "--level", level, "--tsa", url, "--trust", trust, source, target)
            assert status == 0, said
            status, found = report(target, "--trust", trust)
            assert (status, failing(found)) == (0, {})
            document = target.read_bytes()
            assert (document.count(b"/DSS "), document.count(b"/ETSI.RFC3161")) == (kept, stamps)
        without = tmp_path / "without"
        without.mkdir()
        (without / "root.pem").write_bytes((trust / "root.pem").read_bytes())
        (without / "stamps.pem").write_bytes((trust / "stamps.pem").read_bytes())
        for words in (["--trust", without, source], ["--trust", trust, HELLO]):
            status, said = signing(box, "--level", "lt", "--tsa", url, *words, tmp_path / "none")
            assert (status, "→" in said, (tmp_path / "none").exists()) == (2, True, False), said


LEVELS = {
    "lt without anchors": (["--level", "lt", "--tsa", "http://tsa.example/"], "--trust"),
    "t without an authority": (["--level", "t"], "--tsa"),
    "b with an authority": (["--level", "b", "--tsa", "http://tsa.example/"], "--tsa"),
}


@pytest.mark.parametrize("name", LEVELS)
def test_a_level_needs_what_it_is_made_of(box: Path, tmp_path: Path, name: str) -> None:
    words, said = LEVELS[name]
    status, told = signing(box, *words, a_pdf(tmp_path / "in.pdf"), tmp_path / "none")
    assert (status, said in told, (tmp_path / "none").exists()) == (2, True, False)


def test_level_b_is_the_usual_one(box: Path, tmp_path: Path) -> None:
    status, said = signing(box, "--level", "b", a_pdf(tmp_path / "in.pdf"), tmp_path / "out.pdf")
    assert (status, report(tmp_path / "out.pdf", "--trust", box / "trust")[0]) == (0, 0), said


def test_with_trust_nothing_is_sealed_with_a_certificate_that_was_revoked(box: Path, tmp_path: Path) -> None:
    authority = DevelopmentAuthority.create(CLOCK)
    issued = authority.issue("Revoked")
    certificate, key = issued.write(tmp_path, "revoked")
    status, said = run("make", tmp_path / "seal", "--signer-cert", certificate)
    assert status == 0, said
    authority.revoke(issued.certificate, CLOCK.now() - timedelta(hours=1))
    trust = trust_of(tmp_path / "trust", tmp_path / "seal", authority)
    words = ["--seal", tmp_path / "seal/seal.esl", "--key", f"file:{key}", "--cert", certificate, "--trust", trust]
    for source in (HELLO, a_pdf(tmp_path / "in.pdf")):
        status, said = run("sign", *words, source, tmp_path / "out")
        assert (status, "revoked" in said, (tmp_path / "out").exists()) == (2, True, False), said


def test_an_expired_certificate_does_not_sign(tmp_path: Path) -> None:
    authority = DevelopmentAuthority.create(CLOCK)
    now = CLOCK.now()
    issued = authority.issue("Old", not_before=now - timedelta(days=9), not_after=now - timedelta(days=1))
    certificate, key = issued.write(tmp_path, "old")
    status, said = run("sign", "--key", f"file:{key}", "--cert", certificate, HELLO, tmp_path / "out")
    assert (status, "not in force" in said, (tmp_path / "out").exists()) == (2, True, False)


def test_a_pdf_is_sealed_with_other_keys_and_an_ofd_is_not(tmp_path: Path) -> None:
    certificate, key = DevelopmentAuthority.create(CLOCK, KeyAlgorithm.EC).issue("EC").write(tmp_path, "ec")
    assert run("make", tmp_path / "seal", "--signer-cert", certificate)[0] == 0
    words = ["--seal", tmp_path / "seal/seal.esl", "--key", f"file:{key}", "--cert", certificate]
    assert run("sign", *words, a_pdf(tmp_path / "in.pdf"), tmp_path / "out.pdf")[0] == 0
    status, said = run("sign", *words, HELLO, tmp_path / "out.ofd")
    assert (status, "SM2" in said) == (2, True)


def test_production_makes_no_seals_and_takes_no_keys_in_files(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIWANG_MODE", "production")
    status, said = run("make", tmp_path / "box")
    assert (status, "not made in production" in said) == (2, True)
    status, said = signing(box, HELLO, tmp_path / "out")
    assert (status, "production" in said) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_made_is_told(box: Path, tmp_path: Path) -> None:
    cases: list[tuple[list[object], str]] = [
        ([box], "not empty"),
        ([tmp_path / "new", "--maker-key", "file:x"], "go together"),
        ([tmp_path / "new", "--name", ""], "1 to 40 characters"),
        ([tmp_path / "new", "--name", "章" * 41], "1 to 40 characters"),
        ([tmp_path / "new", "--picture", HELLO.parent / "README.md"], "unknown type"),
        ([tmp_path / "new", "--picture", tmp_path / "none.png"], "is not there"),
        ([tmp_path / "new", "--signer-cert", HELLO], "no certificate"),
    ]
    for words, reason in cases:
        status, said = run("make", *words)
        assert (status, reason in said, "\n  → " in said) == (2, True, True), said
    assert list(tmp_path.iterdir()) == []


def test_a_key_opens_with_the_passphrase_of_the_environment(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = DevelopmentAuthority.create(CLOCK, KeyAlgorithm.EC)
    issued = authority.issue("EC")
    certificate, _ = issued.write(tmp_path, "ec")
    secret = issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame"))  # type: ignore[union-attr]
    key = written(tmp_path / "locked.key", secret)
    key.chmod(0o600)
    words = ["sign", "--key", f"file:{key}", "--cert", certificate, a_pdf(tmp_path / "in.pdf"), tmp_path / "out.pdf"]
    assert run(*words)[0] == 2
    monkeypatch.setenv("YIWANG_SEAL_PIN", "open sesame")
    assert run(*words)[0] == 0


@pytest.mark.parametrize("kind", FAILURES, ids=lambda kind: kind.__name__)
def test_every_failure_has_a_reason_and_a_remedy_in_both_languages(kind: type[Exception]) -> None:
    said = Text("坏了", "broken")
    try:
        error = kind(said)
    except TypeError:
        error = kind(said, said) if kind is Unusable else kind("broken", "mend it")
    for told in explained(error):  # type: ignore[arg-type]
        assert told.zh
        assert told.en


@pytest.mark.parametrize("command", ["make", "sign", "verify"])
def test_the_help_says_what_there_is(command: str) -> None:
    status, said = run(command, "--help")
    assert status == 0
    for option in {
        "make": ["--version", "--maker-key"],
        "sign": ["--at", "--tsa", "--level"],
        "verify": ["--trust", "--json"],
    }[command]:
        assert option in said


async def test_the_page_of_the_documentation_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first command to the last, in one terminal that stops at the first that fails."""
    written(tmp_path / "notice.ofd", HELLO.read_bytes())
    a_pdf(tmp_path / "notice.pdf", "", "")
    (tmp_path / "tray").mkdir()
    written(tmp_path / "tray/one.ofd", HELLO.read_bytes())
    a_pdf(tmp_path / "tray/two.pdf")
    assert len(re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)) == 5
    monkeypatch.chdir(tmp_path)
    done = await typed(PAGE, tmp_path)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.count("✓ verdict: VALID") == 2
    assert "✓ 2 documents: 2 valid" in done.stdout
    assert '{"verdict":"VALID","steps":[{"number":1,"name":"structure",' in done.stdout
    assert (tmp_path / "page.png").stat().st_mode & 0o777 == 0o600
