"""The Merkle tree of RFC 6962 (Certificate Transparency, section 2.1), streamed in bounded memory.

A leaf is SHA-256(0x00 ‖ data), a node SHA-256(0x01 ‖ left ‖ right); n leaves split at the largest power
of two below n; the tree of no leaves is SHA-256 of nothing. Any implementation of the RFC gives our roots.
"""

import hashlib
from collections.abc import Iterable

_CHUNK = 1 << 12  # leaves hashed level by level at a time: a whole subtree


def leaf_hash(data: bytes) -> bytes:
    """Hash of one leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


class MerkleTree:
    """Takes leaf hashes one after another; memory grows with the logarithm of their number."""

    def __init__(self) -> None:
        self._chunk: list[bytes] = []
        self._subtrees: list[tuple[int, bytes]] = []  # (leaves, root), sizes falling

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Take in leaf hashes, in order."""
        for leaf in leaves:
            self._chunk.append(leaf)
            if len(self._chunk) == _CHUNK:
                self._close_chunk()

    def root(self) -> bytes:
        """Root of what was taken in so far; more may follow."""
        parts = [root for _, root in self._subtrees]
        if self._chunk:
            parts.append(_root(self._chunk))
        if not parts:
            return hashlib.sha256(b"").digest()
        root = parts.pop()
        while parts:
            root = _node(parts.pop(), root)
        return root

    def _close_chunk(self) -> None:
        size, root = _CHUNK, _root(self._chunk)
        self._chunk = []
        while self._subtrees and self._subtrees[-1][0] == size:
            root = _node(self._subtrees.pop()[1], root)
            size *= 2
        self._subtrees.append((size, root))


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """Root over leaf hashes."""
    tree = MerkleTree()
    tree.extend(leaves)
    return tree.root()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _root(level: list[bytes]) -> bytes:
    """Root of a few leaves, level by level; an odd last one moves up as it is, as the RFC's split has it."""
    sha256 = hashlib.sha256
    while len(level) > 1:
        above = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]
