"""Where `yiwang seal` writes: never over what it reads, and never in the place of what is no file."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gateway.cli.seal_problems import Unusable
from gateway.core.text import Text

OTHER: Final = Text("写另一个名称", "name another place for it")

_SAME = Text("输出 {target} 就是读入的文件，不能覆盖", "{target} must not be what is read: it would be written over")
_NO_FILE = Text(
    "输出 {target} 已存在且不是普通文件（是文件夹、设备、管道等）",
    "{target}, which should be written, is a folder, a device, a pipe or the like, and no regular file",
)
_NO_FOLDER = Text("文件夹 {folder} 不存在", "there is no folder {folder}")
_FOLDER = Text("输入是文件夹时，输出也应是文件夹", "where a folder is read a folder is written")
WITHIN: Final = Text(
    "输出文件夹不能在输入文件夹之内，也不能包含它",
    "the folder that is written must lie neither in the one that is read nor around it",
)
OUTSIDE: Final = Text("写一个与输入无关的文件夹", "name a folder apart from the one that is read")


def check_target(target: Path, inputs: Iterable[Path]) -> None:
    """That a file may be written there, or replaced.

    Args:
        target: where it is to be written.
        inputs: what is read, under whatever names; those that are not there do not count.

    Raises:
        Unusable: it is one of the inputs, something else than a regular file, or in no folder.
        OSError: nobody can tell.
    """
    if not target.parent.is_dir():
        raise Unusable(_NO_FOLDER.format(folder=target.parent), OTHER)
    if not os.path.lexists(target):
        return
    # A link that leads nowhere is no file either: it would be replaced, and what it was meant for be missed.
    if not target.is_file():
        raise Unusable(_NO_FILE.format(target=target), OTHER)
    if any(one.exists() and target.samefile(one) for one in inputs):
        raise Unusable(_SAME.format(target=target), OTHER)


def check_folder(target: Path, source: Path) -> None:
    """That the results for one folder may be written to another.

    Raises:
        Unusable: it is no folder, or one of the two lies in the other.
    """
    if os.path.lexists(target) and not target.is_dir():
        raise Unusable(_FOLDER, OTHER)
    written, read = target.resolve(), source.resolve()
    if written.is_relative_to(read) or read.is_relative_to(written):
        raise Unusable(WITHIN, OUTSIDE)


def prepare_target(target: Path, root: Path, inputs: Iterable[Path]) -> None:
    """That one result of a folder may be written, whatever links lie in the folder of the results; its folder is made.

    Args:
        target: where it is to be written.
        root: the folder that is read.
        inputs: what is read beside that.

    Raises:
        Unusable: it leads into ``root``, or is none to be written as in check_target.
        OSError: its folder cannot be made.
    """
    if target.parent.resolve().is_relative_to(root.resolve()):
        raise Unusable(WITHIN, OUTSIDE)
    target.parent.mkdir(parents=True, exist_ok=True)
    check_target(target, inputs)
