"""Merkle trees word for word from RFC 9162 §2.1: the independent second implementation.

It shares nothing with civicroot_wire.merkle; it is recursive over lists of leaves, as the text is.
"""

from collections.abc import Sequence
from hashlib import sha256


def leaf(data: bytes) -> bytes:
    """MTH({d(0)}) = HASH(0x00 || d(0))."""
    return sha256(b"\x00" + data).digest()


def _k(size: int) -> int:
    """The largest power of two smaller than size."""
    return 1 << ((size - 1).bit_length() - 1)


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """MTH(D_n), §2.1.1."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaf(leaves[0])
    k = _k(len(leaves))
    return sha256(b"\x01" + tree_root(leaves[:k]) + tree_root(leaves[k:])).digest()


def inclusion(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D_n), §2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = _k(len(leaves))
    if m < k:
        return [*inclusion(m, leaves[:k]), tree_root(leaves[k:])]
    return [*inclusion(m - k, leaves[k:]), tree_root(leaves[:k])]


def beside(wanted: set[int], leaves: Sequence[bytes], start: int = 0) -> list[bytes]:
    """Roots of the largest subtrees without a wanted leaf, from left to right; `start` is the first leaf's index."""
    if not wanted & set(range(start, start + len(leaves))):
        return [tree_root(leaves)]
    if len(leaves) == 1:
        return []
    k = _k(len(leaves))
    return [*beside(wanted, leaves[:k], start), *beside(wanted, leaves[k:], start + k)]


def consistency(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PROOF(m, D_n) = SUBPROOF(m, D_n, true), §2.1.4.1."""
    return _subproof(m, leaves, True)


def _subproof(m: int, leaves: Sequence[bytes], known: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if known else [tree_root(leaves)]
    k = _k(len(leaves))
    if m <= k:
        return [*_subproof(m, leaves[:k], known), tree_root(leaves[k:])]
    return [*_subproof(m - k, leaves[k:], False), tree_root(leaves[:k])]


def verify_inclusion(leaf_hash: bytes, m: int, size: int, path: list[bytes], root: bytes) -> bool:
    """§2.1.3.2, step by step."""
    if m >= size or m < 0:
        return False
    fn, sn, r = m, size - 1, leaf_hash
    for p in path:
        if sn == 0:
            return False
        if fn % 2 == 1 or fn == sn:
            r = sha256(b"\x01" + p + r).digest()
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root
