"""The deployment file of the sandbox: what the hub office would have assigned, and the settings of each system."""

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import adapters.systems
from gateway.cli.files import write_private

AUTHORITY = ("province-licences", "city-licences")
"""Where systems disagree, the first of these has authority."""

_SERVES = 'serves = {{ ports = ["LicenceSource"], regions = {regions}, types = ["*"], issuers = ["*"] }}'
_REGIONS = {"province-licences": ["420000"], "city-licences": ["420100"]}


def write_deployment(file: Path, settings: Mapping[str, Mapping[str, str]]) -> None:
    """Write the deployment file for systems with these settings, by code."""
    manifests = Path(adapters.systems.__path__[0]).resolve()
    lines: list[str] = ["# Written by the demo; it holds the sandbox's made-up secrets.", ""]
    for code in AUTHORITY:
        values = settings[code]
        lines += [
            "[[system]]",
            f"manifest = {json.dumps(str(manifests / code), ensure_ascii=False)}",
            f"hosts = [{json.dumps(urlsplit(values['url']).netloc)}]",
            f"authority = {(AUTHORITY.index(code) + 1) * 10}",
            _SERVES.format(regions=json.dumps(_REGIONS[code])),
            "[system.settings]",
            *(f"{json.dumps(name)} = {json.dumps(value)}" for name, value in values.items()),
            "",
        ]
    write_private(file, "\n".join(lines).encode())
