"""Exports made in memory, without a database: chains, checkpoints and what an attacker might do to them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from certs.audit_keys import AuditKeyKind, AuditSignatures, generate_audit_key, load_signer
from gateway.core.audit.anchors import Anchored, anchor_line, read_anchors
from gateway.core.audit.canonical import canonical
from gateway.core.audit.catalogue import Retention
from gateway.core.audit.chain import Chain, Header, Link, Predecessor
from gateway.core.audit.checkpoint import FIRST, Checkpoint, CheckpointSigner, Signed, Standing
from gateway.core.audit.events import Event
from gateway.core.audit.examine import examine
from gateway.core.audit.export import Chosen, ExportedChain, ExportedEntry, build_export
from gateway.core.audit.findings import Report
from tests.audit.samples import NOON, an_event

SIGNERS = {kind: load_signer(generate_audit_key(kind)) for kind in AuditKeyKind}
P256 = SIGNERS[AuditKeyKind.P256]
ALL = Chosen(since="2026-01-01T00:00:00+00:00", until="2027-01-01T00:00:00+00:00")


class Ledger:
    """An audit in memory: chains that grow, checkpoints over them."""

    def __init__(self, signer: CheckpointSigner = P256) -> None:
        self.signer = signer
        self.headers: dict[str, Header] = {}
        self.chains: dict[str, Chain] = {}
        self.links: dict[str, list[Link]] = {}
        self.sealed: set[str] = set()
        self.signed: dict[int, Signed] = {}
        self.covered: dict[str, list[tuple[int, int]]] = {}
        self.last: Checkpoint = Checkpoint.make(0, NOON, FIRST, [])

    def begin(self, ordinal: int = 1, predecessor: str | None = None, retention: Retention = Retention.USE) -> str:
        before = None
        if predecessor is not None:
            last = self.chains[predecessor]
            before = Predecessor(last.name, last.count, last.head.hex())
        header = Header(
            epoch="ee" * 16,
            ordinal=ordinal,
            retention=retention,
            month="2026-03",
            began=NOON.isoformat(),
            predecessor=before,
        )
        self.headers[header.name], self.chains[header.name] = header, Chain.begin(header)
        self.links[header.name], self.covered[header.name] = [], []
        return header.name

    def add(self, chain: str, *events: Event) -> None:
        for event in events or (an_event(),):
            self.chains[chain], link = self.chains[chain].append(event.record())
            self.links[chain].append(link)

    def cut(self, chain: str, count: int) -> None:
        """Let a chain have its first entries only, as if it had never grown further."""
        kept, self.chains[chain], self.links[chain] = self.links[chain][:count], Chain.begin(self.headers[chain]), []
        for link in kept:
            self.chains[chain], again = self.chains[chain].append(canonical(json.loads(link.record)["event"]))
            self.links[chain].append(again)

    def backup(self) -> "Ledger":
        """What a backup made now would bring back."""
        copy = Ledger(self.signer)
        copy.headers, copy.chains, copy.sealed = dict(self.headers), dict(self.chains), set(self.sealed)
        copy.links = {name: list(links) for name, links in self.links.items()}
        copy.covered = {name: list(standings) for name, standings in self.covered.items()}
        copy.signed, copy.last = dict(self.signed), self.last
        return copy

    def checkpoint(self, *seal: str) -> Checkpoint:
        number = len(self.signed) + 1
        previous = self.last.digest() if self.signed else FIRST
        standings = [
            Standing(
                chain=name, count=chain.count, head=chain.head.hex(), root=chain.tree.root().hex(), sealed=name in seal
            )
            for name, chain in self.chains.items()
            if name not in self.sealed
        ]
        self.last = Checkpoint.make(number, NOON, previous, standings)
        record = self.last.record()
        self.signed[number] = Signed(record=record, key=self.signer.key, signature=self.signer.sign(record))
        for standing in standings:
            self.covered[standing.chain].append((number, standing.count))
        self.sealed |= set(seal)
        return self.last

    def export(self, chosen: Chosen = ALL, only: Mapping[str, Sequence[int]] | None = None) -> dict[str, bytes]:
        """The files; ``only`` names the numbers that are chosen of a chain, all if it is not named."""
        exported = []
        for name, standings in self.covered.items():
            if not standings or (only or {}).get(name) == ():
                continue
            number, count = standings[-1]
            links = self.links[name][:count]
            picked = (only or {}).get(name)
            exported.append(
                ExportedChain(
                    header=self.headers[name],
                    hashes=[link.hash for link in links],
                    checkpoint=number,
                    entries=[
                        ExportedEntry(link.number, link.record)
                        for link in links
                        if picked is None or link.number in picked
                    ],
                    earlier=[covered for _, covered in standings],
                )
            )
        numbers = {chain.checkpoint for chain in exported}
        keys = {self.signer.key: self.signer.public_pem}
        return build_export(chosen, exported, {one: self.signed[one] for one in numbers}, keys, self.signer, NOON)

    def anchors(self) -> list[Anchored]:
        return read_anchors(b"".join(anchor_line(signed) for signed in self.signed.values()))


def judge(files: Mapping[str, bytes], **given: Any) -> Report:
    return examine(files, AuditSignatures(), **given)


def a_ledger(signer: CheckpointSigner = P256) -> Ledger:
    """Two chains, one after the other, three checkpoints."""
    ledger = Ledger(signer)
    first = ledger.begin()
    ledger.add(first, an_event(), an_event("use.opened"))
    ledger.checkpoint()
    ledger.add(first)
    ledger.checkpoint(first)
    second = ledger.begin(2, first)
    ledger.add(second)
    ledger.checkpoint()
    return ledger
