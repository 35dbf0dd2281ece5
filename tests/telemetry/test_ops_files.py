"""What operations load into Prometheus and Grafana speaks of metrics that exist, in expressions that are right."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gateway.web.metric_catalogue import METRICS, Kind

ROOT = Path(__file__).parents[2]
OPS = ROOT / "ops"
ALERTS = OPS / "prometheus" / "alerts.yml"
RUNBOOK = ROOT / "docs" / "how-to" / "operate.md"
EXISTING = frozenset().union(*(metric.series for metric in METRICS)) | {"up", "ALERTS"}
LABELS = {name: frozenset(metric.labels) for metric in METRICS for name in metric.series}
_SERIES = re.compile(r"\b(?:yiwang|process)_[a-z_]+|\bup\b|\bALERTS\b")
_CONDITION = re.compile(r"\b((?:yiwang|process)_[a-z_]+)\{([^}]*)\}")
_VARIABLES = {"$__rate_interval": "5m", "$instance": ".*", "$system": ".*"}


def alerts() -> list[dict[str, Any]]:
    groups = YAML(typ="safe").load(ALERTS)["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((OPS / "grafana" / "yiwang.json").read_text("utf-8"))
    return read


def expressions() -> Iterator[str]:
    read = dashboard()
    yield from (target["expr"] for panel in read["panels"] for target in panel.get("targets", ()))
    yield from (note["expr"] for note in read["annotations"]["list"])


def promtool(*arguments: str, folder: Path = ALERTS.parent) -> tuple[int, str]:
    done = subprocess.run(
        ["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("text", [rule["expr"] for rule in alerts()] + list(expressions()))
def test_an_expression_speaks_of_metrics_and_labels_that_exist(text: str) -> None:
    named = set(_SERIES.findall(text))
    assert named
    assert named <= EXISTING
    for name, conditions in _CONDITION.findall(text):
        asked = set(re.findall(r"(\w+)\s*(?:=|!)", re.sub(r'"[^"]*"', "", conditions)))
        assert asked <= LABELS[name] | {"instance", "job"}


def test_every_metric_but_the_processs_is_on_the_dashboard_or_alerts() -> None:
    used = set(_SERIES.findall("\n".join([*expressions(), *(rule["expr"] for rule in alerts())])))
    queried = {variable.get("definition", "") for variable in dashboard()["templating"]["list"]}
    used |= set(_SERIES.findall("\n".join(queried)))
    unused = {metric.name for metric in METRICS if not metric.series & used}
    assert unused == {"process_virtual_memory_bytes", "process_start_time_seconds"}
    assert {metric.kind for metric in METRICS} == set(Kind)


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_in_both_languages_and_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    for text in (rule["annotations"]["summary"], rule["annotations"]["description"]):
        chinese, _, english = text.partition(" · ")
        assert re.search(r"[\u4e00-\u9fff]", chinese)
        assert english
        assert not re.search(r"[\u4e00-\u9fff]", english)
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    assert (ROOT / page) == RUNBOOK
    assert anchor == rule["alert"].lower()
    assert f"\n### {rule['alert']}\n" in RUNBOOK.read_text("utf-8")


def test_the_runbook_has_a_section_for_each_alert_and_no_other() -> None:
    sections = re.findall(r"^### (Yiwang\w+)$", RUNBOOK.read_text("utf-8"), re.MULTILINE)
    assert sections == [rule["alert"] for rule in alerts()]


def test_panels_have_names_and_places_of_their_own() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(taken)) == len(taken)
    assert max(x for x, _ in taken) < 24


@pytest.mark.group("promtool", needs="promtool of Debian's package prometheus")
def test_promtool_takes_the_rules_and_they_fire_when_they_should() -> None:
    status, said = promtool("check", "rules", "alerts.yml")
    assert status == 0, said
    assert f"{len(alerts())} rules found" in said
    status, said = promtool("test", "rules", "alerts_test.yml")
    assert status == 0, said


@pytest.mark.group("promtool", needs="promtool of Debian's package prometheus")
def test_promtool_can_read_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    """Prometheus reads expressions in rules, so each becomes one."""
    texts = list(expressions())
    rules = []
    for number, text in enumerate(texts):
        filled = text
        for name, value in _VARIABLES.items():
            filled = filled.replace(name, value)
        assert "$" not in filled
        rules.append({"record": f"panel:{number}", "expr": filled})
    (tmp_path / "panels.yml").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    status, said = promtool("check", "rules", "panels.yml", folder=tmp_path)
    assert status == 0, said
    assert f"{len(texts)} rules found" in said
