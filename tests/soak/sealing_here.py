"""Documents sealed with the gateway's own key: a batch over a kill, a replica that oversleeps, documents of 200 MB."""

import hashlib
import json
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from gateway.cli.demo.client import Client
from gateway.cli.demo.queries import OPEN_USE, SEAL_DOCUMENT, SEALING, UPLOAD
from gateway.cli.demo.seals import register
from tests.documents.heavy import PIECE, large_ofd, large_pdf
from tests.ofd import world
from tests.pdf.documents import pdf
from tests.soak.fleet import Fleet, fleet

ENDED = frozenset({"RELEASED", "FAILED", "IN_DOUBT"})
LARGE_PIECES = 50
"""Of 4 MiB each: 200 MiB."""
MOST_GROWN_MIB = 100.0
LEASE_SECONDS = 60.0
AGAIN_AT_MOST = 3 * 32
"""Documents between two transactions when the process ends: a group for each of its workers, and the next one."""
PATIENCE = 900.0
RATE = "1000/20000"
"""Of uploads by one person."""
SEAL_MANY = """mutation SealMany($input: SealDocumentsInput!) {
  sealDocuments(input: $input) { batch problems { code message } }
}"""
BATCH = """query Batch($batch: ID!, $after: String) {
  sealings(batch: $batch, first: 100, after: $after) {
    nodes { id state attempts { number } }
    pageInfo { hasNextPage endCursor }
  }
}"""
AT = {"page": 1, "x": 50.0, "y": 50.0}


def batch(folder: Path, *, database: str, count: int) -> dict[str, Any]:
    """A batch is sealed; its gateway is killed when a third is released, and started again: it goes on where it was.

    Returns:
        ``holds``; how many documents were released before the kill, and how many were sealed again.
    """
    with fleet(folder, database, person_rate=RATE) as up:
        office = _Office(up)
        asked = office.ask(count)
        before = office.wait(asked, count // 3)
        up.gateways[0].signal(signal.SIGKILL)
        up.gateways[0].start()
        up.gateways[0].wait_ready()
        started = time.monotonic()
        office.wait(asked, count)
        return {
            "database": database,
            "count": count,
            "releasedBeforeTheKill": before,
            "secondsAfterIt": round(time.monotonic() - started, 1),
            **_judged(up, folder, office.all(asked), count),
        }


def paused(folder: Path, *, count: int) -> dict[str, Any]:
    """Two replicas seal a batch; one is stopped past its lease: the other does its part, and what it brings is refused.

    Returns:
        ``holds``; how many documents the stopped one had in hand, and what it said when it woke up.
    """
    with fleet(folder, "postgresql", 2, person_rate=RATE) as up:
        office = _Office(up, gateway=1)
        asked = office.ask(count)
        office.wait(asked, count // 4)
        sleeper = up.gateways[0]
        sleeper.signal(signal.SIGSTOP)
        time.sleep(LEASE_SECONDS + 5)
        released = office.wait(asked, count)
        said = sleeper.log.stat().st_size
        sleeper.signal(signal.SIGCONT)
        sleeper.wait_ready()
        time.sleep(10)  # whatever it had in hand it brings now
        told = sleeper.log.read_bytes()[said:].decode()
        lost = [line for line in told.splitlines() if "task.lease_lost" in line]
        judged = _judged(up, folder, office.all(asked), count)
        return {
            "count": count,
            "releasedWhileOneSlept": released,
            "saidWhenItWoke": lost[:5],
            **judged,
            "holds": judged["holds"] and judged["sealedAgain"] > 0 and bool(lost),
        }


def large(folder: Path, *, database: str) -> dict[str, Any]:
    """Documents of 200 MiB, sent, sealed and fetched over HTTP: the gateway's memory stays as it was.

    Returns:
        ``holds``; the most memory that the process had after small documents, and after each large one.
    """
    with fleet(folder, database, person_rate=RATE) as up:
        office = _Office(up)
        for name, content in (("small.ofd", world.HELLO), ("small.pdf", pdf())):
            office.round_trip(name, content)
        peaks = {"small": up.gateways[0].peak_mib()}
        took: dict[str, float] = {}
        source = folder / "large"
        for name, make in (("large.ofd", large_ofd), ("large.pdf", large_pdf)):
            make(source, LARGE_PIECES)
            started = time.monotonic()
            office.round_trip(name, source.read_bytes())
            took[name] = round(time.monotonic() - started, 1)
            peaks[name] = up.gateways[0].peak_mib()
        grown = max(peaks.values()) - peaks["small"]
        return {
            "database": database,
            "documentMib": LARGE_PIECES * PIECE >> 20,
            "peakMib": {name: round(peak, 1) for name, peak in peaks.items()},
            "grownMib": round(grown, 1),
            "roundTripSeconds": took,
            "holds": grown <= MOST_GROWN_MIB,
        }


class _Office:
    """An officer who has documents sealed with the gateway's own seal."""

    def __init__(self, up: Fleet, gateway: int = 0) -> None:
        self._up = up
        self._client = Client()
        self._gateway = f"http://127.0.0.1:{up.gateways[gateway].port}"
        self._seal = register(self._by, up.folder, up.control, up.world)["own"]
        declared = {"statutory": {"item": up.world.item, "case": up.world.case, "note": "soak"}}
        self._use = self._data(OPEN_USE, {"input": declared})["openUse"]["use"]["id"]

    def ask(self, count: int) -> str:
        """A batch of documents of which each is like no other."""
        documents = [
            {
                "idempotencyKey": f"soak-{number}",
                "file": {"upload": self._sent(f"{number}.ofd", world.packed(world.document(world.text(str(number)))))},
            }
            for number in range(count)
        ]
        asked = {"use": self._use, "seal": self._seal, "documents": documents, "at": AT}
        made = self._data(SEAL_MANY, {"input": asked})["sealDocuments"]
        if made["batch"] is None:
            raise ValueError(str(made["problems"]))
        return str(made["batch"])

    def wait(self, asked: str, count: int) -> int:
        """Until so many have ended; how many are released then."""
        started = time.monotonic()
        while time.monotonic() - started < PATIENCE:
            found = self.all(asked)
            if sum(one["state"] in ENDED for one in found) >= count:
                break
            time.sleep(0.2)
        return sum(one["state"] == "RELEASED" for one in found)

    def all(self, asked: str) -> list[dict[str, Any]]:
        """Every sealing of a batch."""
        found: list[dict[str, Any]] = []
        page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
        while page["hasNextPage"]:
            answer = self._data(BATCH, {"batch": asked, "after": page["endCursor"]})["sealings"]
            found += answer["nodes"]
            page = answer["pageInfo"]
        return found

    def round_trip(self, name: str, content: bytes) -> None:
        """Send, have sealed, and fetch."""
        request = {
            "idempotencyKey": name,
            "use": self._use,
            "seal": self._seal,
            "file": {"upload": self._sent(name, content)},
            "at": AT,
        }
        made = self._data(SEAL_DOCUMENT, {"input": request})["sealDocument"]
        started, found = time.monotonic(), {"state": ""}
        while found["state"] not in ENDED and time.monotonic() - started < PATIENCE:
            time.sleep(0.2)
            found = self._data(SEALING, {"id": made["sealing"]["id"]})["sealing"]
        if found["state"] != "RELEASED":
            raise ValueError(str(found))
        ticket: Any = found["file"]
        fetched = self._client.fetch(urljoin(f"{self._gateway}/graphql", ticket["url"]), self._up.tokens["officer"])
        if len(fetched) <= len(content) or hashlib.sha256(fetched).hexdigest() != ticket["sha256"]:
            raise ValueError("another document came back")

    def _sent(self, name: str, content: bytes) -> str:
        made = self._data(UPLOAD, {"input": {"name": name, "bytes": len(content)}})["createUpload"]["upload"]
        self._client.send(urljoin(f"{self._gateway}/graphql", made["url"]), self._up.tokens["officer"], content)
        return str(made["id"])

    def _data(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        return self._client.graphql(self._gateway, self._up.tokens["officer"], query, variables, 30_000).data

    def _by(self, role: str, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        return self._client.graphql(self._gateway, self._up.tokens[role], query, variables).data


def _judged(up: Fleet, folder: Path, found: list[dict[str, Any]], count: int) -> dict[str, Any]:
    """By the sealings and by the audit: each released once, none but those that were in hand sealed again."""
    up.finish()
    export = folder / "audit-export"
    made = up.command("audit", "export", "--from", "2026-01-01T00:00:00+08:00", str(export))
    verified = up.command("audit", "verify", str(export))
    kinds: Counter[str] = Counter()
    with (export / "entries.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            kinds[str(entry.get("event", entry).get("kind"))] += 1
    uses = sum(len(one["attempts"]) for one in found)
    again = sum(len(one["attempts"]) > 1 for one in found)
    states = Counter(one["state"] for one in found)
    return {
        "states": dict(states),
        "sealedAgain": again,
        "usesInTheLog": kinds["seal.used"],
        "releasesInTheLog": kinds["seal.released"],
        "auditVerified": made.returncode == verified.returncode == 0,
        "holds": states == {"RELEASED": count}
        and kinds["seal.released"] == count
        and kinds["seal.used"] == uses
        and again <= AGAIN_AT_MOST
        and made.returncode == verified.returncode == 0,
    }
