"""uv's wheels: which one this machine needs, and unpacking its program without trusting its paths."""

import io
import platform
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tools.trouble import Trouble

MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}


@dataclass(frozen=True)
class Pin:
    """The version of uv that this checkout uses, and the sha256 of each wheel that it may use."""

    version: str
    wheels: dict[str, str]


def read_pin(text: str) -> Pin:
    """The table in ``tools/uv.txt``: ``# version V``, then ``sha256 name`` a line."""
    version, wheels = "", {}
    for line in text.splitlines():
        words = line.split()
        if words[:2] == ["#", "version"]:
            version = words[2]
        elif words and not line.startswith("#"):
            wheels[words[1]] = words[0]
    return Pin(version, wheels)


def tag_of(system: str, machine: str, *, musl: bool) -> str:
    """The platform tag to look for in a wheel's name. Raises Trouble for a machine that the table does not cover."""
    processor = MACHINES.get(machine.lower())
    tags = {
        ("Linux", "x86_64"): "musllinux_1_1_x86_64" if musl else "manylinux_2_17_x86_64",
        ("Linux", "aarch64"): "musllinux_1_1_aarch64" if musl else "manylinux_2_17_aarch64",
        ("Darwin", "x86_64"): "macosx_10_12_x86_64",
        ("Darwin", "aarch64"): "macosx_11_0_arm64",
        ("Windows", "x86_64"): "win_amd64",
        ("Windows", "aarch64"): "win_arm64",
    }
    tag = tags.get((system, processor or ""))
    if tag is None:
        raise Trouble(
            f"no wheel of uv is pinned for {system} on {machine}",
            "use Linux, macOS or Windows on x86_64 or aarch64, or add the wheel's name and sha256 to tools/uv.txt",
        )
    return tag


def choose(pin: Pin, tag: str) -> str:
    """The name of the pinned wheel with ``tag``."""
    return next(name for name in sorted(pin.wheels) if tag in name.removesuffix(".whl").split("-")[-1].split("."))


def this_machine() -> str:
    """The platform tag of the running machine."""
    musl = "musl" in f"{sysconfig.get_config_var('HOST_GNU_TYPE')} {sysconfig.get_config_var('SOABI')}"
    return tag_of(platform.system(), platform.machine(), musl=musl)


def unpack(wheel: bytes, target: Path) -> None:
    """Write the programs of ``wheel`` into the folder ``target``; one path that leaves it refuses the whole wheel."""
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        members = archive.infolist()
        for member in members:
            if _leaves(member.filename):
                raise Trouble(f"the wheel holds an unsafe path: {member.filename!r}", "use another package index")
        for member in members:
            path = PurePosixPath(member.filename)
            if path.parent.name == "scripts" and path.parent.parent.suffix == ".data" and not member.is_dir():
                part = target / f"{path.name}.part"
                part.write_bytes(archive.read(member))
                part.chmod(0o755)
                part.replace(target / path.name)


def _leaves(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or ".." in PurePosixPath(name).parts
