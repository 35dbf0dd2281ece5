"""requirements.lock: names, versions and hashes, no host; marked with what of pyproject.toml it was made from."""

import hashlib
import json
import re
import subprocess
import tomllib
from pathlib import Path

from tools.environment import ANY_INDEX, Environment, interpreter
from tools.trouble import Trouble

MARK = "# made from pyproject.toml's dependencies "
COMPILE = (
    "pip",
    "compile",
    "pyproject.toml",
    "--group",
    "dev",
    "--universal",
    "--generate-hashes",
    "--python-version",
    "3.11",
)
HOST_FREE = ("--no-emit-index-url", "--no-emit-find-links", "--no-header", *ANY_INDEX)


def mark_of(pyproject: str) -> str:
    """A digest of what the lock depends on: the dependencies, the groups and what builds the project."""
    table = tomllib.loads(pyproject)
    parts = [table["project"].get("requires-python"), table["project"].get("dependencies")]
    parts += [table["project"].get("optional-dependencies"), table.get("dependency-groups"), table.get("build-system")]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def stale(lock: str, pyproject: str) -> list[str]:
    """A finding if ``lock`` was made from other dependencies than those of ``pyproject``."""
    if MARK + mark_of(pyproject) in lock.splitlines():
        return []
    return ["requirements.lock: not made from this pyproject.toml; run `python3 run.py lock`"]


def unsafe(name: str, lock: str) -> list[str]:
    """What must not be in the lock file ``name``: an address, a requirement without a hash."""
    address = re.compile(r"://|^\s*(-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host)\b|^\S+ @ ")
    found = [
        f"{name}:{number}: names a host or an option; only names, versions and hashes belong here"
        for number, line in enumerate(lock.splitlines(), 1)
        if address.search(line)
    ]
    blocks = [block for block in re.split(r"\n(?=\S)", lock) if block and not block.startswith("#")]
    bare = [block for block in blocks if not re.search(r"--hash=sha256:[0-9a-f]{64}", block)]
    return found + [f"{name}: {block.split('==')[0].strip()} has no hash" for block in bare]


def renew(environment: Environment, arguments: list[str]) -> int:
    """Write requirements.lock anew; ``arguments`` go to uv (``--upgrade``, ``--upgrade-package NAME``). Returns 0."""
    root = environment.root
    command, variables = environment.uv()
    target = root / "requirements.lock"
    done = subprocess.run(
        [*command, *COMPILE, *HOST_FREE, "--python", interpreter(), *arguments, "-o", target.name],
        cwd=root,
        env=variables,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise Trouble(
            "uv could not resolve the requirements; its reason stands above", "mend pyproject.toml or the package index"
        )
    body = "".join(line for line in target.read_text("utf-8").splitlines(keepends=True) if not line.startswith(MARK))
    target.write_text(f"{MARK}{mark_of((root / 'pyproject.toml').read_text('utf-8'))}\n{body}", "utf-8")
    return 0


def check(root: Path) -> list[str]:
    """The findings on the lock of the checkout at ``root``."""
    files = {name: (root / name).read_text("utf-8") for name in ("requirements.lock", "tools/build.txt")}
    found = stale(files["requirements.lock"], (root / "pyproject.toml").read_text("utf-8"))
    return found + [finding for name, text in files.items() for finding in unsafe(name, text)]
