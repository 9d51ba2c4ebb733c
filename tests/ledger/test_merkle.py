"""The Merkle tree is the one of RFC 6962."""

import hashlib
import math

from hypothesis import given
from hypothesis import strategies as st

from decision766.ledger.merkle import MerkleTree, leaf_hash, merkle_root

# Test vectors of the RFC's reference implementation (certificate-transparency, merkletree tests).
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def definition(leaves: list[bytes]) -> bytes:
    """The RFC's recursive definition, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (math.ceil(math.log2(len(leaves))) - 1)
    return hashlib.sha256(b"\x01" + definition(leaves[:split]) + definition(leaves[split:])).digest()


def test_the_reference_vectors_hold():
    leaves = [leaf_hash(bytes.fromhex(text)) for text in INPUTS]
    for count, root in ROOTS.items():
        assert merkle_root(leaves[:count]).hex() == root
    assert merkle_root([]).hex() == hashlib.sha256().hexdigest()


@given(st.integers(0, 70), st.lists(st.integers(1, 30), max_size=5))
def test_streaming_gives_the_definitions_root(count: int, steps: list[int]):
    leaves = [leaf_hash(str(number).encode()) for number in range(count)]
    tree, taken = MerkleTree(), 0
    for step in steps:
        tree.extend(leaves[taken : taken + step])
        taken = min(count, taken + step)
        assert tree.root() == definition(leaves[:taken])
    tree.extend(leaves[taken:])
    assert tree.root() == definition(leaves)


def test_many_leaves_stream_through_whole_subtrees():
    for count in (4095, 4096, 4097, 8192, 3 * 4096 + 1, 5 * 4096 + 77):
        leaves = [number.to_bytes(32) for number in range(count)]
        assert merkle_root(iter(leaves)) == definition(leaves)
