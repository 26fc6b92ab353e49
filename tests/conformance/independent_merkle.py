"""Merkle trees word for word from RFC 9162 §2.1."""

from collections.abc import Callable
from hashlib import sha256

from tests.conformance.independent_refusal import require

RangeHash = Callable[[int, int], bytes]  # (lo, hi) -> MTH(D[lo:hi])


def leaf_hash(entry: bytes) -> bytes:
    """HASH(0x00 || d)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """HASH(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def k_of(n: int) -> int:
    """The largest power of two smaller than n."""
    return 1 << ((n - 1).bit_length() - 1)


def tree_hash(leaves: list[bytes]) -> bytes:
    """MTH over leaf hashes, §2.1.1."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = k_of(len(leaves))
    return node_hash(tree_hash(leaves[:k]), tree_hash(leaves[k:]))


def inclusion_path(m: int, lo: int, hi: int, mth: RangeHash) -> list[bytes]:
    """PATH(m, D[lo:hi]), §2.1.3.1."""
    if hi - lo == 1:
        return []
    k = lo + k_of(hi - lo)
    if m < k:
        return [*inclusion_path(m, lo, k, mth), mth(k, hi)]
    return [*inclusion_path(m, k, hi, mth), mth(lo, k)]


def consistency_path(m: int, n: int, mth: RangeHash) -> list[bytes]:
    """PROOF(m, D_n), §2.1.4.1."""
    return _subproof(m, 0, n, True, mth)


def _subproof(m: int, lo: int, hi: int, whole: bool, mth: RangeHash) -> list[bytes]:
    if m == hi:
        return [] if whole else [mth(lo, hi)]
    k = lo + k_of(hi - lo)
    if m <= k:
        return [*_subproof(m, lo, k, whole, mth), mth(k, hi)]
    return [*_subproof(m, k, hi, False, mth), mth(lo, k)]


def root_with(entries: dict[int, bytes], lo: int, hi: int, hashes: list[bytes]) -> bytes:
    """root(D[lo:hi]) of the wire specification §7.1; takes what it needs from the front of `hashes`."""
    inside = [index for index in entries if lo <= index < hi]
    if not inside:
        require(bool(hashes), "too few hashes")
        return hashes.pop(0)
    if hi - lo == 1:
        return leaf_hash(entries[lo])
    k = lo + k_of(hi - lo)
    return node_hash(root_with(entries, lo, k, hashes), root_with(entries, k, hi, hashes))


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that an inclusion path leads to, §2.1.3.2."""
    require(0 <= index < size, "leaf index is not in the tree")
    require(all(len(item) == 32 for item in path), "a hash has 32 bytes")
    fn, sn, r = index, size - 1, leaf
    for p in path:
        require(sn != 0, "path is too long")
        if fn % 2 == 1 or fn == sn:
            r = node_hash(p, r)
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    require(sn == 0, "path is too short")
    return r


def verify_consistency(first: int, second: int, path: list[bytes], first_hash: bytes, second_hash: bytes) -> None:
    """§2.1.4.2; sizes are not zero and not equal there."""
    require(0 < first <= second, "sizes are out of order")
    require(all(len(item) == 32 for item in path), "a hash has 32 bytes")
    if first == second:
        require(not path and first_hash == second_hash, "one size, two trees")
        return
    require(bool(path), "path is empty")
    hashes = [first_hash, *path] if first & (first - 1) == 0 else list(path)
    fn, sn = first - 1, second - 1
    while fn % 2 == 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = hashes[0]
    for c in hashes[1:]:
        require(sn != 0, "path is too long")
        if fn % 2 == 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    require(sn == 0 and fr == first_hash and sr == second_hash, "the second tree does not extend the first")
