"""Merkle tree heads of an append-only log, as RFC 9162 section 2.1.1 defines them."""

import hashlib
from dataclasses import dataclass

HASH_BYTES = 32


def leaf_hash(content: bytes) -> bytes:
    """Return the leaf hash SHA-256(0x00 || content)."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node, SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The roots of the perfect subtrees that make up a tree of `size` leaves, largest first: enough to append and to sign."""

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> "Frontier":
        """Return the frontier with one more leaf hash. Cost: O(log size)."""
        roots, size, node = list(self.roots), self.size, leaf
        while size & 1:
            node = node_hash(roots.pop(), node)
            size >>= 1
        return Frontier(self.size + 1, (*roots, node))

    def root(self) -> bytes:
        """Return the tree head; the empty tree's is SHA-256 of nothing."""
        if not self.roots:
            return hashlib.sha256(b"").digest()
        node = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            node = node_hash(left, node)
        return node

    def to_bytes(self) -> bytes:
        """Return the subtree roots, concatenated."""
        return b"".join(self.roots)

    @classmethod
    def from_bytes(cls, size: int, content: bytes) -> "Frontier":
        """Read back `to_bytes`. Raises: ValueError if the length does not fit the size."""
        if len(content) != size.bit_count() * HASH_BYTES:
            raise ValueError(f"a frontier of {size} leaves has {size.bit_count()} roots")
        return cls(size, tuple(content[i : i + HASH_BYTES] for i in range(0, len(content), HASH_BYTES)))
