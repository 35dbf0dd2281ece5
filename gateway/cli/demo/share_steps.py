"""The steps of sharing: a resource is found, asked for, granted in part and used; its receipt; the end of the grant."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from gateway.cli.console import out
from gateway.cli.demo import shares, verify_receipt
from gateway.cli.demo.queries import FIND_RESOURCE, REVOKE_GRANT, SHARED_RECORDS
from gateway.cli.demo.scene import Scene
from gateway.cli.demo.share_bodies import provider

_SECONDS: Final = 60
_WORD: Final = "参保"


class ShareSteps:
    """Takes them on a scene whose catalogue was imported."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._stage, self._world = scene.stage, scene.world
        self._grant: dict[str, Any] = {}

    def found(self) -> list[str]:
        """The officer finds the resource by a Chinese word, and it is served."""
        variables = {"search": _WORD, "item": self._world.item}
        nodes = self._scene.ask("officer", FIND_RESOURCE, variables).data["resources"]["nodes"]
        for node in nodes:
            out.print(f"  {node['code']} {node['title']} · {node['sharing']} · {node['provider']}", markup=False)
        body = provider(self._world).code
        one = {"code": shares.RESOURCE, "title": shares.TITLE, "sharing": "CONDITIONAL", "isServed": True}
        return [] if nodes == [{**one, "provider": body}] else [f"resources are {nodes}"]

    def granted(self) -> list[str]:
        """Asked for, checked, approved in part: the grant opens what the provider gave."""
        try:
            done = shares.granted(self._scene, f"walk-{time.time_ns()}")
        except ValueError as error:
            return [str(error)]
        self._grant = done["grant"] or {}
        state = done["request"]["state"]
        opened = {field["name"]: field["access"] for field in self._grant.get("terms", {}).get("fields", ())}
        out.print(f"  {state}: {', '.join(f'{name} {access}' for name, access in opened.items())}", markup=False)
        expected = {name: access for name, access in shares.ASKED.items() if name != shares.REFUSED}
        wrong = [] if state == "PARTLY_APPROVED" else [f"the request is {state}"]
        return wrong if opened == expected else [*wrong, f"the grant opens {opened}"]

    def used(self) -> list[str]:
        """A record under the grant is masked as it says; what comes with it is verified without the gateway."""
        reply = self._asked()
        found = reply.data.get("sharedRecords")
        if found is None:
            return [f"no answer: {reply.codes}"]
        out.print(f"  {found['records']}", markup=False)
        expected = [shares.expected_record(self._world, shares.person(self._world))]
        wrong = [] if found["records"] == expected else [f"records are {found['records']}, expected {expected}"]
        withheld = sorted(line["path"] for line in found["withheld"])
        if withheld != ["address", shares.REFUSED]:
            wrong.append(f"withheld are {withheld}")
        return wrong + self._verified(found["receipt"])

    def revoked(self) -> list[str]:
        """The provider ends the grant; from then on nothing is given under it."""
        ended = {"id": self._grant["id"], "reason": "purpose-ended", "expectedVersion": self._grant["version"]}
        reply = self._scene.ask("share-provider", REVOKE_GRANT, {"input": ended})
        done = reply.data.get("revokeGrant") or {"grant": None, "problems": reply.codes}
        if done["grant"] is None:
            return [f"it is not revoked: {done['problems']}"]
        codes = self._asked().codes
        out.print(f"  revoked: {codes}", markup=False)
        return [] if codes == ["FORBIDDEN"] else [f"after the revocation: {codes}"]

    def _asked(self) -> Any:  # noqa: ANN401 - a Reply
        variables = {
            "use": self._scene.use("officer"),
            "grant": self._grant["id"],
            "parameters": {"idNumber": shares.person(self._world)},
        }
        return self._scene.ask("officer", SHARED_RECORDS, variables)

    def _verified(self, receipt: dict[str, Any]) -> list[str]:
        """What the script of the standard library and openssl says of a receipt, and of one that was changed."""
        if shutil.which("openssl") is None:
            out.print("  没有 openssl，未校验凭据 · no openssl here: the receipt is not verified", markup=False)
            return []
        file, key = self._stage.folder / "receipt.json", self._stage.folder / "audit.key.pub.pem"
        wrong = []
        changed = {**receipt, "receipt": {**receipt["receipt"], "rows": 2}}
        for one, is_valid in ((changed, False), (receipt, True)):
            file.write_text(json.dumps(one, ensure_ascii=False), "utf-8")
            done = subprocess.run(  # noqa: S603 - our own script, no shell
                [sys.executable, str(Path(verify_receipt.__file__)), str(file), str(key)],
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
            what = "凭据 · the receipt" if is_valid else "改动过的凭据 · a receipt that was changed"
            out.print(f"  {what}: {done.stdout.strip() or done.stderr.strip()}", markup=False)
            if (done.returncode == 0) is not is_valid:
                wrong.append(f"the receipt{' that was changed' * (not is_valid)}: {done.stderr.strip()}")
        return wrong
