"""Documents are sealed while gateways and platforms are killed and stopped: none is sealed twice, none forgotten."""

import asyncio
import hashlib
import json
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from adapters.sandbox.cert_share.copies import Annotation, ofd_copy
from gateway.cli.demo.client import Client
from gateway.cli.demo.queries import OPEN_USE, SEAL_DOCUMENT, SEALING, UPLOAD
from gateway.cli.demo.seals import PLATFORMS, register
from gateway.core.clock import CHINA
from tests.soak.fleet import Fleet, Gateway, SandboxProcess, fleet

ENDED = frozenset({"RELEASED", "FAILED", "IN_DOUBT"})
CLERKS = 6
"""Callers at a time."""
SETTLING_SECONDS = 1_200.0
"""How long after the last blow everything may take to end: platforms that are asked first have to be asked twice."""
AGAIN_SHARE = 0.1
"""Requests that are sent again although they were answered."""


@dataclass
class Asked:
    """A document that is to be sealed."""

    number: int
    seal: str
    document: bytes
    sealing: str | None = None
    state: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.document).hexdigest()


def sealings(folder: Path, *, database: str, count: int, blows: int, seed: int) -> dict[str, Any]:
    """``count`` documents by every route, while processes get ``blows`` signals; then ledgers and audit are compared.

    Returns:
        ``holds``; how the requests ended by seal, how often platforms sealed a document, what the audit lacks.
    """
    replicas = 2 if database == "postgresql" else 1
    with fleet(folder, database, replicas) as up:
        run = _Run(up, random.Random(seed))
        seconds = asyncio.run(run.go(count, blows))
        return {
            "database": database,
            "replicas": replicas,
            "seed": seed,
            "count": count,
            "blows": run.blows,
            "secondsToEnd": seconds,
            **_judged(up, folder, run.asked),
        }


class _Run:
    def __init__(self, up: Fleet, dice: random.Random) -> None:
        self._up = up
        self._dice = dice
        self._client = Client()
        self._ids = register(self._by, up.folder, up.control, up.world)
        self._use = ""
        self.asked: list[Asked] = []
        self.blows: Counter[str] = Counter()

    async def go(self, count: int, blows: int) -> float:
        """Seconds from the last blow until all had ended, or the time for that was over."""
        names = ["own", *PLATFORMS]
        self.asked = [Asked(number, names[number % len(names)], _document(self._up, number)) for number in range(count)]
        waiting = list(reversed(self.asked))
        clerks = [asyncio.create_task(self._clerk(waiting)) for _ in range(CLERKS)]
        try:
            for blow in range(blows):
                await asyncio.sleep(self._dice.uniform(0.5, 2.5))
                await self._blow(blow)
            await asyncio.gather(*clerks)
        finally:
            for clerk in clerks:
                clerk.cancel()
            await asyncio.gather(*clerks, return_exceptions=True)
        return await self._ended()

    async def _blow(self, number: int) -> None:
        """A kill, or every third time a pause; of a gateway or, every other time, of the platforms."""
        victims: list[SandboxProcess | Gateway] = [self._up.sandbox, *self._up.gateways]
        victim = victims[0] if number % 2 else self._dice.choice(victims[1:])
        what = "sandbox" if victim is self._up.sandbox else "gateway"
        if number % 3 == 2:
            self.blows[f"{what} stopped"] += 1
            victim.signal(signal.SIGSTOP)
            await asyncio.sleep(self._dice.uniform(1.0, 5.0))
            victim.signal(signal.SIGCONT)
        else:
            self.blows[f"{what} killed"] += 1
            victim.signal(signal.SIGKILL)
            await asyncio.sleep(self._dice.uniform(0.0, 1.0))
            victim.start()
            await asyncio.to_thread(victim.wait_ready)

    async def _clerk(self, waiting: list[Asked]) -> None:
        while waiting:
            asked = waiting.pop()
            while not await asyncio.to_thread(self._guarded, self._ask, asked):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.3)

    async def _ended(self) -> float:
        started = time.monotonic()
        open_ones = list(self.asked)
        while open_ones and time.monotonic() - started < SETTLING_SECONDS:
            for asked in open_ones:
                await asyncio.to_thread(self._guarded, self._look, asked)
            open_ones = [asked for asked in open_ones if asked.state not in ENDED]
            if open_ones:
                await asyncio.sleep(2)
        return round(time.monotonic() - started, 1)

    def _guarded(self, step: Callable[[Asked], bool], asked: Asked) -> bool:
        """Whether the step was taken; a gateway that is away is no reason to end."""
        try:
            return step(asked)
        except (OSError, ValueError, KeyError, TypeError):  # cut off, half an answer, or none
            return False

    def _ask(self, asked: Asked) -> bool:
        """Send the document and ask for its seal, with the same key until that is acknowledged; some even then."""
        gateway = f"http://127.0.0.1:{self._up.gateways[asked.number % len(self._up.gateways)].port}"
        declared = {"name": f"{asked.number}.ofd", "bytes": len(asked.document), "sha256": asked.digest}
        upload = self._data(gateway, UPLOAD, {"input": declared})["createUpload"]["upload"]
        url = urljoin(f"{gateway}/graphql", upload["url"])
        self._client.send(url, self._up.tokens["officer"], asked.document)
        request = {
            "idempotencyKey": f"soak-{asked.number}",
            "use": self._opened(gateway),
            "seal": self._ids[asked.seal],
            "file": {"upload": upload["id"]},
            "at": {"page": 1, "x": 140.0, "y": 225.0},
        }
        made = self._data(gateway, SEAL_DOCUMENT, {"input": request})["sealDocument"]
        if made["sealing"] is None:
            raise ValueError(str(made["problems"]))
        if asked.sealing not in {None, made["sealing"]["id"]}:
            raise AssertionError("the same key gave another sealing")
        asked.sealing = made["sealing"]["id"]
        return self._dice.random() >= AGAIN_SHARE

    def _opened(self, gateway: str) -> str:
        """A use that all clerks share."""
        if not self._use:
            declared = {"statutory": {"item": self._up.world.item, "case": self._up.world.case, "note": "soak"}}
            self._use = str(self._data(gateway, OPEN_USE, {"input": declared})["openUse"]["use"]["id"])
        return self._use

    def _look(self, asked: Asked) -> bool:
        gateway = f"http://127.0.0.1:{self._up.gateways[0].port}"
        found = self._data(gateway, SEALING, {"id": asked.sealing})["sealing"]
        asked.state = found["state"]
        asked.problems = [problem["message"] for problem in found["problems"]]
        return True

    def _data(self, gateway: str, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        return self._client.graphql(gateway, self._up.tokens["officer"], query, variables, 10_000).data

    def _by(self, role: str, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        gateway = f"http://127.0.0.1:{self._up.gateways[0].port}"
        return self._client.graphql(gateway, self._up.tokens[role], query, variables).data


def _document(up: Fleet, number: int) -> bytes:
    """A document that is like no other."""
    licence = up.world.licences[number % len(up.world.licences)]
    made_at = datetime.now(CHINA)
    return ofd_copy(licence, Annotation(f"压力 {number}", "示例大厅", made_at, made_at + timedelta(days=1)))


def _judged(up: Fleet, folder: Path, asked: list[Asked]) -> dict[str, Any]:
    client = Client()
    systems = sorted({seal.system for seal in PLATFORMS.values()})
    ledgers = {system: client.read(f"{up.control}/ledger/{system}") for system in systems}
    twice = [
        f"{system} {key[:12]}"
        for system, ledger in ledgers.items()
        for key, times in (*ledger["byKey"].items(), *ledger["byDocument"].items())
        if times > 1
    ]
    sealed = {system: set(ledger["byDocument"]) for system, ledger in ledgers.items()}
    documents = {name: seal.system for name, seal in PLATFORMS.items() if seal.mode == "DOCUMENT"}
    denied = [
        one.number
        for one in asked
        if one.state == "FAILED" and one.digest in sealed.get(documents.get(one.seal, ""), ())
    ]
    missing = [
        one.number
        for one in asked
        if one.state == "RELEASED" and one.seal in documents and one.digest not in sealed[documents[one.seal]]
    ]
    states = Counter(f"{one.seal} {one.state or 'unknown'}" for one in asked)
    reasons = Counter(reason for one in asked if one.state != "RELEASED" for reason in one.problems)
    log = _log_of(up, folder)
    ended = Counter(one.state for one in asked)
    complete = (
        log["kinds"].get("seal.requested", 0) == len(asked)
        and log["kinds"].get("seal.released", 0) == ended["RELEASED"]
        and log["kinds"].get("seal.failed", 0) == ended["FAILED"]
        and log["kinds"].get("seal.in_doubt", 0) >= ended["IN_DOUBT"]
        and log["kinds"].get("seal.used", 0) >= ended["RELEASED"]
    )
    return {
        "states": dict(sorted(states.items())),
        "reasons": dict(reasons),
        "platformsSealed": {system: len(ledger["sealings"]) for system, ledger in ledgers.items()},
        "sealedTwice": twice,
        "failedThoughSealed": denied,
        "releasedThoughUnsealed": missing,
        "log": log,
        "logComplete": complete,
        "starts": [gateway.starts for gateway in up.gateways] + [up.sandbox.starts],
        "holds": not twice
        and not denied
        and not missing
        and complete
        and log["verify"] == 0
        and all(one.state in ENDED for one in asked),
    }


def _log_of(up: Fleet, folder: Path) -> dict[str, Any]:
    """How many events of each kind the audit has, and whether it verifies."""
    up.finish()
    export = folder / "audit-export"
    made = up.command("audit", "export", "--from", "2026-01-01T00:00:00+08:00", str(export))
    verified = up.command("audit", "verify", str(export))
    kinds: Counter[str] = Counter()
    if made.returncode == 0:
        with (export / "entries.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                entry = json.loads(line)
                kinds[str(entry.get("event", entry).get("kind"))] += 1
    return {
        "export": made.returncode,
        "verify": verified.returncode,
        "said": made.stderr.decode()[-300:] + verified.stdout.decode()[-300:],
        "kinds": {kind: number for kind, number in sorted(kinds.items()) if kind.startswith("seal.")},
    }
