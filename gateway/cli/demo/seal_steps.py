"""The steps of sealing: a document sealed by a key here and by platforms, a frozen seal, an answer that was lost."""

import hashlib
import time
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urljoin

from rich.table import Table

from adapters.sandbox.cert_share.copies import Annotation, ofd_copy
from gateway.cli.console import out
from gateway.cli.demo.queries import (
    FREEZE_SEAL,
    SEAL_DOCUMENT,
    SEALING,
    UNFREEZE_SEAL,
    UPLOAD,
    VERIFY_SEALED,
)
from gateway.cli.demo.scene import Scene
from gateway.cli.demo.seals import PLATFORMS
from gateway.core.clock import CHINA

_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.1
_ENDED: Final = frozenset({"RELEASED", "FAILED", "IN_DOUBT"})
_PLACE: Final = {"page": 1, "x": 140.0, "y": 225.0}


class SealSteps:
    """Takes them on a scene.

    Args:
        scene: with the people who seal.
        seals: ids of the registered seals by name.
    """

    def __init__(self, scene: Scene, seals: dict[str, str]) -> None:
        self._scene = scene
        self._stage, self._client = scene.stage, scene.client
        self._seals = seals
        self._made = 0

    def here(self) -> list[str]:
        """A document gets the seal whose key is here; asking again gives the same; what came is examined."""
        document = self._document()
        sealing, asked = self._seal("own", document)
        again = self._ask(asked)["sealing"]
        wrong = [] if again and again["id"] == sealing["id"] else ["the same key gave another sealing"]
        if sealing["state"] != "RELEASED":
            return [*wrong, f"it is {sealing['state']}: {sealing['problems']}"]
        sealed = self._client.fetch(self._absolute(sealing["file"]["url"]), self._stage.tokens["officer"])
        if hashlib.sha256(sealed).hexdigest() != sealing["file"]["sha256"]:
            wrong.append("the file is not the one that the ticket describes")
        upload = self._upload(sealed, "sealed.ofd")
        reply = self._scene.ask("citizen", VERIFY_SEALED, {"input": {"file": {"upload": upload["id"]}}})
        found = (reply.data["verifySealedDocument"] or {}).get("verification")
        if found is None:
            return [*wrong, f"it was not examined: {reply.body}"]
        for step in found["steps"]:
            out.print(f"  {step['number']} {step['name']}: {step['verdict']} · {step['message']}", markup=False)
        return wrong if found["verdict"] == "VALID" else [*wrong, f"the verdict is {found['verdict']}"]

    def platforms(self) -> list[str]:
        """The same by every platform, whichever way it answers; each says in its own ledger that it sealed once."""
        wrong: list[str] = []
        table = Table("印章平台 · platform", "方式 · way", "状态 · state", "业务编号 · number", "请求 · attempts")
        for name, seal in PLATFORMS.items():
            document = self._document()
            sealing, _ = self._seal(name, document)
            table.add_row(
                seal.system, f"{name}, {seal.mode}", sealing["state"], sealing["number"], str(len(sealing["attempts"]))
            )
            if sealing["state"] != "RELEASED":
                wrong.append(f"{name} is {sealing['state']}: {sealing['problems']}")
            if seal.mode == "DOCUMENT" and (count := self._ledger(seal.system, document)) != 1:
                wrong.append(f"{seal.system} sealed it {count} times")
        out.print(table)
        return wrong

    def frozen(self) -> list[str]:
        """Nobody can use a frozen seal, at once and everywhere; another person than who froze it thaws it."""
        seal = self._seals["own"]
        ice = {"id": seal, "reason": "印章遗失报备，演示"}
        frozen = self._scene.ask("department", FREEZE_SEAL, {"input": ice}).data["freezeSeal"]["seal"]
        try:
            asked = {"input": self._request("own", self._document())}
            reply = self._scene.ask("officer", SEAL_DOCUMENT, asked)
            told = [f"{error['extensions']['code']}: {error['message']}" for error in reply.body.get("errors", ())]
            out.print(f"  {frozen['state']} → {'; '.join(told)}", markup=False)
        finally:
            thaw = {"id": seal, "expectedVersion": frozen["version"]}
            thawed = self._scene.ask("hub", UNFREEZE_SEAL, {"input": thaw}).data["unfreezeSeal"]["seal"]
        wrong = [] if reply.codes == ["FORBIDDEN"] else [f"codes are {reply.codes}, expected FORBIDDEN"]
        return wrong if thawed["state"] == "ACTIVE" else [*wrong, f"it is {thawed['state']}"]

    def lost(self) -> list[str]:
        """A platform seals and its answer is lost: it can neither repeat nor tell, so the document is withheld."""
        document = self._document()
        self._client.set_fault(self._stage.faults, "seal-bureau", {"kind": "lost-answer"})
        try:
            sealing, _ = self._seal("bureau", document)
        finally:
            self._client.set_fault(self._stage.faults, "seal-bureau", None)
        count = self._ledger("seal-bureau", document)
        [told] = [problem["message"] for problem in sealing["problems"]] or [""]
        out.print(f"  {sealing['state']}: {told}", markup=False)
        out.print(f"  平台自己的台账 · the platform's own ledger: ×{count}", markup=False)
        wrong = [] if sealing["state"] == "IN_DOUBT" and sealing["file"] is None else [f"it is {sealing['state']}"]
        return wrong if count == 1 else [*wrong, f"the platform sealed it {count} times"]

    def _seal(self, name: str, document: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
        """What became of a document that is to get a seal, and what was asked."""
        asked = self._request(name, document)
        made = self._ask(asked)
        if made["sealing"] is None:
            return {
                "state": "refused",
                "problems": made["problems"],
                "number": None,
                "attempts": (),
                "file": None,
            }, asked
        deadline = time.monotonic() + _SECONDS
        found: dict[str, Any] = self._found(made["sealing"]["id"])
        while found["state"] not in _ENDED and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
            found = self._found(made["sealing"]["id"])
        return found, asked

    def _found(self, sealing: str) -> dict[str, Any]:
        found: dict[str, Any] = self._scene.ask("officer", SEALING, {"id": sealing}).data["sealing"]
        return found

    def _request(self, name: str, document: bytes) -> dict[str, Any]:
        self._made += 1
        upload = self._upload(document, f"approval-{self._made}.ofd")
        return {
            "idempotencyKey": f"walk-{time.time_ns()}-{self._made}",
            "use": self._scene.use("officer"),
            "seal": self._seals[name],
            "file": {"upload": upload["id"]},
            "at": _PLACE,
        }

    def _ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        reply = self._scene.ask("officer", SEAL_DOCUMENT, {"input": asked})
        made: dict[str, Any] = reply.data.get("sealDocument") or {"sealing": None, "problems": reply.codes}
        return made

    def _upload(self, content: bytes, name: str) -> dict[str, Any]:
        role = "officer" if name.startswith("approval") else "citizen"
        declared = {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        upload: dict[str, Any] = self._scene.ask(role, UPLOAD, {"input": declared}).data["createUpload"]["upload"]
        self._client.send(self._absolute(upload["url"]), self._stage.tokens[role], content)
        return upload

    def _ledger(self, system: str, document: bytes) -> int:
        """How often the platform sealed this document, by its own account."""
        ledger = self._client.read(f"{self._stage.control}/ledger/{system}")
        return int(ledger["byDocument"].get(hashlib.sha256(document).hexdigest(), 0))

    def _document(self) -> bytes:
        """An approval that nobody has seen yet."""
        licence = self._scene.world.licences[self._made % len(self._scene.world.licences)]
        now = datetime.now(CHINA)
        return ofd_copy(licence, Annotation(f"演示 {time.time_ns()}", "示例大厅", now, now + timedelta(days=1)))

    def _absolute(self, url: str) -> str:
        return urljoin(f"{self._stage.gateway}/graphql", url)
