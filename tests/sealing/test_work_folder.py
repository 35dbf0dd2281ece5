"""The folder in which documents are while they are worked on."""

# ruff: noqa: ASYNC240 - files of some bytes

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.errors import ConfigurationInvalid
from gateway.store.work_folder import work_folder


async def pieces(*given: bytes) -> AsyncIterator[bytes]:
    for piece in given:
        yield piece


async def test_a_room_is_private_and_goes_with_what_is_in_it(tmp_path: Path) -> None:
    with work_folder(tmp_path / "work") as folder:
        async with folder.room() as room:
            await folder.write(room / "a", pieces(b"one", b"two"))
            await folder.write(room / "a", pieces(b"three"))
            assert b"".join([chunk async for chunk in folder.read(room / "a")]) == b"three"
            assert await folder.size(room / "a") == 5
            modes = [path.stat().st_mode & 0o777 for path in (tmp_path / "work", room, room / "a")]
            assert modes == [0o700, 0o700, 0o600]
        assert not os.path.lexists(room)
    assert list((tmp_path / "work").iterdir()) == []


async def test_what_a_dead_process_left_goes_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    dead = tmp_path / "dead"
    dead.mkdir()
    (dead / "lock").touch()
    (dead / "document").write_bytes(b"left")
    (tmp_path / "no part of ours").mkdir()
    tmp_path.chmod(0o700)
    with work_folder(tmp_path) as living:
        async with living.room() as room:
            with work_folder(tmp_path):
                assert room.exists()
    assert not dead.exists()
    assert (tmp_path / "no part of ours").exists()


async def test_without_a_setting_it_is_a_temporary_one() -> None:
    with work_folder(None) as folder:
        async with folder.room() as room:
            assert room.is_dir()
    assert not room.parent.exists()


def test_a_folder_that_others_can_read_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(ConfigurationInvalid, match="open to others"), work_folder(tmp_path):
        raise AssertionError("it was used")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationInvalid, match="cannot be used"), work_folder(tmp_path / "file" / "work"):
        raise AssertionError("it was used")
