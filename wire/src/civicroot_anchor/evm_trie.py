"""Proof that a block's receipts hold a value: the nodes of a Merkle Patricia trie from its root to one leaf.

https://ethereum.org/en/developers/docs/data-structures-and-encoding/patricia-merkle-trie/
The key of a receipt is RLP(index of its transaction). A receipt has more than 32 bytes, so every node on the way to one
is named by its hash; a node that stands inside its parent is on no such way.
"""

from civicroot_wire.errors import AnchorError, MalformedError

from . import evm_rlp
from .keccak import HASH_BYTES, keccak256

_BRANCH, _PAIR = 17, 2  # items of a node: sixteen children and a value; a path and a child or value
_LEAF, _ODD = 2, 1  # flags of a path


def value(root: bytes, index: int, nodes: list[bytes]) -> bytes:
    """The value under RLP(`index`) in the trie with this root hash. `nodes`: exactly those on the way, from the root.

    Raises AnchorError, reason `bad-anchor`.
    """
    key = _nibbles(evm_rlp.uint(index))
    expected, place = root, 0
    for depth, node in enumerate(nodes):
        # 1. The node is the one that its parent names: excludes a node of another trie.
        if keccak256(node) != expected:
            raise _wrong(f"node {depth} of the receipt's proof is not the one that its parent names")
        parts = _parts(node)
        # 2. The way goes on along the key: excludes a proof of another transaction.
        if len(parts) == _BRANCH:
            if place == len(key):
                raise _wrong("the key ends in a branch, where no receipt is")
            child, place = parts[key[place]], place + 1
        else:
            child, place, is_leaf = _follow(parts, key, place)
            if is_leaf:
                # 3. The way ends here: nothing that nobody looked at travels along.
                if depth != len(nodes) - 1:
                    raise _wrong("nodes follow the leaf")
                return _string(child)
        expected = _string(child)
        if len(expected) != HASH_BYTES:
            raise _wrong("no receipt of that transaction is in the block")
    raise _wrong("the proof ends before the receipt")


def _follow(parts: list[evm_rlp.Item], key: list[int], place: int) -> tuple[evm_rlp.Item, int, bool]:
    """What a leaf or an extension leads to, the place in the key behind it, and whether it is a leaf."""
    path = _nibbles(_string(parts[0]))
    if not path or path[0] > _LEAF + _ODD or (not path[0] & _ODD and path[1] != 0):
        raise _wrong("a node's path has unknown flags")
    is_leaf, rest = bool(path[0] & _LEAF), path[1 if path[0] & _ODD else 2 :]
    end = place + len(rest)
    if key[place:end] != rest or (is_leaf and end != len(key)):
        raise _wrong("the proof is of another transaction")
    return parts[1], end, is_leaf


def _parts(node: bytes) -> list[evm_rlp.Item]:
    try:
        found = evm_rlp.items(node, "trie node", _PAIR, _BRANCH)
    except MalformedError as error:
        raise _wrong(error.detail) from error
    if len(found) not in (_PAIR, _BRANCH):
        raise _wrong(f"a trie node has {len(found)} items")
    return found


def _string(item: evm_rlp.Item) -> bytes:
    if not isinstance(item, bytes):
        raise _wrong("a node inside its parent holds no receipt")
    return item


def _nibbles(data: bytes) -> list[int]:
    return [half for byte in data for half in (byte >> 4, byte & 15)]


def _wrong(detail: str) -> AnchorError:
    return AnchorError("bad-anchor", detail)
