"""The rule book of the demo: what the hub office of the made-up province has decided."""

import json
from pathlib import Path

from adapters.sandbox.world.generate import World
from gateway.cli.demo.deployment import AUTHORITY
from gateway.core.policy.rules import FIELDS

OFFICER_MASKED = ("holders.number",)
"""What an officer sees in part."""

OFFICER_WITHHELD = ("face",)
"""What no rule opens to an officer."""


def write_rules(file: Path, world: World) -> None:
    """Write the rule book: citizens see their own, officers what a case needs, checkers what is shown to them."""
    officer = world.officer
    shown_to_officers = [name for name in FIELDS if name not in {*OFFICER_MASKED, *OFFICER_WITHHELD}]
    lines = [
        "# Written by the demo. The format is described in docs/reference/rules.md.",
        "edition = 1",
        "",
        *_table(
            "item",
            code=world.item,
            name="示例事项",
            body=officer.body.code,
            regions=[officer.region],
            types=["*"],
        ),
        *_table(
            "item",
            code=world.forbidden_item,
            name="其他机构的示例事项",
            body=world.forbidden_item[:18],
            regions=[officer.region],
            types=[world.types[0].code],
        ),
        *_rule("citizens", ["demo-portal"], ["citizen"], ["HOLDER", "ENTRUSTED"], show=list(FIELDS)),
        *_rule("counters", ["demo-hall"], ["clerk"], ["HOLDER"], show=list(FIELDS)),
        *_rule(
            "officers", ["demo-hall"], ["officer"], ["STATUTORY"], show=shown_to_officers, mask=list(OFFICER_MASKED)
        ),
        *_rule(
            "checkers",
            ["*"],
            ["citizen", "officer", "clerk"],
            ["PRESENTED"],
            show=["type", "name", "state", "validUntil", "issuer"],
            mask=["holders.name", "number"],
        ),
        *_table("authority", types=["*"], fields=["*"], order=list(AUTHORITY)),
    ]
    file.write_text("\n".join(lines) + "\n", "utf-8")


def _rule(
    name: str,
    applications: list[str],
    roles: list[str],
    bases: list[str],
    *,
    show: list[str],
    mask: list[str] | None = None,
) -> list[str]:
    return _table(
        "rule",
        id=name,
        applications=applications,
        roles=roles,
        bases=bases,
        items=["*"],
        types=["*"],
        bodies=["*"],
        regions=["*"],
        show=show,
        mask=mask or [],
        source="示例规则",
    )


def _table(kind: str, **values: object) -> list[str]:
    return [f"[[{kind}]]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()), ""]
