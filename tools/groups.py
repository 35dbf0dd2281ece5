"""Groups of tests that need what a bare machine lacks: what that is, how to see that it is there, how to get it."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass

SECONDS = 240


@dataclass(frozen=True)
class Group:
    """What a group of tests needs.

    Attributes:
        packages: Debian packages that bring it.
        proof: a command that ends with 0 exactly where it is there.
    """

    packages: tuple[str, ...]
    proof: tuple[str, ...]


GROUPS = {
    "curl": Group(("curl",), ("curl", "--version")),
    "openssl": Group(("openssl",), ("openssl", "genpkey", "-algorithm", "SM2", "-out", os.devnull)),
    "php": Group(("php-cli", "php-soap"), ("php", "-r", "exit(class_exists('SoapServer') ? 0 : 1);")),
}


def present(name: str) -> bool:
    """Whether what the group ``name`` needs is there. Raises KeyError for a group that is not in the table."""
    proof = GROUPS[name].proof
    program = shutil.which(proof[0])
    if program is None:
        return False
    try:
        done = subprocess.run(
            [program, *proof[1:]], capture_output=True, stdin=subprocess.DEVNULL, timeout=30, check=False
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
