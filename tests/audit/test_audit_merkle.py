"""Merkle trees: RFC 6962's own roots, and proofs that prove what they should and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.audit.merkle import (
    EMPTY,
    Frontier,
    ProofInvalid,
    Tree,
    leaf,
    node,
    verify_consistency,
    verify_inclusion,
)

# the leaves and roots that implementations of RFC 6962 test with
LEAVES = [b"", b"\0", b"\x10", b" !", b"01", b"@ABC", b"PQRSTUVW", b"`abcdefghijklmno"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SOME = st.lists(st.binary(max_size=4), min_size=1, max_size=40)


def grown(leaves: list[bytes]) -> Frontier:
    tree = Frontier()
    for data in leaves:
        tree = tree.with_leaf(data)
    return tree


@pytest.mark.parametrize("count", range(1, 9))
def test_roots_are_those_of_the_standard(count: int) -> None:
    assert Tree(LEAVES[:count]).root.hex() == ROOTS[count - 1]
    assert grown(LEAVES[:count]).root().hex() == ROOTS[count - 1]


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert Tree([]).root == Frontier().root() == EMPTY


def test_leaves_and_nodes_are_told_apart() -> None:
    assert leaf(b"a" * 64) != node(b"a" * 32, b"a" * 32)


@given(SOME)
def test_growing_and_building_agree(leaves: list[bytes]) -> None:
    assert grown(leaves).root() == Tree(leaves).root
    assert grown(leaves).count == len(leaves)


@given(SOME, st.data())
def test_a_leaf_is_proven_where_it_is_and_nowhere_else(leaves: list[bytes], data: st.DataObject) -> None:
    tree = Tree(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = tree.inclusion(index)
    verify_inclusion(leaves[index], index, len(leaves), path, tree.root)
    other = data.draw(st.integers(-1, len(leaves) + 1).filter(lambda place: place != index))
    if not 0 <= other < len(leaves) or leaves[other] != leaves[index]:
        with pytest.raises(ProofInvalid):
            verify_inclusion(leaves[index], other, len(leaves), path, tree.root)
    for wrong in ([*path, EMPTY], path[:-1] if path else [EMPTY], [EMPTY, *path[1:]]):
        with pytest.raises(ProofInvalid):
            verify_inclusion(leaves[index], index, len(leaves), wrong, tree.root)
    with pytest.raises(ProofInvalid):
        verify_inclusion(leaves[index] + b"x", index, len(leaves), path, tree.root)


@given(SOME, st.data())
def test_a_tree_that_grew_continues_the_earlier_one(leaves: list[bytes], data: st.DataObject) -> None:
    tree = Tree(leaves)
    earlier = data.draw(st.integers(1, len(leaves)))
    before = Tree(leaves[:earlier]).root
    proof = tree.consistency(earlier)
    verify_consistency(earlier, before, len(leaves), tree.root, proof)
    for wrong in ([*proof, EMPTY], proof[:-1] if proof else [EMPTY], [EMPTY, *proof[1:]]):
        with pytest.raises(ProofInvalid):
            verify_consistency(earlier, before, len(leaves), tree.root, wrong)
    for roots in ((EMPTY, tree.root), (before, EMPTY)):
        with pytest.raises(ProofInvalid):
            verify_consistency(earlier, roots[0], len(leaves), roots[1], proof)
    changed = Tree([leaves[0] + b"x", *leaves[1:]])
    with pytest.raises(ProofInvalid):
        verify_consistency(earlier, before, len(leaves), changed.root, changed.consistency(earlier))


def test_a_proof_that_is_not_there_proves_nothing() -> None:
    with pytest.raises(ProofInvalid, match="too short"):
        verify_consistency(3, EMPTY, 5, EMPTY, [])


@pytest.mark.parametrize(("earlier", "count"), [(0, 3), (4, 3), (-1, 3)])
def test_a_tree_continues_no_greater_and_no_empty_one(earlier: int, count: int) -> None:
    with pytest.raises(ProofInvalid, match="smaller"):
        verify_consistency(earlier, EMPTY, count, EMPTY, [])
