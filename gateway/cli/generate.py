"""Generated pages: written by `python -m gateway.cli.generate`, checked for freshness with `--check`."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from adapters.kit.manifest.reference import reference_page, schema_text
from gateway.core.audit.catalogue import COMMON, LEAST_YEARS, kinds
from gateway.core.log_catalogue import logs_page
from gateway.core.problems import catalogue
from gateway.settings import Settings
from gateway.web.metric_catalogue import metrics_page
from schema.build import export_schema

_WRITTEN = "<!-- Written by `python -m gateway.cli.generate`; change the source, not this page. -->\n"


def errors_page() -> str:
    """docs/reference/errors.md: every public problem."""
    rows = [
        f"| {entry.number} | {entry.code.value} | {entry.message.en}<br>{entry.message.zh} "
        f"| {entry.remedy.en}<br>{entry.remedy.zh} |"
        for entry in catalogue()
    ]
    head = [
        "# Problems · 问题目录",
        _WRITTEN,
        "`extensions.code` is the class, `extensions.number` the entry; a number is never reused.",
        "",
        "| number | code | message | remedy |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *(row.replace("{{", "{").replace("}}", "}") for row in rows)]) + "\n"


def settings_page() -> str:
    """docs/reference/settings.md: every variable that `yiwang serve` reads."""
    rows = [
        f"| `YIWANG_{name.upper()}` | {_shown(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    head = ["# Settings · 设置", _WRITTEN, "| variable | default | meaning |", "|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def audit_page() -> str:
    """docs/reference/audit-events.md: every kind of event."""
    rows = [
        f"| `{kind.code}` | {kind.title.en}<br>{kind.title.zh} | {kind.failed.en}<br>{kind.failed.zh} "
        f"| {kind.retention.value} | {', '.join(kind.fields)} | {'yes' if kind.told else ''} |"
        for kind in kinds()
    ]
    head = [
        "# Audit events · 审计事件目录",
        _WRITTEN,
        f"Every event has {', '.join(f'`{name}`' for name in COMMON)}; a code is never reused.",
        "`told`: the person concerned sees it in `myDataUse`.",
        "",
        "Kept at least: " + ", ".join(f"{name.value} {years} years" for name, years in LEAST_YEARS.items()) + ".",
        "",
        "| kind | done | refused or broken off | class | fields | told |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "schema/schema.graphql": export_schema,
    "docs/reference/errors.md": errors_page,
    "docs/reference/settings.md": settings_page,
    "docs/reference/metrics.md": metrics_page,
    "docs/reference/logs.md": logs_page,
    "docs/reference/audit-events.md": audit_page,
    "docs/reference/manifest.md": reference_page,
    "docs/reference/manifest.schema.json": schema_text,
}
"""Every generated page, by its path in the project."""


def stale(root: Path) -> list[str]:
    """The pages whose file is not what would be written now."""
    return [
        name
        for name, make in PAGES.items()
        if not (root / name).is_file() or (root / name).read_text("utf-8") != make()
    ]


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` name the stale ones; 1 if there are any."""
    root = Path.cwd()
    if "--check" in arguments:
        found = stale(root)
        for name in found:
            sys.stdout.write(f"{name}: stale; run python -m gateway.cli.generate\n")
        return bool(found)
    for name, make in PAGES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(make(), "utf-8")
    return 0


def _shown(default: object) -> str:
    if default is None or default == "":
        return "–"
    return f"`{getattr(default, 'value', default)}`"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
