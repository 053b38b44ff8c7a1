"""The Merkle tree of RFC 9162 §2.1: one hash that stands for every question of a week."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry: SHA-256(0x00 ‖ entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """Return the largest power of two smaller than `size` (size > 1)."""
    return 1 << (size - 1).bit_length() - 1


def root(entries: Sequence[bytes]) -> bytes:
    """Return the root over `entries`, 32 bytes; of none it is SHA-256 of nothing."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return leaf_hash(entries[0])
    middle = _split(len(entries))
    return node_hash(root(entries[:middle]), root(entries[middle:]))


def inclusion_proof(entries: Sequence[bytes], index: int) -> list[bytes]:
    """Return the sibling hashes that prove entry `index`, nearest first.

    Raises:
        IndexError: There is no such entry.
    """
    if not 0 <= index < len(entries):
        raise IndexError(f"entry {index} of {len(entries)}")
    if len(entries) == 1:
        return []
    middle = _split(len(entries))
    if index < middle:
        return [*inclusion_proof(entries[:middle], index), root(entries[middle:])]
    return [*inclusion_proof(entries[middle:], index - middle), root(entries[:middle])]


def verify_inclusion(
    entry: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes
) -> bool:
    """Whether `proof` shows that `entry` is number `index` of `size` under `expected_root`.

    Source: RFC 9162 §2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    position, last, digest = index, size - 1, leaf_hash(entry)
    for sibling in proof:
        if last == 0:
            return False
        if position % 2 or position == last:
            digest = node_hash(sibling, digest)
            while position % 2 == 0 and position:
                position, last = position >> 1, last >> 1
        else:
            digest = node_hash(digest, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and digest == expected_root
