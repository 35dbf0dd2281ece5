"""The deployment file of the sandbox: what the hub office would have assigned, and the settings of each system."""

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import adapters.systems
from adapters.kit.manifest.check import check
from adapters.kit.manifest.settings import setting_names
from gateway.cli.files import write_private

LIBRARIES: Mapping[str, str] = {
    "province-licences": "420000",
    "shared-licences": "420000",
    "city-licences": "420100",
    "estate-licences": "420000",
    "civil-register": "420000",
    "district-licences": "420102",
}
"""The licence libraries of the demo and the region of each; where they disagree, the first of them has authority."""

CASES: Mapping[str, str] = {"acceptance": "420100"}
"""The systems that handle cases."""

IDENTITIES: Mapping[str, str] = {"identity": "420000"}
"""The systems that know whom a scanned code stands for."""

SEALS: Mapping[str, str] = {"seal-hub": "420000", "seal-bureau": "420100", "seal-district": "420102"}
"""The platforms that seal."""

SHARES: Mapping[str, str] = {"share-population": "420000"}
"""The systems that answer for resources."""

EXCHANGES: Mapping[str, str] = {"share-exchange": "420000"}
"""The exchanges: they decide on requests for resources of theirs, and answer for these."""

AUTHORITY = tuple(LIBRARIES)
_SERVES = 'serves = {{ ports = ["{port}"], regions = ["{region}"], types = ["*"], issuers = ["*"] }}'


def write_deployment(file: Path, settings: Mapping[str, Mapping[str, str]]) -> None:
    """Write the deployment file for systems with these settings, by code; of them, what manifests name is written."""
    lines: list[str] = ["# Written by the demo; it holds the sandbox's made-up secrets.", ""]
    for place, (code, region) in enumerate(LIBRARIES.items(), 1):
        lines += _system(code, settings[code], place * 10, _SERVES.format(port="LicenceSource", region=region))
    for code, region in CASES.items():
        lines += _system(code, settings[code], 100, _SERVES.format(port="CaseSystem", region=region))
    for code, region in IDENTITIES.items():
        lines += _system(code, settings[code], 100, _SERVES.format(port="IdentityProvider", region=region))
    for code, region in SEALS.items():
        lines += _system(code, settings[code], 100, _SERVES.format(port="SealService", region=region))
    for code, region in SHARES.items():
        lines += _system(code, settings[code], 100, _SERVES.format(port="ShareSource", region=region))
    for code, region in EXCHANGES.items():
        both = _SERVES.format(port='ShareExchange", "ShareSource', region=region)
        lines += _system(code, settings[code], 100, both)
    write_private(file, "\n".join(lines).encode())


def _system(code: str, values: Mapping[str, str], authority: int, serves: str) -> list[str]:
    folder = Path(adapters.systems.__path__[0]).resolve() / code
    manifest = check(folder).manifest
    assert manifest is not None, f"the manifest of {code} is sound"
    named = setting_names(manifest)
    return [
        "[[system]]",
        f"manifest = {json.dumps(str(folder), ensure_ascii=False)}",
        f"hosts = [{json.dumps(urlsplit(values['url']).netloc)}]",
        f"authority = {authority}",
        serves,
        "[system.settings]",
        *(f"{json.dumps(name)} = {json.dumps(value)}" for name, value in values.items() if f"{code}/{name}" in named),
        "",
    ]
