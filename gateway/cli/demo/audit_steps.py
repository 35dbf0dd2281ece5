"""The steps of the audit: what an auditor and the citizen read of the walk, and an export that proves itself."""

import json
import os
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final

from rich.table import Table

from gateway.cli.console import out
from gateway.cli.demo.queries import AUDIT, DATA_USE
from gateway.cli.demo.scene import Scene
from gateway.cli.demo.stage import gateway_settings
from gateway.core.clock import CHINA

_SECONDS: Final = 60
_SHOWN: Final = 5


class AuditSteps:
    """Takes them on a scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._stage, self._world = scene.stage, scene.world
        self._began = datetime.now(CHINA) - timedelta(minutes=1)

    def auditor(self) -> list[str]:
        """Every answer of the walk for which licences were fetched is there, once, and no other."""
        entries = self._entries()
        table = Table(
            "种类 · kind", "结果 · ending", "应用 · application", "角色 · role", "依据 · basis", "系统 · systems"
        )
        for entry in entries[:_SHOWN]:
            table.add_row(
                entry["kind"],
                entry["ending"],
                entry["application"],
                entry["actor"]["role"],
                (entry["use"] or {}).get("basis", ""),
                str(len(entry["systems"])),
            )
        out.print(table)
        out.print(f"  {len(entries)} 条 · entries")
        done = Counter(entry["requestId"] for entry in entries if entry["ending"] == "DONE")
        expected = Counter(self._scene.answered.keys())
        missing, more = (expected - done).total(), (done - expected).total()
        wrong = [f"{missing} answers are missing, {more} are not of the walk"] if missing or more else []
        cases = {entry["use"]["case"] for entry in entries if entry["use"] and entry["use"]["basis"] == "STATUTORY"}
        return wrong if cases == {self._world.case} else [*wrong, f"cases are {cases}"]

    def citizen(self) -> list[str]:
        """The holder reads which body used his data, what for and how often; nobody's name is told."""
        uses = self._scene.ask("citizen", DATA_USE, {}).data["myDataUse"]["nodes"]
        body, item = self._world.officer.body, self._world.item
        by_case = [use for use in uses if use["basis"] == "STATUTORY"]
        if by_case:
            told = by_case[0]
            out.print(f"  {told['title']}: {told['bodyName']}, {told['item']} ×{len(by_case)}", markup=False)
        wrong = []
        if (expected := sum(self._scene.answered.values())) != len(by_case):
            wrong.append(f"{len(by_case)} uses for a case, expected {expected}")
        told = {(use["body"], use["bodyName"], use["item"], use["byOneself"]) for use in by_case}
        if told != {(body.code, body.name, item, False)}:
            wrong.append(f"bodies are {told}")
        if not any(use["byOneself"] for use in uses):
            wrong.append("his own questions are not told")
        return wrong

    def export(self) -> list[str]:
        """An export, made beside the running gateway, verifies with the published key and holds the walk."""
        target = self._stage.folder / "audit.zip"
        target.unlink(missing_ok=True)
        published = self._stage.folder / "audit.key.pub.pem"
        exported = self._yiwang("export", str(target), "--from", self._began.isoformat())
        verified = self._yiwang("verify", "--json", "--key", str(published), str(target))
        if exported.returncode or verified.returncode:
            return [line for done in (exported, verified) for line in (done.stdout + done.stderr).splitlines()]
        report = json.loads(verified.stdout)
        for step in report["steps"]:
            out.print(f"  {step['number']} {step['name']}: {step['verdict']} · {step['message']}", markup=False)
        with zipfile.ZipFile(target) as archive, archive.open("entries.jsonl") as entries:
            text = entries.read().decode()
        missing = [request for request in self._scene.answered if request not in text]
        wrong = [f"{len(missing)} requests of the walk are not in the export"] if missing else []
        return wrong if report["verdict"] == "VALID" else [*wrong, f"the verdict is {report['verdict']}"]

    def _entries(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            page = self._scene.ask("auditor", AUDIT, {"after": after}).data["auditEvents"]
            entries += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return entries
            after = page["pageInfo"]["endCursor"]

    def _yiwang(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603 - our own command, no shell
            [sys.executable, "-m", "gateway.cli", "audit", *words],
            env={**os.environ, **gateway_settings(self._stage.folder, 0)},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
