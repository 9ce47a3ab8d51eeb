"""The tree head is RFC 9162's, checked against its recursive definition and the published vectors."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.wire.treehead import Frontier, leaf_hash

# Leaves and roots that implementations of RFC 6962 and 9162 test themselves with (google/certificate-transparency).
LEAVES = [
    bytes.fromhex(text)
    for text in ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
]
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


def merkle_tree_hash(contents: list[bytes]) -> bytes:
    """MTH as RFC 9162 section 2.1.1 writes it: split at the largest power of two smaller than n."""
    if not contents:
        return hashlib.sha256(b"").digest()
    if len(contents) == 1:
        return hashlib.sha256(b"\x00" + contents[0]).digest()
    k = 1
    while k * 2 < len(contents):
        k *= 2
    return hashlib.sha256(b"\x01" + merkle_tree_hash(contents[:k]) + merkle_tree_hash(contents[k:])).digest()


def frontier_of(contents: list[bytes]) -> Frontier:
    frontier = Frontier()
    for content in contents:
        frontier = frontier.append(leaf_hash(content))
    return frontier


@pytest.mark.parametrize(("size", "root"), list(enumerate(ROOTS, start=1)))
def test_published_vectors(size: int, root: str) -> None:
    assert frontier_of(LEAVES[:size]).root().hex() == root


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root() == hashlib.sha256(b"").digest()


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_every_head_equals_the_recursive_definition(contents: list[bytes]) -> None:
    frontier = Frontier()
    for size, content in enumerate(contents, start=1):
        frontier = frontier.append(leaf_hash(content))
        assert frontier.size == size
        assert frontier.root() == merkle_tree_hash(contents[:size])


@given(st.lists(st.binary(max_size=4), max_size=70), st.lists(st.binary(max_size=4), max_size=20))
def test_appending_goes_on_from_a_stored_frontier(before: list[bytes], after: list[bytes]) -> None:
    stored = frontier_of(before).to_bytes()
    frontier = Frontier.from_bytes(len(before), stored)
    for content in after:
        frontier = frontier.append(leaf_hash(content))
    assert frontier.root() == merkle_tree_hash(before + after)


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=40), st.data())
def test_any_changed_leaf_changes_the_root(contents: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(contents) - 1))
    changed = [*contents]
    changed[place] += b"!"
    assert frontier_of(contents).root() != frontier_of(changed).root()


@pytest.mark.parametrize(("size", "n_bytes"), [(1, 0), (2, 64), (3, 32), (0, 32)])
def test_a_frontier_of_the_wrong_length_is_refused(size: int, n_bytes: int) -> None:
    with pytest.raises(ValueError, match="roots"):
        Frontier.from_bytes(size, bytes(n_bytes))
