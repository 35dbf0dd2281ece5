"""Merkle trees as RFC 6962 draws them: roots, proofs that a leaf is in a tree, and that one tree continues another."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

_LEAF: Final = b"\0"
_NODE: Final = b"\1"
EMPTY: Final = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


class ProofInvalid(ValueError):
    """A proof that does not prove what it should."""


def leaf(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(_LEAF + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(_NODE + left + right).digest()


class Frontier(msgspec.Struct, frozen=True):
    """A growing tree by the roots of its full subtrees, greatest first: all that appending needs.

    Attributes:
        count: leaves so far.
        peaks: a root for each bit of ``count`` that is set.
    """

    count: int = 0
    peaks: tuple[bytes, ...] = ()

    def with_leaf(self, data: bytes) -> "Frontier":
        """The tree with one more leaf."""
        peaks, grown, size = list(self.peaks), leaf(data), self.count
        while size & 1:
            grown = node(peaks.pop(), grown)
            size >>= 1
        return Frontier(self.count + 1, (*peaks, grown))

    def root(self) -> bytes:
        """The root of the tree."""
        if not self.peaks:
            return EMPTY
        *rest, root = self.peaks
        for peak in reversed(rest):
            root = node(peak, root)
        return root


class Tree:
    """A whole tree over the leaves' data, for many proofs."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        level = [leaf(data) for data in leaves]
        self._levels = [level]
        while len(level) > 1:
            # a node without a sibling moves up as it is: that is the shape that RFC 6962 defines by splitting
            level = [
                node(*level[start : start + 2]) if start + 1 < len(level) else level[start]
                for start in range(0, len(level), 2)
            ]
            self._levels.append(level)

    @property
    def root(self) -> bytes:
        """The root."""
        (top,) = self._levels[-1] or (EMPTY,)
        return top

    def inclusion(self, index: int) -> list[bytes]:
        """The proof that the leaf at ``index`` is in the tree: the siblings on its way up, nearest first."""
        path = []
        for level in self._levels[:-1]:
            if (sibling := index ^ 1) < len(level):
                path.append(level[sibling])
            index >>= 1
        return path

    def consistency(self, earlier: int) -> list[bytes]:
        """The proof that the tree of the first ``earlier`` leaves (at least one) is the beginning of this one."""
        return _continued(self._levels[0], earlier, whole=True)


def verify_inclusion(data: bytes, index: int, count: int, path: Sequence[bytes], expected: bytes) -> None:
    """Verify that ``data`` is the leaf at ``index`` of the tree of ``count`` leaves with this root.

    Raises:
        ProofInvalid: it is not, or the proof does not show it.
    """
    if not 0 <= index < count:
        raise ProofInvalid("there is no such leaf")
    found = leaf(data)
    for sibling, is_left in _sides(index, count - 1, path):
        found = node(sibling, found) if is_left else node(found, sibling)
    if found != expected:
        raise ProofInvalid("the proof leads to another root")


def verify_consistency(earlier: int, before: bytes, count: int, after: bytes, proof: Sequence[bytes]) -> None:
    """Verify that a tree of ``count`` leaves continues one of ``earlier`` leaves, by their roots.

    Raises:
        ProofInvalid: it does not, or the proof does not show it.
    """
    if not 0 < earlier <= count:
        raise ProofInvalid("a tree continues only a smaller one")
    if earlier == count:
        if before != after or proof:
            raise ProofInvalid("the proof leads to another root")
        return
    index, last, steps = earlier - 1, count - 1, list(proof)
    while index & 1:
        index, last = index >> 1, last >> 1
    if index and not steps:
        raise ProofInvalid("the proof is too short")
    old = new = steps.pop(0) if index else before
    for sibling, is_left in _sides(index, last, steps):
        old, new = (node(sibling, old), node(sibling, new)) if is_left else (old, node(new, sibling))
    if old != before or new != after:
        raise ProofInvalid("the proof leads to another root")


def _sides(index: int, last: int, path: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each step of a path up from ``index``, and whether it stands to the left; RFC 9162, 2.1.3.2 and 2.1.4.2."""
    for sibling in path:
        if last == 0:
            raise ProofInvalid("the proof is too long")
        is_left = bool(index & 1) or index == last
        while is_left and index and not index & 1:
            index, last = index >> 1, last >> 1
        yield sibling, is_left
        index, last = index >> 1, last >> 1
    if last:
        raise ProofInvalid("the proof is too short")


def _root(hashes: Sequence[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    split = _split(len(hashes))
    return node(_root(hashes[:split]), _root(hashes[split:]))


def _continued(hashes: Sequence[bytes], earlier: int, *, whole: bool) -> list[bytes]:
    """RFC 6962, SUBPROOF: ``whole`` while the earlier tree's root is one that the reader has."""
    if earlier == len(hashes):
        return [] if whole else [_root(hashes)]
    split = _split(len(hashes))
    if earlier <= split:
        return [*_continued(hashes[:split], earlier, whole=whole), _root(hashes[split:])]
    return [*_continued(hashes[split:], earlier - split, whole=False), _root(hashes[:split])]


def _split(count: int) -> int:
    """The greatest power of two below ``count``."""
    return 1 << ((count - 1).bit_length() - 1)
