"""Receipt proof: from what a node says of a block to the evidence that anybody checks against the block's hash.

`block` and receipts are the JSON objects of Ethereum's JSON-RPC (eth_getBlockByNumber, eth_getBlockReceipts). Header
and receipts are encoded again from their fields, and must hash to what the block says: a node that knows a field which
this module does not, or that lies, gives no evidence.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import rlp  # type: ignore[import-untyped]
from civicroot_anchor import evm
from civicroot_anchor.keccak import keccak256
from trie.hexary import HexaryTrie

from civicroot_backend.errors import AnchorUnavailable

# A header's fields in order. Those behind the first fifteen came with a fork each, and stand in all blocks after it.
_HEADER = (
    ("parentHash", "bytes"),
    ("sha3Uncles", "bytes"),
    ("miner", "bytes"),
    ("stateRoot", "bytes"),
    ("transactionsRoot", "bytes"),
    ("receiptsRoot", "bytes"),
    ("logsBloom", "bytes"),
    ("difficulty", "uint"),
    ("number", "uint"),
    ("gasLimit", "uint"),
    ("gasUsed", "uint"),
    ("timestamp", "uint"),
    ("extraData", "bytes"),
    ("mixHash", "bytes"),
    ("nonce", "bytes"),
)
_LATER = (
    ("baseFeePerGas", "uint"),  # London, EIP-1559
    ("withdrawalsRoot", "bytes"),  # Shanghai, EIP-4895
    ("blobGasUsed", "uint"),  # Cancun, EIP-4844
    ("excessBlobGas", "uint"),
    ("parentBeaconBlockRoot", "bytes"),  # Cancun, EIP-4788
    ("requestsHash", "bytes"),  # Prague, EIP-7685
)


def header(block: Mapping[str, Any]) -> bytes:
    """The block's header (RLP). Raises AnchorUnavailable if it does not hash to the block's hash."""
    fields = [*_HEADER, *(field for field in _LATER if block.get(field[0]) is not None)]
    found = _encode([_bytes(block[name]) if kind == "bytes" else _uint(block[name]) for name, kind in fields])
    if keccak256(found) != _bytes(block["hash"]):
        raise AnchorUnavailable(f"the header of block {block['hash']} has fields that this program does not know")
    return found


def receipt(item: Mapping[str, Any]) -> bytes:
    """A receipt as the trie holds it (EIP-2718)."""
    logs = [
        [_bytes(log["address"]), [_bytes(topic) for topic in log["topics"]], _bytes(log["data"])]
        for log in item["logs"]
    ]
    fields = [_uint(item["status"]), _uint(item["cumulativeGasUsed"]), _bytes(item["logsBloom"]), logs]
    kind = _uint(item.get("type", "0x0"))
    return kind + _encode(fields)


def nodes(receipts: Sequence[bytes], index: int, root: bytes) -> list[bytes]:
    """The trie's nodes from the root to receipt `index`. Raises AnchorUnavailable if it has another root."""
    trie = HexaryTrie({})
    for place, item in enumerate(receipts):
        trie[_encode(place)] = item
    if trie.root_hash != root:
        raise AnchorUnavailable("the receipts that the node gave are not those of the block")
    return [_encode(node) for node in trie.get_proof(_encode(index))]  # type: ignore[no-untyped-call]


def evidence(
    block: Mapping[str, Any], receipts: Sequence[Mapping[str, Any]], transaction: str, log_index: int
) -> bytes:
    """Evidence of event `log_index` (within its receipt) of the transaction with this hash (hex).

    Raises AnchorUnavailable if what the node said does not fit together.
    """
    try:
        ordered = sorted(receipts, key=lambda item: int(item["transactionIndex"], 16))
        index = next(place for place, item in enumerate(ordered) if item["transactionHash"].lower() == transaction)
        encoded = header(block)
        proof = nodes([receipt(item) for item in ordered], index, _bytes(block["receiptsRoot"]))
        return evm.encode(encoded, index, proof, log_index)
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
        raise AnchorUnavailable(
            f"the node describes block {block.get('hash')} in an unknown form: {error!r}"
        ) from error


def _encode(item: object) -> bytes:
    found: bytes = rlp.encode(item)
    return found


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _uint(text: str) -> bytes:
    """An integer as RLP has it: no leading zeros; zero is empty."""
    number = int(text, 16)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
