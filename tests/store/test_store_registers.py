"""The register of licence types."""

from pathlib import Path

import pytest

from gateway.core.errors import ConfigurationInvalid
from gateway.core.licence import LicenceType
from gateway.store.licence_types import LicenceTypes


def test_types_are_read_in_order_of_code(tmp_path: Path) -> None:
    file = tmp_path / "types.toml"
    file.write_text('[types]\nT2 = "身份证"\nT1 = "营业执照"\n', "utf-8")
    types = LicenceTypes.load(file)
    assert types.licence_types() == (LicenceType("T1", "营业执照"), LicenceType("T2", "身份证"))
    assert (types.name_of("T2"), types.name_of("T3")) == ("身份证", None)


def test_without_a_file_no_type_is_known() -> None:
    assert LicenceTypes.load(None).licence_types() == ()


@pytest.mark.parametrize("text", [b"", b"[types]\nT1 = 5\n", b"[type]\n", b"types", b"\xff", b"[types]\n[more]\n"])
def test_a_malformed_register_is_refused(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "types.toml"
    file.write_bytes(text)
    with pytest.raises(ConfigurationInvalid) as caught:
        LicenceTypes.load(file)
    assert str(file) in caught.value.what


def test_a_register_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid):
        LicenceTypes.load(tmp_path / "none.toml")
