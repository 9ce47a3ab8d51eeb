"""Proofs over the log's Merkle tree (RFC 9162 sections 2.1.3 and 2.1.4): a leaf is in it; it only ever grew."""

from collections.abc import Callable, Sequence

from lianfang.wire.treehead import Frontier, node_hash

# The hash of the leaves [start, end) as a tree of their own.
SubtreeHash = Callable[[int, int], bytes]


def _split(size: int) -> int:
    """Return the largest power of two smaller than `size` (> 1)."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_proof(leaf: int, size: int, subtree: SubtreeHash) -> list[bytes]:
    """Return the path that proves that leaf number `leaf` (from 0) is in the tree of `size` leaves."""
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if leaf < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def is_included(leaf_hash: bytes, leaf: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether the proof shows the leaf under this root. Source: RFC 9162 section 2.1.3.2."""
    if not 0 <= leaf < size:
        return False
    number, last, node = leaf, size - 1, leaf_hash
    for part in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            node = node_hash(part, node)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            node = node_hash(node, part)
        number, last = number >> 1, last >> 1
    return last == 0 and node == root


def consistency_proof(old: int, new: int, subtree: SubtreeHash) -> list[bytes]:
    """Return what proves that the tree of `new` leaves begins with that of `old`; 0 < old <= new.

    Cost: subtrees before `old` are all among the roots of its frontier (see `subtrees_after`).
    """
    start, end, path, is_whole = 0, new, [], True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start, is_whole = middle, False
    if not is_whole:
        path.append(subtree(start, end))
    return path[::-1]


def is_consistent(old: int, new: int, proof: Sequence[bytes], roots: tuple[bytes, bytes]) -> bool:
    """Return whether the proof shows the old root's tree at the beginning of the new root's. Source: RFC 9162, 2.1.4.2."""
    old_root, new_root = roots
    if old == new:
        return not proof and old_root == new_root
    if not 0 < old < new or not proof:
        return False
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    first = second = path[0]
    for part in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            first, second = node_hash(part, first), node_hash(part, second)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            second = node_hash(second, part)
        number, last = number >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def subtrees_after(frontier: Frontier, leaves: Sequence[bytes]) -> SubtreeHash:
    """Return the subtree hashes of a tree of which only a frontier and the leaf hashes after it are kept."""
    known: dict[tuple[int, int], bytes] = {}
    start, left = 0, frontier.size
    for root in frontier.roots:
        width = 1 << left.bit_length() - 1
        known[start, start + width] = root
        start, left = start + width, left - width

    def subtree(start: int, end: int) -> bytes:
        if (start, end) in known:
            return known[start, end]
        if end - start == 1:
            return leaves[start - frontier.size]
        middle = start + _split(end - start)
        return node_hash(subtree(start, middle), subtree(middle, end))

    return subtree
