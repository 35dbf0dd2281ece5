"""The steps of operations: an outage seen from outside, a system disabled with a notice, files sent and fetched."""

import hashlib
import time
from typing import Any, Final
from urllib.parse import urljoin

from rich.table import Table

from gateway.cli.console import out
from gateway.cli.demo.deployment import AUTHORITY, CASES, EXCHANGES, IDENTITIES, SEALS, SHARES
from gateway.cli.demo.expectation import as_an_officer_sees
from gateway.cli.demo.queries import DISABLE, ENABLE, EXPORT, HEALTH, LICENCES, SYSTEMS, UPLOAD, VERSION
from gateway.cli.demo.scene import ALL_OK, CITY, Scene

_SECONDS: Final = 15.0
"""How long a change of state may take to be seen; docs/reference/health.md promises less."""
_POLL_SECONDS: Final = 0.2
_ASKING_SECONDS: Final = 0.4
_NOTICES: Final = {"zh": "库房搬迁，证照暂停查询", "en": "the archive moves; no licences for now"}
_CONTENT: Final = "示例附件 · a made-up attachment\n".encode() * 4_000
_ALL_UP: Final = dict.fromkeys((*AUTHORITY, *CASES, *IDENTITIES, *SEALS, *SHARES, *EXCHANGES), "UP")


class OperationSteps:
    """Takes them on a scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._stage, self._client = scene.stage, scene.client

    def outage(self) -> list[str]:
        """A subscriber hears that a system is down, whose fault it is, and that it is up again."""
        if wrong := self._wait_for(CITY, "UP"):
            return wrong
        token = self._stage.tokens["operations"]
        seen: list[tuple[str, str, str]] = []
        with self._client.listening(self._stage.gateway, token, HEALTH, {"codes": [CITY]}) as following:
            self._client.set_fault(self._stage.faults, CITY, {"kind": "reset"})
            try:
                deadline = time.monotonic() + _SECONDS
                while not _reached(seen, "DOWN") and time.monotonic() < deadline:
                    self._scene.ask("officer", LICENCES, self._scene.of_the_officer())
                    _note(following(_ASKING_SECONDS), seen)
            finally:
                self._client.set_fault(self._stage.faults, CITY, None)
            deadline = time.monotonic() + _SECONDS
            while not _reached(seen, "UP") and time.monotonic() < deadline:
                _note(following(_ASKING_SECONDS), seen)
        for before, after, fault in seen:
            out.print(f"  {CITY}: {before} → {after} {fault}", markup=False)
        ways = [(before, after) for before, after, _ in seen]
        if [after for _, after in ways if after != "DEGRADED"] != ["DOWN", "UP"] or ways[0][0] != "UP":
            return [f"changes are {ways}, expected UP → DOWN → UP"]
        return [
            f"{fault or 'nobody'} is to blame, expected NETWORK"
            for _, to, fault in seen
            if to == "DOWN" and fault != "NETWORK"
        ]

    def all_up(self) -> list[str]:
        """Every system is up, at the latest when it has been probed again."""
        deadline = time.monotonic() + _SECONDS
        while (states := self._states()) != _ALL_UP and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        return [] if states == _ALL_UP else [f"states are {states}"]

    def board(self) -> list[str]:
        """All systems are up again, and what is known of each."""
        wrong = self.all_up()
        table = Table("系统 · system", "状态 · state", "p95 ms", "上次错误 · last error")
        for system in self._systems():
            health = system["health"]
            table.add_row(system["code"], system["state"], str(health["p95Milliseconds"]), health["lastError"] or "")
        out.print(table)
        return wrong

    def disabled(self) -> list[str]:
        """Who asks while a system is disabled reads why, in his language; when it is enabled all is as before."""
        wrong = self._change(DISABLE, "DISABLED", {"noticeZh": _NOTICES["zh"], "noticeEn": _NOTICES["en"]})
        try:
            for language, notice in _NOTICES.items():
                wrong += self._without_the_city(language, notice)
        finally:
            wrong += self._change(ENABLE, "UP", {})
        reply = self._scene.ask("officer", LICENCES, self._scene.of_the_officer())
        return wrong + self._scene.licences(reply, AUTHORITY, ALL_OK, "COMPLETE", as_an_officer_sees, brief=True)

    def files(self) -> list[str]:
        """A file is sent, and the record of calls fetched; digests say that both are whole."""
        wrong = []
        digest = hashlib.sha256(_CONTENT).hexdigest()
        declared = {"name": "附件.txt", "bytes": len(_CONTENT), "sha256": digest}
        upload = self._scene.ask("citizen", UPLOAD, {"input": declared}).data["createUpload"]["upload"]
        taken = self._client.send(self._absolute(upload["url"]), self._stage.tokens["citizen"], _CONTENT)
        out.print(f"  已上传 · sent: {taken['bytes']} bytes, sha256 {taken['sha256'][:16]}…", markup=False)
        if taken != {"bytes": len(_CONTENT), "sha256": digest}:
            wrong.append(f"the upload is {taken}")
        given = self._scene.ask("operations", EXPORT, {"input": {"format": "CSV"}}).data["exportSystemCalls"]["file"]
        content = self._client.fetch(self._absolute(given["url"]), self._stage.tokens["operations"])
        found = hashlib.sha256(content).hexdigest()
        lines = content.decode("utf-8-sig").splitlines()
        out.print(
            f"  已下载 · fetched: {given['name']}, {len(content)} bytes, {len(lines) - 1} 次调用 · calls", markup=False
        )
        if (found, len(content)) != (given["sha256"], given["bytes"]):
            wrong.append("the file is not the one that the ticket describes")
        if missing := [code for code in AUTHORITY if not any(code in line for line in lines)]:
            wrong.append(f"no call to {', '.join(missing)} is in the record")
        return wrong

    def _without_the_city(self, language: str, notice: str) -> list[str]:
        reply = self._scene.ask("officer", LICENCES, self._scene.of_the_officer(), language=language)
        others = [system for system in AUTHORITY if system != CITY]
        wrong = self._scene.licences(
            reply, others, {**ALL_OK, CITY: "DISABLED"}, "PARTIAL", as_an_officer_sees, brief=True
        )
        [told] = [line["notice"] for line in reply.data["licences"]["sources"] if line["system"] == CITY]
        return wrong if notice in (told or "") else [*wrong, f"the notice is {told!r}, expected {notice!r}"]

    def _change(self, mutation: str, state: str, change: dict[str, Any]) -> list[str]:
        """Disable or enable the city's system; a line if it is not in this state afterwards."""
        version = self._scene.ask("operations", VERSION, {"code": CITY}).data["system"]["noticeVersion"]
        values = {"code": CITY, "expectedVersion": version, **change}
        done = self._scene.ask("operations", mutation, {"input": values}).data["done"]
        wrong = self._wait_for(CITY, state)
        out.print(f"  {CITY}: {done['system']['state']}")
        return [*wrong, *(problem["message"] for problem in done["problems"])]

    def _wait_for(self, code: str, state: str) -> list[str]:
        """Until a system is in this state; a line if it does not come to be."""
        deadline = time.monotonic() + _SECONDS
        while (found := self._states()[code]) != state and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        return [] if found == state else [f"{code} is {found}, expected {state}"]

    def _systems(self) -> list[dict[str, Any]]:
        nodes: list[dict[str, Any]] = self._scene.ask("operations", SYSTEMS, {}).data["systems"]["nodes"]
        return nodes

    def _states(self) -> dict[str, str]:
        return {system["code"]: system["state"] for system in self._systems()}

    def _absolute(self, url: str) -> str:
        return urljoin(f"{self._stage.gateway}/graphql", url)


def _note(event: dict[str, Any] | None, seen: list[tuple[str, str, str]]) -> None:
    if event is not None:
        change = event["systemHealth"]
        seen.append((change["from"], change["to"], change["system"]["health"]["fault"] or ""))


def _reached(seen: list[tuple[str, str, str]], state: str) -> bool:
    return bool(seen) and seen[-1][1] == state
