"""Ports of this machine: whether one is free, and who holds it."""

import socket
from contextlib import suppress
from pathlib import Path

from gateway.core.errors import ConfigurationInvalid

_PROC = Path("/proc")
_LONGEST_COMMAND = 100
_LOCAL, _INODE = 1, 9
"""Columns of /proc/net/tcp."""


def verify_free(port: int) -> None:
    """Raise if nothing could listen on ``port`` of 127.0.0.1.

    Raises:
        ConfigurationInvalid: it is taken; names the process that holds it where that can be read.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            holder = find_holder(port)
            zh, en = (f"（{holder}）", f" by {holder}") if holder else ("", "")
            raise ConfigurationInvalid(
                f"端口 {port} 已被占用{zh} · port {port} is taken{en}",
                "结束占用它的程序，或换用其他端口 · end what uses it, or choose another port",
            ) from error


def find_holder(port: int) -> str | None:
    """``process <pid>: <command>`` of who has a socket at ``port``.

    None where that cannot be told: the process is another user's, or this is no Linux.
    """
    inodes = {f"socket:[{inode}]" for inode in _inodes(port)}
    if not inodes:
        return None
    for process in _PROC.iterdir():
        if process.name.isdecimal() and not inodes.isdisjoint(_open_files(process)):
            return f"process {process.name}: {_command(process)}"
    return None


def _inodes(port: int) -> list[str]:
    inodes: list[str] = []
    for table in ("tcp", "tcp6"):
        try:
            lines = (_PROC / "net" / table).read_text("ascii").splitlines()[1:]
        except OSError:
            continue
        inodes += [
            columns[_INODE]
            for columns in map(str.split, lines)
            if int(columns[_LOCAL].rpartition(":")[2], 16) == port and columns[_INODE] != "0"
        ]
    return inodes


def _open_files(process: Path) -> set[str]:
    found = set()
    with suppress(OSError):  # another user's, or it ended meanwhile
        for descriptor in (process / "fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                found.add(str(descriptor.readlink()))
    return found


def _command(process: Path) -> str:
    try:
        words = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return "?"
    return " ".join(filter(str.isprintable, words)).strip()[:_LONGEST_COMMAND] or "?"
