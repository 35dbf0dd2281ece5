"""A gateway that runs and whose documents are worked on in a process: one that dies is replaced and costs nothing."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from certs.documents.processes import process
from certs.signers import HeldSigner
from tests.ofd import world
from tests.sealing.live import OFFICER, live
from tests.sealing.test_over_http import SEAL_MANY

COUNT = 4


async def test_a_batch_is_released_though_the_process_that_seals_it_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, asked = list[subprocess.Popen[bytes]](), list[bytes]()
    spawn, sign_digest = process._spawn, HeldSigner.sign_digest

    def spawned(*given: Any) -> subprocess.Popen[bytes]:
        running.append(spawn(*given))
        return running[-1]

    async def sign_or_kill(self: HeldSigner, digest: bytes) -> bytes:
        asked.append(digest)
        if len(asked) == COUNT // 2:
            os.kill(running[-1].pid, signal.SIGKILL)
        return await sign_digest(self, digest)

    monkeypatch.setattr(process, "_spawn", spawned)
    with capture_logs() as logged:
        async with live(tmp_path, document_processes=1) as gateway:
            monkeypatch.setattr(HeldSigner, "sign_digest", sign_or_kill)
            documents = [
                {"idempotencyKey": str(number), "file": {"upload": await gateway.upload(_ofd(number), f"{number}.ofd")}}
                for number in range(COUNT)
            ]
            wanted = {"use": await gateway.use(), "seal": gateway.seal, "documents": documents, "crossPage": True}
            made = (await gateway.ask(OFFICER, SEAL_MANY, input=wanted))["sealDocuments"]
            assert made["problems"] == []
            ended = [await gateway.ended(sealing["id"]) for sealing in made["sealings"]]
    assert [(one["state"], one["verification"]["verdict"]) for one in ended] == [("RELEASED", "VALID")] * COUNT
    assert len(asked) == COUNT + 1  # one of them again
    assert len(set(asked)) == COUNT
    assert [one["status"] for one in logged if one["event"] == "document.process.died"] == [-signal.SIGKILL]
    assert [one.poll() for one in running] == [-signal.SIGKILL, 0]  # the second one ended with the gateway


def _ofd(number: int) -> bytes:
    pages = [world.text(f"Licence {number} approved"), world.text("second page")]
    return world.packed(world.document(*pages))
