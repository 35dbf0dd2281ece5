"""The environment of this checkout: uv in ``.tools/``, the locked packages and the project in ``.venv/``.

Made once and stamped; a start with a fresh stamp only reads the stamp. Nothing is fetched that the lock does not
name with its hash, no interpreter is downloaded, and nothing outside the checkout is written but the user's cache.
"""

import hashlib
import importlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools import wheel
from tools.index import download
from tools.sources import Sources, configuration_files, configured
from tools.trouble import Trouble

STAMP = "run.stamp"
BINARIES = "Scripts" if sys.platform == "win32" else "bin"
SUFFIX = ".exe" if sys.platform == "win32" else ""
LEAST_FREE = 300 * 2**20
WHEELS_ONLY = ("--only-binary", ":all:", "--no-binary", "spyne", "--build-constraints", "tools/build.txt")
"""Nobody's build script is run but the one package's that has no wheel, with pinned and hashed tools."""
ANY_INDEX = ("--index-strategy", "unsafe-best-match")
"""The best match over all indexes is safe here, and needed where an extra index holds other versions: hashes decide."""


class Environment:
    """The environment of the checkout at ``root``."""

    def __init__(self, root: Path, environ: Mapping[str, str] = os.environ) -> None:
        self.root = root
        self.home = root / ".venv"
        self.tools = root / ".tools"
        self._environ = dict(environ)

    def program(self, name: str) -> Path:
        """Where the program ``name`` lies."""
        return self.home / BINARIES / f"{name}{SUFFIX}"

    def ready(self) -> None:
        """Make or refresh the environment unless its stamp is fresh. Raises Trouble."""
        if self._fresh():
            return
        with _spoken_errors(self.root), _alone(self.tools):
            if not self._fresh():
                self._make()

    def uv(self) -> tuple[list[str], dict[str, str]]:
        """The command that starts uv, fetched if need be, and the variables it needs. Raises Trouble."""
        with _spoken_errors(self.root):
            sources = configured(self._environ, configuration_files(self._environ))
            program = self._uv_program(sources)
        # What uv would follow to another environment or interpreter than the one it is told.
        misleading = {"VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONHOME", "PYTHONPATH"}
        misleading |= {"UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_TARGET", "UV_PREFIX", "UV_CONFIG_FILE"}
        variables = {name: value for name, value in self._environ.items() if name not in misleading}
        variables |= sources.environment(variables)
        variables |= {"UV_PYTHON_DOWNLOADS": "never", "UV_CACHE_DIR": str(self._cache())}
        # uv looks for its interpreters in the home, and stops where that is no folder.
        variables["UV_PYTHON_INSTALL_DIR"] = str(self.tools / "python")
        quiet = [] if sys.stderr.isatty() else ["--quiet"]
        return [str(program), *quiet, *(["--no-index"] if sources.closed else [])], variables

    def _fresh(self) -> bool:
        try:
            stamp = (self.home / STAMP).read_text("utf-8")
        except OSError:
            return False
        return stamp == self._digest() and all(self.program(name).exists() for name in ("python", "yiwang"))

    def _digest(self) -> str:
        digest = hashlib.sha256(f"{sys.version_info[:2]} {self.home}\n".encode("utf-8", "surrogateescape"))
        for name in ("requirements.lock", "pyproject.toml", "tools/build.txt"):
            digest.update((self.root / name).read_bytes())
        return digest.hexdigest()

    def _make(self) -> None:
        begun = time.monotonic()
        stamp = self.home / STAMP
        python = self.program("python")
        # Without a stamp the last making did not end: files of half a package would count as installed.
        whole = stamp.exists() and self._answers(python)
        stamp.unlink(missing_ok=True)
        command, variables = self.uv()

        def uv(*arguments: str) -> None:
            done = subprocess.run(
                [*command, *arguments], cwd=self.root, env=variables, stdin=subprocess.DEVNULL, check=False
            )
            if done.returncode:
                _full_disk(self.root)
                raise Trouble(
                    f"`uv {' '.join(arguments[:2])}` failed; its reason stands above",
                    "check the network, or name your package index (PIP_INDEX_URL or pip.conf), its certificates "
                    "(SSL_CERT_FILE) and proxy (HTTPS_PROXY); then start again",
                )

        if not whole:
            say("making .venv", "建立 .venv")
            if self.home.exists():
                shutil.rmtree(self.home)
            uv("venv", "--python", interpreter(), str(self.home))
        say("installing requirements.lock (every hash checked)", "按 requirements.lock 安装并校验")
        # compiled once, here: where Python may not write beside its sources, each start would compile for seconds
        compiled = ("--compile-bytecode", "--python", str(python))
        uv("pip", "sync", "--require-hashes", *WHEELS_ONLY, *ANY_INDEX, *compiled, "requirements.lock")
        uv("pip", "install", "--no-deps", "--no-build-isolation", "--python", str(python), "--editable", ".")
        stamp.write_text(self._digest(), "utf-8")
        say(f"environment ready after {time.monotonic() - begun:.1f} s", "环境就绪")

    def _answers(self, python: Path) -> bool:
        try:
            question = "import sys; print(sys.version_info[:2], sys.prefix)"
            done = subprocess.run([python, "-c", question], capture_output=True, timeout=30, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return False
        return os.fsdecode(done.stdout).strip() == f"{sys.version_info[:2]} {self.home}"

    def _uv_program(self, sources: Sources) -> Path:
        pin = wheel.read_pin((self.root / "tools" / "uv.txt").read_text("utf-8"))
        folder = self.tools / f"uv-{pin.version}"
        program = folder / f"uv{SUFFIX}"
        if not program.exists():
            name = wheel.choose(pin, wheel.this_machine())
            say(f"fetching uv {pin.version} (about 25 MB, sha256 checked)", f"下载 uv {pin.version}")
            wheel.unpack(download("uv", name, pin.wheels[name], sources), folder)
        return program

    def _cache(self) -> Path:
        """The cache of uv: the user's where it can be written, so that checkouts share it, else one in ``.tools``."""
        named = self._environ.get("UV_CACHE_DIR")
        if named:
            return Path(named)
        home = self._environ.get("HOME")
        base = self._environ.get("XDG_CACHE_HOME") or (home and f"{home}/.cache")
        if base and sys.platform != "win32":
            cache = Path(base, "uv")
            try:
                cache.mkdir(parents=True, exist_ok=True)
            except OSError:
                return self.tools / "cache"
            if os.access(cache, os.W_OK):
                return cache
        return self.tools / "cache"


def interpreter() -> str:
    """The Python that runs this, not the virtual environment it may have been started from."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def say(english: str, chinese: str) -> None:
    """A line of progress, on stderr: stdout belongs to the command that was asked for."""
    print(f"· {chinese} · {english}", file=sys.stderr, flush=True)


def _full_disk(root: Path) -> None:
    if shutil.disk_usage(root).free < LEAST_FREE:
        raise Trouble(f"the disk of {root} is full or nearly so", "free 1 GB there and start again")


@contextmanager
def _spoken_errors(root: Path) -> Iterator[None]:
    """Trouble in place of the file system's bare errors."""
    try:
        yield
    except OSError as error:
        _full_disk(root)
        raise Trouble(
            f"{error.strerror or error}: {error.filename}", f"make {root} writable for you and start again"
        ) from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of ``folder``: two starts at the same time do not write the same environment."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+b") as file:
        if sys.platform == "win32":
            locking = importlib.import_module("msvcrt")
            locking.locking(file.fileno(), locking.LK_LOCK, 1)
        else:
            locking = importlib.import_module("fcntl")
            try:
                locking.flock(file, locking.LOCK_EX | locking.LOCK_NB)
            except BlockingIOError:
                say("waiting for another run.py that makes the environment", "等待另一个 run.py")
                locking.flock(file, locking.LOCK_EX)
        yield
