"""Checking a manifest: pure, offline, every finding at once."""

from pathlib import Path

import msgspec

from adapters.kit.manifest.findings import Finding, Remark
from adapters.kit.manifest.model import Manifest, SoapProtocol
from adapters.kit.manifest.nodes import START, Node, Position
from adapters.kit.manifest.outline import Describe, Description, DescriptionInvalid
from adapters.kit.manifest.rules import RULES
from adapters.kit.manifest.rules.scene import Scene
from adapters.kit.manifest.schema import read_schema
from adapters.kit.manifest.source import MANIFEST, read_source
from gateway.core.text import Language, Text


class Report(msgspec.Struct, frozen=True):
    """What checking found, ordered by place; the manifest is there only if that is nothing."""

    findings: tuple[Finding, ...]
    manifest: Manifest | None


def check(folder: Path, describe: Describe | None = None) -> Report:
    """Check the manifest in ``folder``: reads files below it and nothing else, and never raises for what they hold.

    Args:
        folder: the system's folder, with ``manifest.yaml`` and what it names.
        describe: reads a WSDL; without it a SOAP manifest is not held against its description.
    """
    source = read_source(folder)
    remarks = list(source.remarks)
    manifest = None
    if source.root is not None:
        reading = read_schema(source.root)
        described, trouble = _described(reading.meant, folder, describe)
        ruled = [*trouble, *_ruled(Scene(reading.meant, folder, described))]
        taken = {remark.at for remark in remarks}
        better = {remark.at for remark in ruled}
        schema = [each for each in reading.remarks if each.remark.at not in taken]
        remarks += (each.remark for each in schema if not (each.vague and each.remark.at in better))
        # one value, one finding: where the schema has said something of a value, rules do not add to it
        spoken = taken | {each.remark.at for each in schema if not each.vague and each.about_value}
        remarks += (remark for remark in ruled if remark.at not in spoken)
        manifest = reading.manifest
        if not remarks and manifest is None:  # a combination that no rule knows: wrong all the same
            remarks.append(Remark(START, _OTHERWISE, _COMPARE))
    found = sorted(dict.fromkeys(Finding.of(remark, str(folder / MANIFEST)) for remark in remarks), key=_order)
    return Report(tuple(found), None if found else manifest)


def render(report: Report, language: Language) -> list[str]:
    """The findings, a line each."""
    return [finding.render(language) for finding in report.findings]


def _ruled(scene: Scene) -> list[Remark]:
    return [remark for rule in RULES for remark in rule(scene)]


def _described(root: Node, folder: Path, describe: Describe | None) -> tuple[Description | None, list[Remark]]:
    """The description that the manifest names, as far as it can be read."""
    soap = root.find("protocol", "soap")
    wsdl = soap.find("wsdl") if soap is not None else None
    if describe is None or soap is None or wsdl is None:
        return None, []
    try:
        protocol = SoapProtocol.model_validate(soap.data(), by_alias=True, by_name=False)
    except ValueError:  # the schema's findings
        return None, []
    if not (folder / protocol.wsdl).is_file():
        return None, []
    try:
        return describe(folder / protocol.wsdl, protocol), []
    except DescriptionInvalid as error:
        what = Text(f"WSDL 无法使用：{error.reason.zh}", f"the WSDL cannot be used: {error.reason.en}")
        return None, [Remark(wsdl.at, what, Text("向系统方索取正确的 WSDL", "ask the owner for a right WSDL"))]


def _order(finding: Finding) -> tuple[Position, str]:
    return Position(finding.line, finding.column), finding.what.en


_OTHERWISE = Text("清单中的组合不成立", "what the manifest says does not go together")
_COMPARE = Text("对照清单参考页", "compare it with the reference page")
