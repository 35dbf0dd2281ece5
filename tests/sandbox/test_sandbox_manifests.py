"""The manifests that ship fit the systems that the sandbox runs."""

from importlib import resources
from typing import Any

import pytest
from ruamel.yaml import YAML

from adapters.kit.manifest.model import Manifest
from adapters.sandbox.running import Sandbox
from adapters.sandbox.world.libraries import RECIPES

_FOLDERS = resources.files("adapters").joinpath("systems")
UNUSED = {"shared-licences/files-url"}
"""Where files are fetched by address; the manifest takes them inline."""
SHIPPED = [system for system in RECIPES if _FOLDERS.joinpath(system, "manifest.yaml").is_file()]


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(below) for key, below in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _read(system: str) -> Any:
    text = _FOLDERS.joinpath(system, "manifest.yaml").read_text("utf-8")
    return _tuples(YAML(typ="safe").load(text))


def _settings(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["setting"]} if "setting" in value else set()
        return own.union(*map(_settings, value.values()))
    return set().union(*map(_settings, value)) if isinstance(value, tuple) else set()


@pytest.mark.parametrize("system", SHIPPED)
def test_the_manifest_of_a_library_lists_and_gets_licences(system: str) -> None:
    manifest = Manifest.model_validate(_read(system))
    assert manifest.system.code == system
    assert manifest.serving("LicenceSource.list")
    assert manifest.serving("LicenceSource.get")


@pytest.mark.parametrize("system", SHIPPED)
def test_the_sandbox_fills_exactly_the_settings_that_the_manifest_names(system: str, sandbox: Sandbox) -> None:
    filled = {f"{system}/{key}" for key in sandbox.settings()[system]}
    assert _settings(_read(system)) == filled - UNUSED


@pytest.mark.parametrize("system", SHIPPED)
def test_the_manifest_reads_every_state_as_the_library_means_it(system: str) -> None:
    assert _read(system)["codes"]["state"] == RECIPES[system].states.means
