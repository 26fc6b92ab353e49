"""Family anchor_evm (SPEC.md §7.5): evidence that a contract on an EVM chain recorded a tree.

The first block is one of a real node (record_evm_block.py). The others are made here, with pyrlp and py-trie, which the
verifiers do not use, so that every way to fail can be shown.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import rlp
from civicroot_wire.cbor import encode
from eth_utils.crypto import keccak
from trie import HexaryTrie

from tests.vectors import city
from tests.vectors.case import Case
from tests.vectors.evm_block import FILE, PLACE, SIZE, tree_root

RECORDED: dict[str, Any] = json.loads(FILE.read_text())
HEADER, CONTRACT = bytes.fromhex(RECORDED["header"]), bytes.fromhex(RECORDED["contract"][2:])
RECEIPTS = [bytes.fromhex(item) for item in RECORDED["receipts"]]
FIELDS: list[bytes] = rlp.decode(HEADER)
RECEIPTS_ROOT, NUMBER, TIME = 5, 8, 11
BLOCK_TIME = int.from_bytes(FIELDS[TIME], "big")
EVENT = keccak(text="Anchored(bytes32,uint64,bytes32,uint32)")
ORIGIN = keccak(text=city.ORIGIN)
TREE = {"origin": city.ORIGIN, "size": SIZE, "root": tree_root().hex()}
TRUSTED = {"name": "chain.example", "kind": "evm", "first": 0, "chain": 31337, "contract": RECORDED["contract"]}
BLOOM = city.bytes_of("bloom", 256)
MANY = 150  # receipts: their keys have one byte, or two with and without an extension before them
GOOD = object()  # stands for what is right


def word(number: int) -> bytes:
    """A number as the ABI has it."""
    return number.to_bytes(32, "big")


def event(
    size: int = SIZE,
    root: bytes | None = None,
    epoch: int = 0,
    topics: Sequence[bytes] = (EVENT, ORIGIN),
    address: bytes = CONTRACT,
    data: bytes | None = None,
) -> list[Any]:
    """An event of a receipt."""
    said = word(size) + (tree_root() if root is None else root) + word(epoch)
    return [address, list(topics), said if data is None else data]


def receipt(*events: Any, status: bytes = b"\x01", kind: bytes = b"\x02", bloom: bytes = BLOOM) -> bytes:
    """A receipt, typed unless `kind` is empty."""
    encoded: bytes = kind + rlp.encode([status, b"\x52\x08", bloom, list(events)])
    return encoded


def header(root: bytes, *more: bytes, **changes: bytes) -> bytes:
    """The recorded header with another root of receipts, and other changes by place."""
    fields = list(FIELDS)
    fields[RECEIPTS_ROOT] = root
    for place, value in changes.items():
        fields[int(place[1:])] = value
    encoded: bytes = rlp.encode([*fields, *more])
    return encoded


def proof(receipts: Sequence[bytes], index: int) -> tuple[bytes, list[bytes]]:
    """Root of the receipts' trie, and the nodes on the way to one."""
    trie = HexaryTrie({})
    for place, item in enumerate(receipts):
        trie[rlp.encode(place)] = item
    return trie.root_hash, [rlp.encode(node) for node in trie.get_proof(rlp.encode(index))]


def parts(receipts: Sequence[bytes], index: int, log_index: int = 0, *more: bytes, **changes: bytes) -> list[Any]:
    """The four parts of evidence for a block of these receipts."""
    root, nodes = proof(receipts, index)
    return [header(root, *more, **changes), index, nodes, log_index]


def alone(*events: Any, log_index: int = 0, **said: Any) -> list[Any]:
    """Evidence from a block with one receipt."""
    return parts([receipt(*events, **said)], 0, log_index)


def real() -> list[Any]:
    """Evidence from the recorded block."""
    root, nodes = proof(RECEIPTS, PLACE)
    assert root == FIELDS[RECEIPTS_ROOT], "the recorded receipts are not those of the recorded block"
    return [HEADER, PLACE, nodes, 0]


def spoilt(part: int, value: Any) -> list[Any]:
    """The recorded evidence with another part."""
    found = real()
    found[part] = value
    return found


def _case(name: str, evidence: list[Any] | bytes, blocks: Any = GOOD, **expected: Any) -> Case:
    """A case; `blocks` are what the verifier trusts, without any the block of the evidence, None: nobody is asked."""
    data = evidence if isinstance(evidence, bytes) else encode(evidence)
    if blocks is GOOD:
        blocks = [keccak(evidence[0])] if isinstance(evidence, list) and isinstance(evidence[0], bytes) else [bytes(32)]
    return {
        "name": name,
        "valid": "reason" not in expected,
        "input": data.hex(),
        "tree": {**TREE, **expected.pop("tree", {})},
        "trusted": {**TRUSTED, **expected.pop("trusted", {})},
        "blocks": None if blocks is None else [item.hex() for item in blocks],
        **expected,
    }


def anchor_evm_cases() -> Iterator[Case]:
    """What holds, what does not decode, what leads elsewhere, what is not trusted."""
    yield from _good()
    for name, reason, evidence in (*_malformed(), *_malformed_headers()):
        yield _case(name, evidence, reason=reason)
    for name, evidence in (*_bad_tries(), *_bad_receipts(), *_bad_events()):
        yield _case(name, evidence, reason="bad-anchor")
    yield from _other_trees()
    yield from _untrusted()


def _good() -> Iterator[Case]:
    checked = {"status": "checked", "time": BLOCK_TIME}
    many = [receipt(event(size=place)) for place in range(MANY)]
    yield _case("recorded block of 21 transactions", real(), **checked)
    yield _case("nobody is asked for the block", real(), None, status="not-checked", time=BLOCK_TIME)
    yield _case("one transaction: its leaf is the root", alone(event()), **checked)
    yield _case("receipt of before types", alone(event(), kind=b""), **checked)
    for kind in (b"\x01", b"\x03", b"\x04", b"\x7f"):
        yield _case(f"receipt of type {kind[0]}", alone(event(), kind=kind), **checked)
    for place in (0, 1, 15, 16, 127, 128, 129, 143, 144, MANY - 1):
        among = [*many[:place], receipt(event()), *many[place + 1 :]]
        yield _case(f"transaction {place} of {MANY}", parts(among, place), **checked)
    other = event(address=bytes(20))
    yield _case("third event of its transaction", alone(other, event(size=1), event(), log_index=2), **checked)
    yield _case("epoch 1", alone(event(epoch=1)), **checked)
    yield _case("epoch 2^32-1", alone(event(epoch=(1 << 32) - 1)), **checked)
    largest = (1 << 53) - 1
    yield _case(f"tree of {largest} entries", alone(event(size=largest)), tree={"size": largest}, **checked)
    yield _case("header with a field of a later fork", parts([receipt(event())], 0, 0, bytes(32)), **checked)
    early = parts([receipt(event())], 0)
    early[0] = rlp.encode(rlp.decode(early[0])[:15])
    yield _case("header of before London", early, **checked)
    yield _case("block number 0", parts([receipt(event())], 0, f8=b""), **checked)
    late = parts([receipt(event())], 0, f11=b"\x01\x00\x00\x00\x00")
    yield _case("block time 2^32", late, status="checked", time=1 << 32)
    yield _case("one of several trusted blocks", real(), [bytes(32), keccak(HEADER)], **checked)


def _malformed() -> Iterator[tuple[str, str, Any]]:
    good = real()
    nodes: list[bytes] = good[2]
    yield "empty", "truncated", b""
    yield "cut", "truncated", encode(good)[:-1]
    yield "a byte too many", "trailing-bytes", encode(good) + b"\x00"
    yield "no array", "wrong-type", encode({0: good})
    yield "three parts", "out-of-range", good[:3]
    yield "five parts", "out-of-range", [*good, 0]
    yield "header is text", "wrong-type", spoilt(0, "header")
    yield "header empty", "out-of-range", spoilt(0, b"")
    yield "header of 2,049 bytes", "out-of-range", spoilt(0, bytes(2049))
    yield "transaction index negative", "out-of-range", spoilt(1, -1)
    yield "transaction index 2^24", "out-of-range", spoilt(1, 1 << 24)
    yield "transaction index is bytes", "wrong-type", spoilt(1, b"\x0d")
    yield "nodes are no array", "wrong-type", spoilt(2, b"".join(nodes))
    yield "no node", "out-of-range", spoilt(2, [])
    yield "17 nodes", "out-of-range", spoilt(2, nodes * 9)
    yield "a node empty", "out-of-range", spoilt(2, [b"", *nodes])
    yield "a node of 16,385 bytes", "out-of-range", spoilt(2, [bytes(16385)])
    yield "a node is text", "wrong-type", spoilt(2, ["node"])
    yield "event index negative", "out-of-range", spoilt(3, -1)
    yield "event index 1,024", "out-of-range", spoilt(3, 1024)
    yield "event index null", "wrong-type", spoilt(3, None)
    yield "over 24 KiB", "too-large", spoilt(2, [bytes(16000), bytes(16000)])


def _malformed_headers() -> Iterator[tuple[str, str, Any]]:
    fields = rlp.decode(HEADER)
    for name, changed in (
        ("header cut", HEADER[:-1]),
        ("header with a byte more", HEADER + b"\x80"),
        ("header is a string", rlp.encode(HEADER[:600])),
        ("header of 14 fields", rlp.encode(fields[:14])),
        ("header of 33 fields", rlp.encode([*fields, *[b""] * (33 - len(fields))])),
        ("receipts root of 31 bytes", header(bytes(31))),
        ("receipts root of 33 bytes", header(bytes(33))),
        ("block number with a leading zero", header(FIELDS[5], f8=b"\x00\x02")),
        ("block number of nine bytes", header(FIELDS[5], f8=b"\x01" * 9)),
        ("block number is a list", rlp.encode([*fields[:8], [], *fields[9:]])),
        ("block time with a leading zero", header(FIELDS[5], f11=b"\x00" + FIELDS[11])),
        ("block time 2^53", header(FIELDS[5], f11=(1 << 53).to_bytes(7, "big"))),
        ("length of the header in a longer form", b"\xfa\x00" + HEADER[1:]),
        ("a field's byte in a longer form", _lengthened(fields)),
        ("lists nest too deep", b"\xc9\xc8\xc7\xc6\xc5\xc4\xc3\xc2\xc1\xc0"),
        ("a length of nothing", b"\xb8"),
        ("a list longer than its parent", b"\xc1\xc1"),
    ):
        yield name, "malformed", spoilt(0, changed)


def _lengthened(fields: list[bytes]) -> bytes:
    """The header with its number, one byte, written as a string of length 1."""
    before = b"".join(rlp.encode(item) for item in fields[:NUMBER])
    after = b"".join(rlp.encode(item) for item in fields[NUMBER + 1 :])
    payload = before + b"\x81\x02" + after
    return b"\xf9" + len(payload).to_bytes(2, "big") + payload


def _bad_tries() -> Iterator[tuple[str, list[Any]]]:
    good = real()
    nodes: list[bytes] = good[2]
    yield "another transaction's index", spoilt(1, PLACE + 1)
    yield "transaction index beyond the block", spoilt(1, 200)
    yield "first node missing", spoilt(2, nodes[1:])
    yield "last node missing", spoilt(2, nodes[:-1])
    yield "nodes the other way round", spoilt(2, nodes[::-1])
    yield "a node more behind the leaf", spoilt(2, [*nodes, nodes[-1]])
    yield "a node more before the root", spoilt(2, [nodes[0], *nodes])
    yield "another transaction's proof", spoilt(2, proof(RECEIPTS, PLACE + 1)[1])
    yield "a bit of the receipt flipped", spoilt(2, [*nodes[:-1], nodes[-1][:-1] + bytes([nodes[-1][-1] ^ 1])])
    yield "root of the transactions instead", spoilt(0, header(FIELDS[4]))
    one = receipt(event())
    leaf = rlp.encode([b"\x20\x80", one])
    branch = [keccak(leaf) if place == 8 else b"" for place in range(16)]
    ended = rlp.encode([b"\x30", one])
    for name, chain in (
        ("root is a string", [rlp.encode(one)]),
        ("root is no RLP", [leaf[:-1]]),
        ("root of three items", [rlp.encode([b"\x20\x80", one, b""])]),
        ("leaf of another key", [rlp.encode([b"\x20\x81", one])]),
        ("leaf before the key's end", [rlp.encode([b"\x38", one])]),
        ("leaf with a longer path", [rlp.encode([b"\x20\x80\x00", one])]),
        ("leaf without path at the root", [rlp.encode([b"\x20", one])]),
        ("path empty", [rlp.encode([b"", one])]),
        ("path with unknown flags", [rlp.encode([b"\x40\x80", one])]),
        ("even path whose padding is not zero", [rlp.encode([b"\x2f\x80", one])]),
        ("extension to nothing", [rlp.encode([b"\x18", b""])]),
        ("extension of another key", [rlp.encode([b"\x19", keccak(ended)]), ended]),
        ("branch to nothing", [rlp.encode([*[b""] * 16, one])]),
        ("value of a branch above the key's end", [rlp.encode([*branch[:8], b"", *branch[9:], one])]),
        ("branch after the key's end", _after_the_end(one)),
        ("node inside its parent", [rlp.encode([b"\x18", [b"\x30", b"a"]])]),
        ("leaf whose value is a list", [rlp.encode([b"\x20\x80", [b"a"]])]),
        ("child's hash of 31 bytes", [rlp.encode([b"\x18", keccak(ended)[:31]]), ended]),
        ("node of another hash", [rlp.encode([b"\x18", bytes(32)]), ended]),
    ):
        yield name, [header(keccak(chain[0])), 0, chain, 0]


def _after_the_end(value: bytes) -> list[bytes]:
    """An extension over the whole key, then a branch."""
    branch = rlp.encode([*[b""] * 16, value])
    return [rlp.encode([b"\x00\x80", keccak(branch)]), branch]


def _bad_receipts() -> Iterator[tuple[str, list[Any]]]:
    yield "transaction failed", alone(event(), status=b"")
    yield "status 2", alone(event(), status=b"\x02")
    yield "state root for a status", alone(event(), status=bytes(32), kind=b"")
    yield "receipt's type 128", alone(event(), kind=b"\x80")
    yield "receipt's type without receipt", parts([b"\x02" * 40], 0)
    yield "receipt of three fields", parts([b"\x02" + rlp.encode([b"\x01", b"\x01", BLOOM])], 0)
    yield "receipt of five fields", parts([b"\x02" + rlp.encode([b"\x01", b"\x01", BLOOM, [event()], b""])], 0)
    yield "bloom filter of 255 bytes", alone(event(), bloom=BLOOM[1:])
    yield "bytes behind the receipt", parts([receipt(event()) + b"\x80"], 0)
    yield "receipt without events", alone()
    yield "event index beyond the receipt", alone(event(), log_index=1)
    yield "events are a string", parts([b"\x02" + rlp.encode([b"\x01", b"\x01", BLOOM, b"events"])], 0)
    yield "event of two parts", alone(event()[:2])
    yield "address of 19 bytes", alone(event(address=CONTRACT[1:]))
    yield "five topics", alone(event(topics=[EVENT, ORIGIN, *[bytes(32)] * 3]))
    yield "topic of 31 bytes", alone(event(topics=[EVENT, ORIGIN[:31]]))
    yield "another event malformed", alone(event(), [b"", [], b""])


def _bad_events() -> Iterator[tuple[str, list[Any]]]:
    yield (
        "another event",
        alone(event(topics=[keccak(text="EpochOpened(bytes32,uint32,uint64,bytes32,string)"), ORIGIN])),
    )
    yield "event without topics", alone(event(topics=[]))
    yield "event without origin", alone(event(topics=[EVENT]))
    yield "three topics", alone(event(topics=[EVENT, ORIGIN, bytes(32)]))
    yield "topics the other way round", alone(event(topics=[ORIGIN, EVENT]))
    yield "another origin", alone(event(topics=[EVENT, keccak(text="other.example/log")]))
    yield "another size", alone(event(size=SIZE + 1))
    yield "size plus 2^64", alone(event(size=SIZE + (1 << 64)))
    yield "another root", alone(event(root=bytes(32)))
    yield "epoch 2^32", alone(event(epoch=1 << 32))
    yield "data of 95 bytes", alone(event(data=event()[2][:-1]))
    yield "data of 97 bytes", alone(event(data=event()[2] + b"\x00"))
    yield "data of two words", alone(event(data=event()[2][:64]))
    yield "the event beside the one meant", alone(event(), event(size=1), log_index=1)


def _other_trees() -> Iterator[Case]:
    for name, change in (
        ("tree of another origin", {"origin": "other.example/log"}),
        ("tree one entry larger", {"size": SIZE + 1}),
        ("tree of another root", {"root": bytes(32).hex()}),
    ):
        yield _case(name, real(), tree=change, reason="bad-anchor")


def _untrusted() -> Iterator[Case]:
    yield _case("another contract", alone(event(address=bytes(20))), reason="untrusted")
    yield _case(
        "contract that the policy does not have", real(), trusted={"contract": "0x" + "00" * 20}, reason="untrusted"
    )
    yield _case("no block is trusted", real(), [], reason="untrusted")
    yield _case("another block is trusted", real(), [bytes(32)], reason="untrusted")
    changed = header(FIELDS[RECEIPTS_ROOT], f11=(BLOCK_TIME + 1).to_bytes(4, "big"))
    yield _case("another time in the header", spoilt(0, changed), [keccak(HEADER)], reason="untrusted")
