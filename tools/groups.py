"""Groups of tests that need what a bare machine lacks: what that is, how to see that it is there, how to get it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

SECONDS = 240


@dataclass(frozen=True)
class Group:
    """What a group of tests needs.

    Attributes:
        packages: Debian packages that bring it.
        proof: a command that ends with 0 exactly where it is there.
        seconds: how long the proof may take.
    """

    packages: tuple[str, ...]
    proof: tuple[str, ...]
    seconds: int = 30


GROUPS = {
    # compiles and links an empty library: the compiler, libc's files for it and libcrypto are there
    "cc": Group(
        ("gcc", "libc6-dev", "libssl3"),
        ("cc", "-shared", "-o", os.devnull, "-x", "c", os.devnull, "-l:libcrypto.so.3"),
    ),
    "curl": Group(("curl",), ("curl", "--version")),
    "fonts": Group(
        ("fonts-noto-cjk",), (sys.executable, "-c", "open('/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc')")
    ),
    # a JDK, for the checker in tests/java, and BouncyCastle, which knows SM2
    "java": Group(
        ("default-jdk-headless", "libbcpkix-java"),
        ("javap", "-cp", "/usr/share/java/bcpkix.jar", "org.bouncycastle.tsp.TimeStampToken"),
    ),
    # needs no root: the proof installs what is missing
    "node": Group((), (sys.executable, str(Path(__file__).with_name("node.py"))), SECONDS),
    "openssl": Group(("openssl",), ("openssl", "genpkey", "-algorithm", "SM2", "-out", os.devnull)),
    "pdfsig": Group(("poppler-utils",), ("pdfsig", "-v")),
    "php": Group(("php-cli", "php-soap"), ("php", "-r", "exit(class_exists('SoapServer') ? 0 : 1);")),
    # where a system starts its services, the package's own listens on 9090 from then on; no test uses that port
    "promtool": Group(("prometheus",), ("promtool", "--version")),
    "softhsm": Group(
        ("softhsm2",),
        (sys.executable, "-c", "import pkcs11, shutil; raise SystemExit(not shutil.which('softhsm2-util'))"),
    ),
}


def present(name: str) -> bool:
    """Whether what the group ``name`` needs is there. Raises KeyError for a group that is not in the table."""
    group = GROUPS[name]
    program = shutil.which(group.proof[0])
    if program is None:
        return False
    try:
        done = subprocess.run(
            [program, *group.proof[1:]],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=group.seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def install(names: Iterable[str], run: Callable[[list[str]], bool] | None = None) -> list[str]:
    """Install the Debian packages of those groups that are not there, as root with apt-get; returns what went wrong."""
    packages = sorted({package for name in names if not present(name) for package in GROUPS[name].packages})
    if not packages or shutil.which("apt-get") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return []
    step = run or _apt
    if step(["install", "--no-install-recommends", *packages]):
        return []
    # The lists of a fresh machine are empty or old.
    if step(["update"]) and step(["install", "--no-install-recommends", *packages]):
        return []
    return [f"apt-get could not install {' '.join(packages)}"]


def _apt(arguments: list[str]) -> bool:
    variables = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "-qq", "-y", "-o", "DPkg::Lock::Timeout=60", *arguments]
    try:
        done = subprocess.run(
            command, env=variables, capture_output=True, stdin=subprocess.DEVNULL, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
