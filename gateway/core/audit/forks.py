"""Anchors against an export: whether the audit still says what it said when they were carried away."""

from collections.abc import Sequence

from gateway.core.audit.anchors import Anchored
from gateway.core.audit.chain import read_hash
from gateway.core.audit.checkpoint import Checkpoint, Standing
from gateway.core.audit.export import key_name
from gateway.core.audit.exported import Exported, Listed
from gateway.core.audit.findings import Invalid, Undecided
from gateway.core.audit.merkle import verify_consistency
from gateway.core.text import Text


def examine_anchors(exported: Exported, anchors: Sequence[Anchored]) -> Text:
    """What the anchors say of the export.

    Raises:
        Invalid: they are not genuine, or the audit has forked or was set back since.
        Undecided: what is there is not enough to know.
    """
    previous: Anchored | None = None
    undecided = 0
    for one in anchors:
        if key_name(one.signed.key) not in exported.files:
            raise Undecided("锚定所用密钥不在导出中", "an anchor is signed by a key that is not in the export")
        if not exported.is_signed(one.signed.key, one.signed.record, one.signed.signature):
            raise Invalid("锚定的签名无效", "an anchor's signature does not prove it")
        if previous is not None and _contradict(previous.checkpoint, one.checkpoint):
            raise Invalid("锚定之间已分叉", "the anchors themselves are forked")
        previous = one
        undecided += _compare(exported, one.checkpoint)
    if undecided:
        raise Undecided(
            f"有 {undecided} 处无法核对：链在导出中不完整",
            f"{undecided} standings cannot be compared: their chains are not whole in this export",
        )
    count = len(anchors)
    return Text(f"与 {count} 个锚定一致", f"as {count} anchors say")


def _compare(exported: Exported, anchored: Checkpoint) -> int:
    """How many standings cannot be compared."""
    same = exported.checkpoints.get(anchored.number)
    if same is not None and same.digest() != anchored.digest():
        raise Invalid(
            f"检查点 {anchored.number} 与锚定不同：记录已分叉",
            f"checkpoint {anchored.number} is not the anchored one: the audit has forked",
        )
    undecided = 0
    for standing in anchored.chains:
        listed = exported.chains.get(standing.chain)
        if listed is not None:
            undecided += not _agrees(exported, listed, exported.standings[standing.chain], standing, anchored.number)
    return undecided


def _agrees(exported: Exported, listed: Listed, here: Standing, there: Standing, number: int) -> bool:
    """Whether a chain continues, or is continued by, what was anchored; False if it cannot be known."""
    is_earlier = number <= listed.checkpoint
    if (there.count > here.count) if (is_earlier or here.sealed) else (there.count < here.count):
        raise Invalid("链中缺少已锚定的记录：记录曾被回退", "a chain lacks anchored entries: the audit was set back")
    if there.count > here.count:
        return True  # the anchor is newer than the export
    if there.count == here.count:
        root: bytes | None = bytes.fromhex(here.root)
    elif listed.whole:
        root = exported.roots.get((there.chain, there.count))
    else:
        step = next((one for one in listed.continued if one.count == there.count), None)
        if step is None:
            return False
        path = [read_hash(text) for text in step.path]
        after = bytes.fromhex(here.root)
        verify_consistency(there.count, bytes.fromhex(there.root), here.count, after, path)
        return True
    if root is None or root.hex() != there.root:
        raise Invalid("链与锚定不同：记录已分叉", "a chain is not the anchored one: the audit has forked")
    return True


def _contradict(one: Checkpoint, other: Checkpoint) -> bool:
    if other.number == one.number + 1:
        return other.previous != one.digest()
    return other.number == one.number and other.digest() != one.digest()
