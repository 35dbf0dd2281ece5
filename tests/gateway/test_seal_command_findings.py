"""`yiwang seal` where people were surprised: nothing is overwritten, no verdict swallowed, nothing left behind."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from certs.replacing import replacing
from certs.signers.troubles import DeviceAway, KeyMissing, LibraryMissing, PassphraseMissing
from gateway.cli.files import write_private
from gateway.cli.seal_problems import explained
from gateway.core.errors import KeyUnusable, PinRefused
from tests.gateway.test_seal_command import HELLO, a_pdf, run, signing
from tests.gateway.test_seal_command import box as box  # noqa: PLC0414 # a fixture
from tests.gateway.test_seal_command import terminal as terminal  # noqa: PLC0414 # a fixture
from tests.ofd.world import changed


def test_a_folder_that_holds_what_is_read_or_lies_in_it_is_not_written(box: Path, tmp_path: Path) -> None:
    inner = tmp_path / "ov/sub"
    (inner / "sub").mkdir(parents=True)
    for file in (inner / "b.pdf", inner / "sub/b.pdf"):
        a_pdf(file)
    before = (inner / "b.pdf").read_bytes()
    for target in (tmp_path / "ov", inner, inner / "new"):
        status, said = signing(box, inner, target)
        assert (status, "neither in" in said) == (2, True)
    assert (inner / "b.pdf").read_bytes() == before


def test_a_link_in_the_folder_of_results_leads_nothing_back_into_what_is_read(box: Path, tmp_path: Path) -> None:
    (tmp_path / "in/sub").mkdir(parents=True)
    before = a_pdf(tmp_path / "in/sub/a.pdf").read_bytes()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/sub").symlink_to(tmp_path / "in/sub")
    assert signing(box, tmp_path / "in", tmp_path / "out")[0] == 1
    assert (tmp_path / "in/sub/a.pdf").read_bytes() == before


@pytest.mark.parametrize("name", ["seal.esl", "signer.key", "signer.pem"])
def test_what_is_read_beside_the_document_is_not_written_over(box: Path, tmp_path: Path, name: str) -> None:
    before = (box / name).read_bytes()
    os.link(box / name, tmp_path / "same.ofd")
    status, said = signing(box, HELLO, tmp_path / "same.ofd")
    assert (status, "must not be what is read" in said) == (2, True)
    assert (box / name).read_bytes() == before


@pytest.mark.parametrize("kind", ["pipe", "link to a pipe", "link to nowhere", "folder"])
def test_what_is_no_regular_file_is_not_replaced(box: Path, tmp_path: Path, kind: str) -> None:
    target, pipe = tmp_path / "out.ofd", tmp_path / "pipe"
    os.mkfifo(pipe)
    if kind == "folder":
        target.mkdir()
    elif kind == "pipe":
        target = pipe
    else:
        target.symlink_to(pipe if kind == "link to a pipe" else tmp_path / "nowhere")
    before = target.lstat().st_mode
    assert signing(box, HELLO, target)[0] == 2
    signing(box, HELLO, tmp_path / "sealed.ofd")
    status, said = run("verify", "--trust", box / "trust", "--picture", target, tmp_path / "sealed.ofd")
    assert (status, "VALID" in said) == (2, True)
    assert target.lstat().st_mode == before


def test_the_verdict_comes_before_what_is_wrong_with_the_picture(box: Path, tmp_path: Path) -> None:
    signing(box, HELLO, tmp_path / "out.ofd")
    words = ["--picture", tmp_path / "page.png", "--page", "9", tmp_path / "out.ofd"]
    status, said = run("verify", "--trust", box / "trust", *words)
    assert status == 2
    assert said.index("verdict: ") < said.index("no page 9") < said.index("--page from 1 to 1")
    assert "--at" not in said
    status, said = run("verify", "--json", *words)
    assert (status, said.startswith('{"verdict":"UNDECIDED"')) == (1, True)
    status, said = run("verify", "--page", "2", "--trust", box / "trust", tmp_path / "out.ofd")
    assert (status, "no effect without --picture" in said) == (0, True)


@pytest.mark.parametrize("command", [["seal", "verify", "--help"], ["--help"]])
def test_an_output_that_takes_nothing_is_told(command: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "gateway.cli", *command], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, "Traceback" in done.stderr, "No space left" in done.stderr) == (2, False, True)


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "gbk"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
    ids=["gbk", "ascii"],
)
def test_a_terminal_of_few_letters_gets_the_report(box: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    signing(box, HELLO, tmp_path / "out.ofd")
    command = [sys.executable, "-m", "gateway.cli", "seal", "verify", "--trust", str(box / "trust")]
    command.append(str(tmp_path / "out.ofd"))
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, check=False)
    assert (done.returncode, done.stderr, b"VALID" in done.stdout) == (0, b"", True)


def test_a_write_that_fails_leaves_nothing_and_names_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match=r"a\.ofd"), replacing(tmp_path / "a.ofd"):
        full()
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match=r"page\.png"):
        write_private(tmp_path / "page.png", b"x")
    assert list(tmp_path.iterdir()) == []


def test_links_in_a_folder_are_skipped_and_counted(box: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    a_pdf(tmp_path / "in/a.pdf")
    (tmp_path / "in/b.pdf").symlink_to(tmp_path / "in/a.pdf")
    status, said = signing(box, tmp_path / "in", tmp_path / "out")
    assert (status, "1 symbolic links were skipped" in said) == (0, True)
    (tmp_path / "out/b.pdf").symlink_to(tmp_path / "out/a.pdf")
    assert "1 symbolic links were skipped" in run("verify", "--trust", box / "trust", tmp_path / "out")[1]


@pytest.mark.parametrize("kind", ["ofd", "pdf"])
def test_the_result_is_as_private_as_the_document(box: Path, tmp_path: Path, kind: str) -> None:
    source = tmp_path / "in"
    source.write_bytes(HELLO.read_bytes() if kind == "ofd" else a_pdf(tmp_path / "x").read_bytes())
    for rights in (0o600, 0o640):
        source.chmod(rights)
        assert signing(box, source, tmp_path / "out")[0] == 0
        assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == rights


def test_what_speaks_against_the_document_is_said_and_it_is_sealed(box: Path, tmp_path: Path) -> None:
    signing(box, HELLO, tmp_path / "one.ofd")
    page = "Doc_0/Pages/Page_0/Content.xml"
    broken = changed(
        (tmp_path / "one.ofd").read_bytes(), {page: b"<ofd:Page xmlns:ofd='http://www.ofdspec.org/2016'/>"}
    )
    (tmp_path / "broken.ofd").write_bytes(broken)
    status, said = signing(box, tmp_path / "broken.ofd", tmp_path / "two.pdf")
    assert (status, "do not hold (s001)" in said, "written as OFD" in said) == (0, True, True)


@pytest.mark.parametrize("size", ["420 595", "842 595", "243 153"])
def test_the_usual_place_is_on_pages_of_any_size(box: Path, tmp_path: Path, size: str) -> None:
    source = a_pdf(tmp_path / "in.pdf", f"/MediaBox[0 0 {size}]")
    status, said = signing(box, source, tmp_path / "out.pdf")
    assert status == 0, said
    words = ["--trust", box / "trust", "--picture", tmp_path / "page.png", tmp_path / "out.pdf"]
    assert run("verify", *words)[0] == 0
    with Image.open(tmp_path / "page.png") as drawn:
        assert (20, 130, 60) in {colour for _, colour in drawn.convert("RGB").getcolors(1 << 20) or ()}


def test_remedies_name_what_helps(box: Path, tmp_path: Path) -> None:
    (tmp_path / "old.key").write_text("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n")
    (tmp_path / "old.key").chmod(0o600)
    status, said = run(
        "sign", "--key", f"file:{tmp_path / 'old.key'}", "--cert", box / "signer.pem", HELLO, tmp_path / "o"
    )
    assert (status, "openssl pkcs8 -topk8" in said) == (2, True)
    (tmp_path / "bad.png").write_bytes(b"no picture")
    status, said = run("make", tmp_path / "new", "--picture", tmp_path / "bad.png")
    assert (status, "sound picture" in said) == (2, True)


@pytest.mark.parametrize(
    ("trouble", "remedy"),
    [
        (LibraryMissing("no such library"), "module-path names it"),
        (DeviceAway("it does not answer"), "vendor's service runs"),
        (KeyMissing("no such key"), "by what is in the device"),
        (PinRefused("not this one"), "YIWANG_SEAL_PIN is right"),
        (PassphraseMissing("encrypted"), "put the passphrase"),
        (KeyUnusable("anything else"), "bring-keys.md"),
    ],
)
def test_each_kind_of_trouble_with_a_key_has_its_own_remedy(trouble: KeyUnusable, remedy: str) -> None:
    what, how = explained(trouble)
    assert what.en == str(trouble)
    assert remedy in how.en
    assert how.zh != how.en


def test_a_library_that_is_not_there_is_said_with_what_to_do(box: Path, tmp_path: Path) -> None:
    key = f"sdf:key=1?module-path={tmp_path}/nowhere.so"
    words = ["--seal", box / "seal.esl", "--key", key, "--cert", box / "signer.pem", "--at", "1,20,20"]
    status, said = run("sign", *words, HELLO, tmp_path / "out.ofd")
    assert status == 2
    assert "library does not load" in said
    assert "module-path" in said
    assert not (tmp_path / "out.ofd").exists()
