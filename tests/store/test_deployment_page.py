"""docs/reference/deployment.md: its example is loaded, and every key of the file is explained."""

import re
from pathlib import Path

import pytest

from gateway.core.errors import ConfigurationInvalid
from gateway.store.deployment import _Serves, _System, load_deployment

PAGE = (Path(__file__).parents[2] / "docs/reference/deployment.md").read_text("utf-8")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "systems.toml"
    made.touch(0o600)
    return made


def test_the_example_is_a_deployment(file: Path) -> None:
    [example] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    file.write_text(example, "utf-8")
    city, province = load_deployment(file)
    assert (city.code, city.hosts, city.assignment.regions) == ("city-licences", ("10.20.0.8:8080",), ("420100",))
    assert city.secrets.get("city-licences/url") == "http://10.20.0.8:8080/license-app/v1"
    assert (province.code, province.assignment.authority) == ("province-licences", 10)


def test_every_key_is_explained() -> None:
    keys = {name for name in _System.__struct_fields__ if name != "serves"}
    keys |= {f"serves.{name}" for name in _Serves.__struct_fields__}
    assert set(re.findall(r"^\| `([a-z.]+)` \|", PAGE, re.MULTILINE)) == keys


def test_a_wrong_file_is_referred_to_the_page(file: Path) -> None:
    file.write_text("[[system]]\nmanifest = 1\n", "utf-8")
    with pytest.raises(ConfigurationInvalid) as caught:
        load_deployment(file)
    assert "docs/reference/deployment.md" in caught.value.remedy
