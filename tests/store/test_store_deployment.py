"""The deployment file: what it says, and everything about it that stops the gateway from starting."""

import os
from pathlib import Path

import pytest

from gateway.core.errors import ConfigurationInvalid
from gateway.store.deployment import SystemSettings, load_deployment

SECRET = "canary-secret"
CITY = f"""
[[system]]
manifest = "systems/city-licences"
hosts = ["10.20.0.8:8080"]
authority = 20
serves = {{ ports = ["LicenceSource"], regions = ["420100"], types = ["T1"], issuers = ["*"] }}
settings = {{ url = "http://10.20.0.8:8080/v1", app-key = "{SECRET}" }}
"""
ALPHA = """
[[system]]
manifest = "/srv/alpha"
hosts = []
serves = { ports = [], regions = [], types = [], issuers = [] }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "systems.toml"
    made.touch(0o600)
    return made


def refused(file: Path) -> ConfigurationInvalid:
    with pytest.raises(ConfigurationInvalid) as caught:
        load_deployment(file)
    assert SECRET not in str(caught.value)
    assert caught.value.remedy
    return caught.value


def test_systems_are_read_with_what_they_may_serve_in_order_of_code(file: Path) -> None:
    file.write_text(CITY + ALPHA)
    alpha, city = load_deployment(file)
    assert (alpha.code, city.code) == ("alpha", "city-licences")
    assert city.folder == (file.parent / "systems/city-licences").resolve()
    assert city.hosts == ("10.20.0.8:8080",)
    assert city.assignment.ports == {"LicenceSource"}
    assert (city.assignment.regions, city.assignment.types, city.assignment.issuers) == (("420100",), ("T1",), ("*",))
    assert (city.assignment.authority, alpha.assignment.authority) == (20, 100)
    assert city.secrets.get("city-licences/app-key") == SECRET


def test_a_file_without_systems_connects_none(file: Path) -> None:
    assert load_deployment(file) == ()


def test_a_system_reads_its_own_settings_only() -> None:
    settings = SystemSettings("city", {"app-key": SECRET})
    assert settings.get("city/app-key") == SECRET
    assert [settings.get(name) for name in ("city/url", "app-key", "province/app-key", "city2/app-key", "")] == [
        None
    ] * 5


def test_secrets_are_in_no_representation(file: Path) -> None:
    file.write_text(CITY)
    assert SECRET not in repr(load_deployment(file))
    assert repr(SystemSettings("city", {"app-key": SECRET})) == "SystemSettings(['app-key'])"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610, 0o601, 0o644])
def test_a_file_that_others_can_touch_is_refused(file: Path, mode: int) -> None:
    file.write_text(CITY)
    file.chmod(mode)
    error = refused(file)
    assert "open to others" in error.what
    assert error.remedy == f"chmod 600 {file}"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "none.toml").what


def test_a_folder_is_refused(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o700)  # noqa: PTH101 - a plain call reads better here
    assert "directory" in refused(tmp_path).what


def test_an_oversized_file_is_refused(file: Path) -> None:
    file.write_bytes(b"#" * 4_000_001)
    assert "larger than" in refused(file).what


@pytest.mark.parametrize("text", ["[[system\nx = 1", "= 1\nx = 1", "a = 1\na = 2\nx = 1"])
def test_what_is_no_toml_is_refused_with_its_line(file: Path, text: str) -> None:
    file.write_text(text)
    assert "is no TOML" in refused(file).what
    assert "line" in refused(file).what


def test_what_is_no_text_is_refused(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    assert "is no TOML" in refused(file).what


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("authority", "autority", "autority"),
        ("hosts = [", "host = [", "host"),
        ("types = [", "type = [", "type"),
        ('["420100"]', '"420100"', "regions"),
        (f'"{SECRET}"', "5", "settings"),
        ("authority = 20", 'authority = "20"', "authority"),
        ("[[system]]", "[[systems]]", "systems"),
        ('manifest = "systems/city-licences"', "", "manifest"),
    ],
)
def test_unknown_missing_and_misshapen_keys_are_refused_by_name(file: Path, old: str, new: str, named: str) -> None:
    file.write_text(CITY.replace(old, new))
    assert named in refused(file).what


def test_a_wrong_region_is_refused(file: Path) -> None:
    file.write_text(CITY.replace("420100", "4201"))
    assert "city-licences serves a wrong region" in refused(file).what


def test_a_system_that_is_named_twice_is_refused(file: Path) -> None:
    file.write_text(CITY + CITY.replace("systems/", "elsewhere/") + ALPHA)
    assert "names city-licences twice" in refused(file).what
