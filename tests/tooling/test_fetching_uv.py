import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools import wheel
from tools.index import download, files_of
from tools.sources import Sources
from tools.trouble import Trouble

ROOT = Path(__file__).parents[2]
NAME = "uv-1-py3-none-any.whl"


def made_wheel(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names or ("uv-1.data/scripts/uv", "uv/__init__.py"):
            archive.writestr(name, f"content of {name}")
    return buffer.getvalue()


WHEEL = made_wheel()
HASH = hashlib.sha256(WHEEL).hexdigest()


class Index(BaseHTTPRequestHandler):
    """A package index: JSON, HTML, one that wants a login, and one that is not there."""

    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization")))
        page = f'<html><a href="../../files/{NAME}#sha256={HASH}">x</a></html>'
        table = {"files": [{"filename": NAME, "url": f"/files/{NAME}"}]}
        if self.path == f"/files/{NAME}":
            self.reply(200, "application/octet-stream", WHEEL)
        elif self.path == "/json/uv/":
            self.reply(200, "application/vnd.pypi.simple.v1+json", json.dumps(table).encode())
        elif self.path == "/html/uv/" or (self.path == "/closed/uv/" and self.headers.get("Authorization")):
            self.reply(200, "text/html; charset=utf-8", page.encode())
        else:
            self.reply(404, "text/plain", b"")

    def reply(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output quiet."""


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Index, "asked", [], raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("kind", ["json", "html"])
def test_a_file_is_found_on_either_kind_of_page(index: str, kind: str) -> None:
    assert download("uv", NAME, HASH, Sources(index=f"http://{index}/{kind}")) == WHEEL


def test_the_login_in_an_address_is_sent_and_not_shown(index: str) -> None:
    assert download("uv", NAME, HASH, Sources(index=f"http://me:secret@{index}/closed")) == WHEEL
    assert {login for _, login in Index.asked} == {"Basic bWU6c2VjcmV0"}
    with pytest.raises(Trouble) as refused:
        download("uv", NAME, HASH, Sources(index=f"http://me:secret@{index}/absent"))
    assert "secret" not in refused.value.what


def test_another_hash_is_refused(index: str) -> None:
    with pytest.raises(Trouble, match="sha256"):
        download("uv", NAME, "0" * 64, Sources(index=f"http://{index}/json"))


def test_an_extra_index_has_what_the_first_one_lacks(index: str) -> None:
    sources = Sources(index=f"http://{index}/absent", extra=(f"http://{index}/html",))
    assert download("uv", NAME, HASH, sources) == WHEEL


def test_a_directory_of_wheels_is_enough_without_a_network(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(WHEEL)
    assert download("uv", NAME, HASH, Sources(index="http://127.0.0.1:9", links=(str(tmp_path),), closed=True)) == WHEEL


def test_an_unreachable_index_is_said_with_a_remedy() -> None:
    with pytest.raises(Trouble) as refused:
        download("uv", NAME, HASH, Sources(index="http://127.0.0.1:9/simple", proxy=None))
    assert "127.0.0.1:9" in refused.value.what
    assert "PIP_INDEX_URL" in refused.value.remedy


def test_no_known_index_is_said_with_a_remedy() -> None:
    with pytest.raises(Trouble, match="no package index is known"):
        download("uv", NAME, HASH, Sources())


def test_a_page_without_files_is_unreadable() -> None:
    for body in (b"{}", b"[]", b"nonsense"):
        with pytest.raises(ValueError, match=r".+"):
            files_of(body, "application/json", "http://index.test/")
    assert files_of(b"<base href='http://b.test/x/'><a href='y%2B1.whl#f'>", "text/html", "http://a.test/") == {
        "y+1.whl": "http://b.test/x/y%2B1.whl"
    }


def test_only_programs_are_unpacked(tmp_path: Path) -> None:
    wheel.unpack(WHEEL, tmp_path / "into")
    assert [file.name for file in (tmp_path / "into").iterdir()] == ["uv"]
    assert (tmp_path / "into" / "uv").stat().st_mode & 0o111


@pytest.mark.parametrize(
    "name", ["../uv-1.data/scripts/uv", "/uv-1.data/scripts/uv", "uv-1.data/scripts/../../../x", "c:/x", "a\\..\\x"]
)
def test_a_path_that_leaves_the_folder_refuses_the_wheel(tmp_path: Path, name: str) -> None:
    with pytest.raises(Trouble, match="unsafe path"):
        wheel.unpack(made_wheel("uv-1.data/scripts/uv", name), tmp_path / "into")
    assert list((tmp_path / "into").iterdir()) == []


@pytest.mark.parametrize("musl", [True, False])
@pytest.mark.parametrize("system", ["Linux", "Darwin", "Windows"])
@pytest.mark.parametrize("machine", ["x86_64", "AMD64", "arm64", "aarch64"])
def test_every_supported_machine_has_a_pinned_wheel(system: str, machine: str, *, musl: bool) -> None:
    pin = wheel.read_pin((ROOT / "tools" / "uv.txt").read_text("utf-8"))
    name = wheel.choose(pin, wheel.tag_of(system, machine, musl=musl))
    assert name.startswith(f"uv-{pin.version}-")
    assert len(pin.wheels[name]) == 64


def test_an_unknown_machine_is_said_plainly() -> None:
    with pytest.raises(Trouble, match="riscv64"):
        wheel.tag_of("Linux", "riscv64", musl=False)


def test_the_table_of_wheels_names_no_host() -> None:
    assert "://" not in (ROOT / "tools" / "uv.txt").read_text("utf-8")
