"""Checking an export, with nothing but the export: no gateway, no database, no clock.

    1. files        the manifest lists exactly the files that are there, each by its digest
    2. manifest     it is signed by the key that it names
    3. keys         every key is called by its own digest; those that sign are trusted, if the reader names any
    4. checkpoints  each is signed, and its root is that of its chains
    5. chains       each is called by its own header and stands in its checkpoint
    6. entries      each is canonical, as chosen, and in its chain: by the whole chain, or by its path
    7. predecessors a chain begins where the one before it was
    8. anchors      checkpoints that were carried away earlier say the same

``examine`` reports every step until the first that fails; what follows is undecided.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from gateway.core.audit.anchors import Anchored
from gateway.core.audit.canonical import canonical, parse
from gateway.core.audit.chain import Chain, entry_hash, read_hash
from gateway.core.audit.checkpoint import SignatureVerifier, Standing, read_checkpoint
from gateway.core.audit.container import is_name
from gateway.core.audit.export import (
    CHAINS,
    ENTRIES,
    FORMAT,
    MANIFEST,
    PROOFS,
    README,
    checkpoint_name,
    key_name,
)
from gateway.core.audit.exported import Exported, Listed, Manifest, Proof
from gateway.core.audit.findings import Invalid, Report, Step, Undecided, Verdict
from gateway.core.audit.forks import examine_anchors
from gateway.core.audit.merkle import verify_inclusion
from gateway.core.text import Text


def examine(
    files: Mapping[str, bytes],
    verifier: SignatureVerifier,
    *,
    anchors: Sequence[Anchored] = (),
    trusted: frozenset[str] = frozenset(),
) -> Report:
    """The report over an export.

    Args:
        files: of the export, by name.
        verifier: checks signatures.
        anchors: checkpoints that were carried away earlier; without any, step 8 has nothing to say and is left out.
        trusted: names of the keys that may sign; whichever are in the export if empty.
    """
    examination = _Examination(files, verifier, anchors, trusted)
    verdict, steps = Verdict.VALID, []
    for number, (name, step) in enumerate(examination.steps(), 1):
        if verdict is Verdict.INVALID:
            steps.append(Step(number, name, Verdict.UNDECIDED, _NOT_REACHED))
            continue
        found = _found(step)
        steps.append(Step(number, name, *found))
        if found[0] is not Verdict.VALID:
            verdict = found[0]
    return Report(verdict, tuple(steps))


_NOT_REACHED = Text("未到达", "not reached")


def _found(step: Callable[[], Text]) -> tuple[Verdict, Text]:
    try:
        return Verdict.VALID, step()
    except Undecided as undecided:
        return Verdict.UNDECIDED, undecided.message
    except Invalid as invalid:
        return Verdict.INVALID, invalid.message
    except (ValueError, msgspec.ValidationError) as error:
        return Verdict.INVALID, Text(f"内容无法核对：{error}", str(error))


class _Examination:
    """The steps, each with what earlier ones have read."""

    def __init__(
        self,
        files: Mapping[str, bytes],
        verifier: SignatureVerifier,
        anchors: Sequence[Anchored],
        trusted: frozenset[str],
    ) -> None:
        self._exported = Exported(files, verifier)
        self._anchors = anchors
        self._trusted = trusted

    def steps(self) -> Iterator[tuple[str, Callable[[], Text]]]:
        """Every step by its name."""
        yield "files", self._examine_files
        yield "manifest", self._examine_manifest
        yield "keys", self._examine_keys
        yield "checkpoints", self._examine_checkpoints
        yield "chains", self._examine_chains
        yield "entries", self._examine_entries
        yield "predecessors", self._examine_predecessors
        if self._anchors:
            yield "anchors", lambda: examine_anchors(self._exported, self._anchors)

    def _examine_files(self) -> Text:
        self._manifest = manifest = msgspec.convert(parse(self._exported.file(MANIFEST)), Manifest)
        if manifest.format != FORMAT:
            raise Invalid("格式未知", "its format is unknown")
        names = [file.name for file in manifest.files]
        if names != sorted(set(names)) or not all(is_name(name) for name in names):
            raise Invalid("清单的文件名有误", "the manifest names files wrongly")
        if (
            {*names, MANIFEST, f"{MANIFEST}.sig"} != set(self._exported.files)
            or MANIFEST in names
            or README not in names
        ):
            raise Invalid("文件缺失或多余", "files are missing, or there are more than the manifest lists")
        for file in manifest.files:
            content = self._exported.files[file.name]
            if len(content) != file.bytes or hashlib.sha256(content).hexdigest() != file.sha256:
                raise Invalid(f"文件 {file.name} 已变动", f"the file {file.name} has changed")
        return Text(f"{len(names)} 个文件与清单一致", f"{len(names)} files are as listed")

    def _examine_manifest(self) -> Text:
        key = self._manifest.key
        if not self._exported.is_signed(key, self._exported.file(MANIFEST), self._exported.file(f"{MANIFEST}.sig")):
            raise Invalid("清单的签名无效", "the manifest's signature does not prove it")
        return Text(f"由密钥 {key} 签名", f"signed by the key {key}")

    def _examine_keys(self) -> Text:
        used = {self._manifest.key}
        for name in self._exported.files:
            if name.endswith(".json.key"):
                used.add(self._exported.file(name).decode())
            if name.startswith("keys/") and name != key_name(
                self._exported.verifier.key_of(self._exported.file(name).decode())
            ):
                raise Invalid("密钥的名称与内容不符", "a key is not called by its digest")
        if self._trusted and not used <= self._trusted:
            raise Invalid("签名所用密钥不在信任之列", "it is signed by a key that is not trusted")
        if self._trusted:
            return Text(f"{len(used)} 个密钥均受信任", f"all of {len(used)} keys are trusted")
        listed = ", ".join(sorted(used))
        return Text(f"请与公布的公钥比对：{listed}", f"compare with the published keys: {listed}")

    def _examine_checkpoints(self) -> Text:
        for name in sorted(self._exported.files):
            if not (name.startswith("checkpoints/") and name.endswith(".json")):
                continue
            record = self._exported.file(name)
            checkpoint = read_checkpoint(record)
            if checkpoint_name(checkpoint.number) != name:
                raise Invalid("检查点的名称有误", "a checkpoint is called by another number")
            if not self._exported.is_signed(
                self._exported.file(f"{name}.key").decode(), record, self._exported.file(f"{name}.sig")
            ):
                raise Invalid(f"检查点 {checkpoint.number} 的签名无效", f"checkpoint {checkpoint.number} is not signed")
            self._exported.checkpoints[checkpoint.number] = checkpoint
        for number, checkpoint in self._exported.checkpoints.items():
            following = self._exported.checkpoints.get(number + 1)
            if following is not None and following.previous != checkpoint.digest():
                raise Invalid("检查点未相互衔接", "a checkpoint does not follow the one before it")
        count = len(self._exported.checkpoints)
        return Text(f"{count} 个检查点已签名", f"{count} checkpoints are signed")

    def _examine_chains(self) -> Text:
        for raw in self._exported.lines(CHAINS):
            listed = msgspec.convert(parse(raw), Listed)
            name = listed.header.name
            checkpoint = self._exported.checkpoints.get(listed.checkpoint)
            if name in self._exported.chains or checkpoint is None:
                raise Invalid("某链重复，或其检查点缺失", "a chain is there twice, or its checkpoint is missing")
            standing = next((one for one in checkpoint.chains if one.chain == name), None)
            if standing is None:
                raise Invalid("某链不在其检查点中", "a chain does not stand in its checkpoint")
            for step in listed.continued:
                if not 0 < step.count < standing.count:
                    raise Invalid("延续证明有误", "a proof of continuation is of no earlier tree")
            self._exported.chains[name], self._exported.standings[name] = listed, standing
        count = len(self._exported.chains)
        return Text(f"{count} 条链各在其检查点中", f"{count} chains stand in their checkpoints")

    def _examine_entries(self) -> Text:
        proofs = iter(self._exported.lines(PROOFS))
        grown: dict[str, Chain] = {}
        last: tuple[int, int] = (-1, 0)
        places = {name: place for place, name in enumerate(self._exported.chains)}
        wanted = {(standing.chain, standing.count) for one in self._anchors for standing in one.checkpoint.chains}
        count = 0
        for raw in self._exported.lines(ENTRIES):
            entry = parse(raw)
            name, number = self._read_entry(entry)
            if (places[name], number) <= last:
                raise Invalid("记录的顺序有误", "the entries are not in their order")
            last = (places[name], number)
            if self._exported.chains[name].whole:
                chain, link = grown.get(name, Chain.begin(self._exported.chains[name].header)).append(
                    canonical(entry["event"])
                )
                if link.record != raw:
                    raise Invalid("链中缺少记录", "an entry of a whole chain is missing")
                grown[name] = chain
                self._note(chain, wanted)
            else:
                self._follow(name, number, raw, next(proofs, b""))
            count += 1
        if next(proofs, None) is not None or count != self._manifest.entries:
            raise Invalid("记录或证明的数目不符", "there are not as many entries or proofs as there should be")
        for name, listed in self._exported.chains.items():
            if listed.whole:
                self._compare(grown.get(name, Chain.begin(listed.header)), self._exported.standings[name])
        return Text(f"{count} 条记录均在链中", f"{count} entries are in their chains")

    def _read_entry(self, entry: Any) -> tuple[str, int]:  # noqa: ANN401 - what JSON held
        """Chain and number of an entry that is one of those that were chosen."""
        if not isinstance(entry, dict) or set(entry) != {"chain", "event", "number"}:
            raise Invalid("记录不成形", "an entry is not of the form of one")
        name, number, event = entry["chain"], entry["number"], entry["event"]
        if not isinstance(name, str) or not isinstance(number, int) or not isinstance(event, dict):
            raise Invalid("记录不成形", "an entry is not of the form of one")
        if name not in self._exported.chains:
            raise Invalid("记录不属于任何链", "an entry is of no chain")
        chosen = self._manifest.chosen
        at = str(event.get("at"))
        if not _instant(chosen.since) <= _instant(at) < _instant(chosen.until):
            raise Invalid("记录不在所选时段内", "an entry is of another time than was chosen")
        if chosen.kinds and event.get("kind") not in chosen.kinds:
            raise Invalid("记录的种类未被选中", "an entry is of a kind that was not chosen")
        if chosen.applications and event.get("application") not in chosen.applications:
            raise Invalid("记录的应用未被选中", "an entry is of an application that was not chosen")
        return name, number

    def _follow(self, name: str, number: int, raw: bytes, proof: bytes) -> None:
        """An entry of a chain that is not whole is in it by its path."""
        told = msgspec.convert(parse(proof), Proof)
        if (told.chain, told.number) != (name, number):
            raise Invalid("证明属于另一条记录", "a proof is of another entry")
        found = entry_hash(read_hash(told.previous), raw)
        before = self._exported.hashes.get((name, number - 1))
        if before is not None and before.hex() != told.previous:
            raise Invalid("记录之间的散列不衔接", "an entry does not follow the one before it")
        if number == 1 and told.previous != name:
            raise Invalid("首条记录未接链名", "the first entry does not follow the chain's name")
        standing = self._exported.standings[name]
        path = [read_hash(step) for step in told.path]
        verify_inclusion(found, number - 1, standing.count, path, bytes.fromhex(standing.root))
        if number == standing.count and found.hex() != standing.head:
            raise Invalid("末条记录与检查点不符", "the last entry is not the checkpoint's")
        self._exported.hashes[name, number] = found

    def _note(self, chain: Chain, wanted: set[tuple[str, int]]) -> None:
        """Keep what anchors and successors will ask for."""
        self._exported.hashes[chain.name, chain.count] = chain.head
        if (chain.name, chain.count) in wanted:
            self._exported.roots[chain.name, chain.count] = chain.tree.root()

    def _compare(self, chain: Chain, standing: Standing) -> None:
        here = (chain.count, chain.head.hex(), chain.tree.root().hex())
        if here != (standing.count, standing.head, standing.root):
            raise Invalid("链与检查点不符", "a chain is not what its checkpoint says")

    def _examine_predecessors(self) -> Text:
        found = 0
        for listed in self._exported.chains.values():
            before = listed.header.predecessor
            standing = self._exported.standings.get(before.chain) if before else None
            if before is None or standing is None:
                continue
            if before.count > standing.count:
                raise Invalid("前一条链缺少后继所见的记录", "a chain lacks entries that its successor has seen")
            head = self._exported.hashes.get((before.chain, before.count))
            if head is not None and head.hex() != before.head:
                raise Invalid("前一条链与后继所见不同", "a chain is not the one that its successor has seen")
            found += 1
        return Text(f"{found} 条链与前一条衔接", f"{found} chains begin where the one before was")


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("时刻无法读取", "an instant cannot be read") from None
    if moment.tzinfo is None:
        raise Invalid("时刻缺少时区", "an instant has no zone")
    return moment
