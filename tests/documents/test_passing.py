"""A file for a while: whole or not there, and for its owner alone."""

import stat
from pathlib import Path

import pytest

from certs.documents.passing import passing


def test_it_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.ofd"
    target.write_bytes(b"old")
    with passing(target) as out:
        out.write(b"new")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [target]


def test_nothing_is_left_of_what_was_not_finished(tmp_path: Path) -> None:
    class Broken(Exception):
        pass

    with pytest.raises(Broken), passing(tmp_path / "a.ofd") as out:  # noqa: PT012 - a block is what it is about
        out.write(b"half")
        raise Broken
    assert list(tmp_path.iterdir()) == []
