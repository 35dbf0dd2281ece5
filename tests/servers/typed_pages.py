"""Pages of commands, typed as they are written into a shell, where `yiwang` answers from this process at once.

A program that starts anew for every command takes half a second of a processor each: pages have dozens of them.
"""

import asyncio
import os
import re
from pathlib import Path
from typing import NamedTuple

from typer.testing import CliRunner

from gateway.cli.main import UNUSABLE, app
from gateway.core.errors import ConfigurationInvalid

SECONDS = 240
_FUNCTION = """
yiwang() {
  local socket code size
  exec {socket}<>/dev/tcp/127.0.0.1/%d || return 99
  printf '%%s\\0' "$#" "${YIWANG_URL-}" "${YIWANG_TOKEN-}" "$@" >&"$socket"
  IFS=' ' read -r code size <&"$socket"
  head -c "$size" <&"$socket"
  cat <&"$socket" >&2
  exec {socket}>&-
  return "$code"
}
"""


class Typed(NamedTuple):
    """How the shell ended, and what stood on its screen."""

    code: int | None
    stdout: str
    stderr: str


async def typed(page: Path, folder: Path, **replaced: str) -> Typed:
    """What came of all shell blocks of a page, one after the other; the present folder is to be ``folder``.

    Args:
        page: Markdown.
        folder: in which the shell works.
        replaced: addresses and the like that stand otherwise in the page, by the name of a variable that it exports.
    """
    written = await asyncio.to_thread(page.read_text, "utf-8")
    text = "\n".join(re.findall(r"```sh\n(.*?)```", written, re.DOTALL))
    for name, value in replaced.items():
        text = re.sub(rf"export {name}=\S+", f"export {name}={value}", text)
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    async with server:
        script = _FUNCTION % server.sockets[0].getsockname()[1] + text
        shell = await asyncio.create_subprocess_exec(
            "bash", "-euo", "pipefail", "-c", script, cwd=folder, env=os.environ | {"LANG": "C.UTF-8"},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(SECONDS):
            stdout, stderr = await shell.communicate()
    return Typed(shell.returncode, stdout.decode(), stderr.decode())


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Run a command: its words in, its exit code and what it says out."""
    count, url, token = [await _word(reader) for _ in range(3)]
    words = [await _word(reader) for _ in range(int(count))]
    variables = {"YIWANG_URL": url, "YIWANG_TOKEN": token, "LANG": "C.UTF-8", "COLUMNS": "220"}
    done = await asyncio.to_thread(CliRunner().invoke, app, words, env=variables)
    code, stdout, stderr = done.exit_code, done.stdout_bytes, done.stderr
    if isinstance(done.exception, ConfigurationInvalid):
        code, stderr = UNUSABLE, f"{stderr}{done.exception.what}\n{done.exception.remedy}\n"
    elif done.exception is not None and not isinstance(done.exception, SystemExit):
        stderr = f"{stderr}{done.exception!r}\n"
    writer.write(f"{code} {len(stdout)}\n".encode() + stdout + stderr.encode())
    writer.close()
    await writer.wait_closed()


async def _word(reader: asyncio.StreamReader) -> str:
    return (await reader.readuntil(b"\0"))[:-1].decode()
