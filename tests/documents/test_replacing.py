"""New files take the place of old ones only when they are whole."""

import stat
from pathlib import Path

import pytest

from certs.replacing import replacing


def test_a_file_takes_its_place_only_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "a.ofd"
    target.write_bytes(b"before")

    def fail() -> None:
        with replacing(target) as out:
            out.write(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert target.read_bytes() == b"before"
    with replacing(target) as out:
        out.write(b"after")
        assert target.read_bytes() == b"before"
    assert target.read_bytes() == b"after"
    assert list(tmp_path.iterdir()) == [target]
    assert stat.S_IMODE(target.stat().st_mode) & 0o600 == 0o600


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"), replacing(tmp_path / "missing" / "a.ofd"):
        pass
