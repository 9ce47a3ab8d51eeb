"""Proofs over the log are RFC 9162's: published vectors, every tree up to 40 leaves, and no forged one accepted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.wire.proofs import consistency_proof, inclusion_proof, is_consistent, is_included, subtrees_after
from lianfang.wire.treehead import Frontier, leaf_hash
from tests.unit.wire.test_treehead import LEAVES, ROOTS, frontier_of

HASHES = [leaf_hash(content) for content in LEAVES]
SUBTREE = subtrees_after(Frontier(), HASHES)
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
LEFT = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
FIVE = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
LAST = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
RIGHT = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
MIDDLE = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
SEVEN = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f"


@pytest.mark.parametrize(
    ("leaf", "size", "proof"),
    [
        (0, 1, []),
        (0, 8, [A, LEFT, RIGHT]),
        (5, 8, [FIVE, LAST, ROOTS[3]]),
        (2, 3, [ROOTS[1]]),
        (1, 5, [ROOTS[0], LEFT, FIVE]),
    ],
)
def test_published_inclusion_proofs(leaf: int, size: int, proof: list[str]) -> None:
    found = inclusion_proof(leaf, size, SUBTREE)
    assert [part.hex() for part in found] == proof
    assert is_included(HASHES[leaf], leaf, size, found, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(
    ("old", "new", "proof"),
    [
        (1, 1, []),
        (1, 8, [A, LEFT, RIGHT]),
        (6, 8, [MIDDLE, LAST, ROOTS[3]]),
        (2, 5, [LEFT, FIVE]),
        (6, 7, [MIDDLE, SEVEN, ROOTS[3]]),
    ],
)
def test_published_consistency_proofs(old: int, new: int, proof: list[str]) -> None:
    found = consistency_proof(old, new, SUBTREE)
    assert [part.hex() for part in found] == proof
    assert is_consistent(old, new, found, (bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1])))


CONTENTS = [bytes([number]) for number in range(40)]
ALL = [leaf_hash(content) for content in CONTENTS]
HEADS = [frontier_of(CONTENTS[:size]) for size in range(41)]


def test_every_leaf_and_every_pair_of_heads_is_proven_from_what_is_kept() -> None:
    for size in range(1, 41):
        subtree = subtrees_after(Frontier(), ALL[:size])
        for leaf in range(size):
            proof = inclusion_proof(leaf, size, subtree)
            assert is_included(ALL[leaf], leaf, size, proof, HEADS[size].root())
        for old in range(1, size + 1):
            kept = subtrees_after(HEADS[old], ALL[old:size])  # the frontier, and the leaves after it
            proof = consistency_proof(old, size, kept)
            assert is_consistent(old, size, proof, (HEADS[old].root(), HEADS[size].root()))


@given(st.data())
def test_a_rewritten_log_has_no_proof(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 40))
    old = data.draw(st.integers(1, new - 1))
    changed = data.draw(st.integers(0, old - 1))
    rewritten = [*CONTENTS[:changed], b"forged", *CONTENTS[changed + 1 : new]]
    subtree = subtrees_after(Frontier(), [leaf_hash(content) for content in rewritten])
    proof = consistency_proof(old, new, subtree)
    assert not is_consistent(old, new, proof, (HEADS[old].root(), frontier_of(rewritten).root()))
    inclusion = inclusion_proof(changed, new, subtree)
    assert not is_included(ALL[changed], changed, new, inclusion, frontier_of(rewritten).root())


def test_proofs_of_a_wrong_size_are_refused() -> None:
    roots = (HEADS[6].root(), HEADS[8].root())
    proof = consistency_proof(6, 8, subtrees_after(Frontier(), ALL[:8]))
    assert is_consistent(6, 8, proof, roots)
    assert not is_consistent(6, 8, [*proof, proof[0]], roots)
    assert not is_consistent(6, 8, proof[:-1], roots)
    assert not is_consistent(6, 8, [], roots)
    assert not is_consistent(8, 6, proof, roots)
    assert not is_consistent(0, 8, proof, roots)
    inclusion = inclusion_proof(2, 8, subtrees_after(Frontier(), ALL[:8]))
    assert not is_included(ALL[2], 2, 8, [*inclusion, inclusion[0]], HEADS[8].root())
    assert not is_included(ALL[2], 2, 8, inclusion[:-1], HEADS[8].root())
    assert not is_included(ALL[2], 8, 8, inclusion, HEADS[8].root())
