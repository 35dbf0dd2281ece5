"""The engine, atheris: in a folder of its own, made when it is first needed; the product's environment never has it."""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from tools.environment import ANY_INDEX, Environment

PINNED = Path(__file__).with_name("atheris.txt")


class EngineMissing(Exception):
    """The engine cannot be had here."""


def engine(root: Path) -> Path:
    """The folder from which the engine is imported, filled if need be with what PINNED names, every hash checked.

    Raises:
        EngineMissing: it could not be installed: no package index, or a machine for which there is no wheel.
        Trouble: as Environment.uv.
    """
    folder = root / "var" / "fuzz" / f"engine-{sha256(PINNED.read_bytes()).hexdigest()[:12]}"
    stamp = folder / "whole"
    if stamp.exists():
        return folder
    environment = Environment(root)
    command, variables = environment.uv()
    words = ["pip", "install", "--python", sys.executable, "--target", str(folder), "--no-deps"]
    words += ["--only-binary", ":all:", "--require-hashes", *ANY_INDEX, "-r", str(PINNED)]
    if subprocess.run([*command, *words], env=variables, stdin=subprocess.DEVNULL, check=False).returncode:
        raise EngineMissing("atheris could not be installed; the reason stands above")
    stamp.touch()
    return folder
