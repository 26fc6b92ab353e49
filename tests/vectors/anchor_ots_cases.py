"""Evidence of kind `opentimestamps` (SPEC.md §7.5), and `.ots` files, written by hand from the format.

Blocks are mined here at a work of 2^10 hashes; two headers are Bitcoin's own.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from civicroot_wire import base64, cbor
from Crypto.Hash import RIPEMD160, keccak

from tests.support import blocks
from tests.vectors import city
from tests.vectors.case import Case, invalid, valid

NAME = "bitcoin.example"
TIME = city.NOW + 7200
SIZE = 70_000
ROOT = hashlib.sha256(b"the city log's tree").digest()
BITCOIN = bytes.fromhex("0588960d73d71901")
BITCOIN_358391 = BITCOIN + bytes.fromhex("03f7ef15")
PENDING = bytes.fromhex("83dfe30d2ef90c8e")
MAGIC = b"\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94\x01"


def tree_digest(origin: str = city.ORIGIN, size: int = SIZE, root: bytes = ROOT) -> bytes:
    """What the operations begin at."""
    return hashlib.sha256(f"{origin}\n{size}\n{base64.encode(root)}\n".encode()).digest()


def length(count: int) -> bytes:
    """A varuint, as lengths have it."""
    return bytes([count]) if count < 0x80 else bytes([count & 0x7F | 0x80]) + length(count >> 7)


class Way:
    """Operations as bytes, and where they lead from `message`."""

    def __init__(self, message: bytes) -> None:
        self.message = message
        self.operations = b""

    def append(self, suffix: bytes) -> "Way":
        """message ‖ suffix"""
        return self._then(b"\xf0" + length(len(suffix)) + suffix, self.message + suffix)

    def prepend(self, prefix: bytes) -> "Way":
        """prefix ‖ message"""
        return self._then(b"\xf1" + length(len(prefix)) + prefix, prefix + self.message)

    def reverse(self) -> "Way":
        """The last byte first."""
        return self._then(b"\xf2", self.message[::-1])

    def hexlify(self) -> "Way":
        """Lower-case hex digits."""
        return self._then(b"\xf3", self.message.hex().encode())

    def sha1(self) -> "Way":
        """SHA-1."""
        return self._then(b"\x02", hashlib.sha1(self.message).digest())

    def ripemd160(self) -> "Way":
        """RIPEMD-160."""
        return self._then(b"\x03", RIPEMD160.new(self.message).digest())

    def sha256(self) -> "Way":
        """SHA-256."""
        return self._then(b"\x08", hashlib.sha256(self.message).digest())

    def keccak256(self) -> "Way":
        """Keccak-256, not SHA3-256."""
        return self._then(b"\x67", keccak.new(digest_bits=256, data=self.message).digest())

    def _then(self, operation: bytes, message: bytes) -> "Way":
        self.operations += operation
        self.message = message
        return self


def usual(digest: bytes) -> Way:
    """As a calendar does it: a nonce, its own tree, a transaction, the block's tree."""
    way = Way(digest).append(bytes(range(16))).sha256()
    for level in range(6):
        way = (way.append if level % 2 else way.prepend)(hashlib.sha256(bytes([level])).digest()).sha256()
    way.append(bytes(8)).prepend(b"\x01\x00\x00\x00" + bytes(80)).append(b"\x00\x00\x00\x00").sha256().sha256()
    for level in range(11):
        way = (way.prepend if level % 3 else way.append)(hashlib.sha256(bytes([99, level])).digest()).sha256().sha256()
    return way


def every(digest: bytes) -> Way:
    """Each operation of the format once."""
    return Way(digest).append(b"end").prepend(b"begin").reverse().hexlify().sha1().ripemd160().keccak256().sha256()


def trusted(work: int = blocks.WORK, pinned: tuple[str, ...] = ()) -> dict[str, Any]:
    """The policy's anchor."""
    return {"name": NAME, "kind": "opentimestamps", "first": 0, "work": work, "blocks": list(pinned)}


def evidence(way: Way, header: bytes | None = None) -> bytes:
    """The way, and a block mined on it unless there is one."""
    return cbor.encode([way.operations, header or blocks.mined(way.message, TIME)])


def _known(origin: str = city.ORIGIN, size: int = SIZE, root: bytes = ROOT, **anchor: Any) -> dict[str, Any]:
    return {"tree": {"origin": origin, "size": size, "root": root.hex()}, "trusted": trusted(**anchor)}


def _good(name: str, data: bytes, time: int = TIME, **known: Any) -> Case:
    return {**valid(name, **_known(**known)), "input": data.hex(), "status": "checked", "time": time}


def _bad(name: str, reason: str, data: bytes, **known: Any) -> Case:
    return {**invalid(name, reason, **_known(**known)), "input": data.hex()}


def anchor_opentimestamps_cases() -> Iterator[Case]:
    """All cases of the family."""
    yield from _good_ways()
    yield from _good_blocks()
    yield from _undecodable()
    yield from _bad_operations()
    yield from _elsewhere()
    yield from _bad_blocks()


def _good_ways() -> Iterator[Case]:
    digest = tree_digest()
    yield _good("a calendar's way to a block", evidence(usual(digest)))
    yield _good("every operation of the format", evidence(every(digest)))
    yield _good("one operation", evidence(Way(digest).sha256()))
    long = Way(digest)
    for _ in range(255):
        long.sha256()
    yield _good("255 operations", evidence(long))
    yield _good("a message of 4096 bytes", evidence(Way(digest).prepend(bytes(4064)).sha256()))
    yield _good("2048 bytes in hex", evidence(Way(digest).append(bytes(2016)).hexlify().sha256()))
    first = tree_digest(size=1, root=bytes(32))
    yield _good("a tree of one entry", evidence(usual(first)), size=1, root=bytes(32))
    last = tree_digest(size=(1 << 53) - 1)
    yield _good("a tree of 2^53 - 1 entries", evidence(usual(last)), size=(1 << 53) - 1)


def _good_blocks() -> Iterator[Case]:
    way = usual(tree_digest())
    root = way.message
    idle = _first(lambda nonce: blocks.header(root, TIME, nonce=nonce), lambda found: found >> 255)
    yield _good("a pinned block without work", evidence(way, idle), work=255, pinned=(blocks.shown(idle),))
    odd = blocks.header(root, TIME, 0)
    pinned = ("00" * 32, blocks.shown(odd))
    yield _good("a pinned block whose bits are no target", evidence(way, odd), work=255, pinned=pinned)
    exact = blocks.mined(root, TIME)
    yield _good("all the work that the hash shows", evidence(way, exact), work=_work(exact))
    yield _good("no work asked for", evidence(way, _first(lambda n: blocks.header(root, TIME, nonce=n), _easy)), work=0)
    for name, bits in _TARGETS.items():
        yield _good(name, evidence(way, blocks.mined(root, TIME, bits)))
    yield _good("the first second", evidence(way, blocks.mined(root, 0)), time=0)
    yield _good("the last second", evidence(way, blocks.mined(root, (1 << 32) - 1)), time=(1 << 32) - 1)


_TARGETS = {
    "a target of 34 bytes with zeros before it": 0x220000FF,
    "a target of 33 bytes with a zero before it": 0x2100FFFF,
    "the largest target of 32 bytes": 0x207FFFFF,
    "a target as small as the work": 0x1F400000,
}
_NO_TARGETS = {
    "a negative target": 0x20800001,
    "a negative target whose hash would do": 0x20FFFFFF,
    "a target of zero": 0x20000000,
    "bits of zero": 0x00000000,
    "a target shifted away": 0x01003456,
    "a target of 2^256": 0x23000001,
    "a target over 256 bits by one byte of 34": 0x22000100,
    "a target over 256 bits by one byte of 33": 0x21010000,
    "a target of 255 bytes": 0xFF7FFFFF,
}


def _number(header: bytes) -> int:
    return int.from_bytes(blocks.sha256d(header), "little")


def _easy(found: int) -> bool:
    return not found >> 255


def _first(make: Callable[[int], bytes], fits: Callable[[int], object]) -> bytes:
    nonce = 0
    while not fits(_number(made := make(nonce))):
        nonce += 1
    return made


def _work(header: bytes) -> int:
    """The most work that the header's hash shows."""
    return 256 - _number(header).bit_length()


def _undecodable() -> Iterator[Case]:
    way = usual(tree_digest())
    block = blocks.mined(way.message, TIME)
    good = cbor.encode([way.operations, block])
    yield _bad("no evidence", "truncated", b"")
    yield _bad("evidence cut", "truncated", good[:-1])
    yield _bad("evidence and a byte", "trailing-bytes", good + b"\x00")
    yield _bad("evidence of an indefinite length", "not-deterministic", b"\x9f" + good[1:] + b"\xff")
    yield _bad("a map", "wrong-type", cbor.encode({0: way.operations, 1: block}))
    yield _bad("no header", "out-of-range", cbor.encode([way.operations]))
    yield _bad("a third part", "out-of-range", cbor.encode([way.operations, block, block]))
    yield _bad("operations as text", "wrong-type", cbor.encode(["\x08", block]))
    yield _bad("header as an integer", "wrong-type", cbor.encode([way.operations, 7]))
    yield _bad("a header of 79 bytes", "bad-length", cbor.encode([way.operations, block[:-1]]))
    yield _bad("a header of 81 bytes", "bad-length", cbor.encode([way.operations, block + b"\x00"]))
    yield _bad("no operations", "out-of-range", cbor.encode([b"", block]))
    long = (b"\xf0" + length(4096) + bytes(4096)) * 4
    yield _bad("16385 bytes of operations", "out-of-range", cbor.encode([long[:16385], block]))
    yield _bad("24577 bytes of evidence", "too-large", bytes(24_577))


def _bad_operations() -> Iterator[Case]:
    digest = tree_digest()
    block = blocks.mined(hashlib.sha256(digest).digest(), TIME)

    def wrong(name: str, reason: str, operations: bytes) -> Case:
        return _bad(name, reason, cbor.encode([operations, block]))

    yield wrong("an operation that nobody knows", "forbidden-item", b"\x08\xf4")
    yield wrong("SHA3-256 by a number of its own", "forbidden-item", b"\x68")
    yield wrong("a fork", "forbidden-item", b"\xff\x08\x08")
    attestation = b"\x00" + BITCOIN_358391
    yield wrong("the attestation at the end", "forbidden-item", b"\x08" + attestation)
    yield wrong("append without an argument", "truncated", b"\x08\xf0")
    yield wrong("an argument cut", "truncated", b"\xf0\x05abcd")
    yield wrong("an empty argument", "out-of-range", b"\xf0\x00\x08")
    yield wrong("an argument of 4097 bytes", "out-of-range", b"\xf1" + length(4097) + bytes(4097) + b"\x08")
    yield wrong("a length in long form", "not-deterministic", b"\xf0\x83\x00abc\x08")
    yield wrong("a length of 2^64", "out-of-range", b"\xf0" + b"\x80" * 9 + b"\x02abc")
    yield wrong("a length of eleven bytes", "out-of-range", b"\xf0" + b"\x81" * 10 + b"\x01abc")
    yield wrong("a length cut", "truncated", b"\xf0\x81")
    yield wrong("a result of 4097 bytes", "out-of-range", b"\xf0" + length(4065) + bytes(4065) + b"\x08")
    yield wrong("2049 bytes in hex", "out-of-range", b"\xf0" + length(2017) + bytes(2017) + b"\xf3\x08")
    yield wrong("256 operations", "too-deep", b"\x08" * 256)


def _elsewhere() -> Iterator[Case]:
    way = usual(tree_digest())
    good = evidence(way)
    yield _bad("a tree of one entry more", "bad-anchor", good, size=SIZE + 1)
    yield _bad("another tree of that size", "bad-anchor", good, root=hashlib.sha256(ROOT).digest())
    yield _bad("the tree of another log", "bad-anchor", good, origin="log.other.example")
    short = way.operations[:-1]
    yield _bad("an operation too few", "bad-anchor", cbor.encode([short, blocks.mined(way.message, TIME)]))
    yield _bad("an operation too many", "bad-anchor", evidence(Way(tree_digest()).sha256().sha256(), _mined_once()))
    turned = blocks.mined(way.message[::-1], TIME)
    yield _bad("a root as people write it", "bad-anchor", evidence(way, turned))
    half = Way(tree_digest()).sha1()
    yield _bad("a root of 20 bytes", "bad-anchor", evidence(half, blocks.mined(half.message + bytes(12), TIME)))
    other = blocks.mined(hashlib.sha256(b"other").digest(), TIME)
    yield _bad("a pinned block of another root", "bad-anchor", evidence(way, other), pinned=(blocks.shown(other),))
    real = {"the first block": (blocks.GENESIS, 32), "block 358391": (blocks.BLOCK_358391, 67)}
    for name, (block, work) in real.items():
        yield _bad(f"{name}, by its work", "bad-anchor", evidence(way, block), work=work)
        yield _bad(f"{name}, pinned", "bad-anchor", evidence(way, block), work=255, pinned=(blocks.shown(block),))


def _mined_once() -> bytes:
    return blocks.mined(hashlib.sha256(tree_digest()).digest(), TIME)


def _bad_blocks() -> Iterator[Case]:
    way = usual(tree_digest())
    root = way.message
    block = blocks.mined(root, TIME)
    flips = {"version": 0, "block before": 4, "time": 68, "bits": 72, "nonce": 76}
    for name, at in flips.items():
        flipped = block[:at] + bytes([block[at] ^ 1]) + block[at + 1 :]
        assert _number(flipped) >> (256 - blocks.WORK), f"a bit of the {name} finds work by luck"
        yield _bad(f"a bit of the {name} changed", "too-little-work", evidence(way, flipped))
    yield _bad("less work than asked for", "too-little-work", evidence(way, block), work=_work(block) + 1)
    yield _bad("the most work", "too-little-work", evidence(way, block), work=255)
    missed = blocks.mined(root, TIME, 0x1D00FFFF)
    yield _bad("a hash over the header's own target", "too-little-work", evidence(way, missed))
    unpinned = (blocks.GENESIS_HASH, blocks.sha256d(block).hex())
    yield _bad("pinned with the first byte first", "too-little-work", evidence(way, block), work=255, pinned=unpinned)
    for name, bits in _NO_TARGETS.items():
        yield _bad(name, "too-little-work", evidence(way, blocks.mined(root, TIME, bits)))


def ots_file_cases() -> Iterator[Case]:
    """`.ots` files: the whole format, of which evidence has only the operations."""
    yield from _good_files()
    yield from _bad_files()


DIGEST = hashlib.sha256(b"a file").digest()
_SHA256_FILE = MAGIC + b"\x08" + DIGEST
_BLOCK = b"\x00" + BITCOIN_358391
_URI = "https://calendar.ex/a_b"
_CALENDAR = b"\x00" + PENDING + bytes([len(_URI) + 1, len(_URI)]) + _URI.encode()


def _good_files() -> Iterator[Case]:
    bitcoin, calendar = ["bitcoin", 358391], ["pending", _URI]
    yield valid("an attestation of the digest itself", _SHA256_FILE + _BLOCK, [[DIGEST.hex(), *bitcoin]])
    hashed = hashlib.sha256(DIGEST).hexdigest()
    yield valid("one operation", _SHA256_FILE + b"\x08" + _BLOCK, [[hashed, *bitcoin]])
    both = _SHA256_FILE + b"\xff\x08" + _BLOCK + b"\xf0\x01a" + _CALENDAR
    yield valid("a fork", both, [[hashed, *bitcoin], [DIGEST.hex() + "61", *calendar]])
    litecoin = b"\x00" + bytes.fromhex("06869a0d73d71b45") + b"\x01\x07"
    ethereum = b"\x00" + bytes.fromhex("30fe8087b5c7ead7") + b"\x01\x00"
    unknown = b"\x00" + bytes.fromhex("0102030405060708") + b"\x02\xff\x00"
    four = _SHA256_FILE + b"\xff" + unknown + b"\xff" + _BLOCK + b"\xff" + litecoin + ethereum
    digest = DIGEST.hex()
    said = [[digest, "0102030405060708", "ff00"], [digest, *bitcoin], [digest, "litecoin", 7], [digest, "ethereum", 0]]
    yield valid("four notaries", four, said)
    yield valid("a file hashed with SHA-1", MAGIC + b"\x02" + DIGEST[:20] + _BLOCK, [[digest[:40], *bitcoin]])
    yield valid("a file hashed with RIPEMD-160", MAGIC + b"\x03" + DIGEST[:20] + _BLOCK, [[digest[:40], *bitcoin]])
    yield valid("a file hashed with Keccak-256", MAGIC + b"\x67" + DIGEST + _BLOCK, [[digest, *bitcoin]])


def _bad_files() -> Iterator[Case]:
    good = _SHA256_FILE + b"\x08" + _BLOCK
    yield invalid("no magic", "malformed", good[1:])
    yield invalid("half the magic", "malformed", MAGIC[:9])
    yield invalid("version 2", "wrong-kind", MAGIC[:-1] + b"\x02" + good[len(MAGIC) :])
    yield invalid("version 1 in long form", "not-deterministic", MAGIC[:-1] + b"\x81\x00" + good[len(MAGIC) :])
    yield invalid("a file hashed by appending", "forbidden-item", MAGIC + b"\xf0" + DIGEST + _BLOCK)
    yield invalid("a digest cut", "truncated", MAGIC + b"\x08" + DIGEST[:9])
    yield invalid("nothing about the digest", "truncated", _SHA256_FILE)
    yield invalid("nothing after a fork", "truncated", _SHA256_FILE + b"\xff" + _BLOCK)
    yield invalid("a fork of a fork", "forbidden-item", _SHA256_FILE + b"\xff\xff" + _BLOCK + _BLOCK)
    yield invalid("an attestation cut", "truncated", good[:-1])
    yield invalid("bytes after the timestamp", "trailing-bytes", good + b"\x00")
    yield invalid("bytes after a height", "trailing-bytes", _SHA256_FILE + b"\x00" + BITCOIN + b"\x02\x01\x00")
    yield invalid("a height in long form", "not-deterministic", _SHA256_FILE + b"\x00" + BITCOIN + b"\x02\x81\x00")
    yield invalid("an attestation twice", "not-deterministic", _SHA256_FILE + b"\xff" + _BLOCK + _BLOCK)
    yield invalid("an operation twice", "not-deterministic", _SHA256_FILE + b"\xff\x08" + _BLOCK + b"\x08" + _BLOCK)
    unsorted = _SHA256_FILE + b"\xff\xf0\x01a" + _BLOCK + b"\x08" + _BLOCK
    yield invalid("operations unsorted", "not-deterministic", unsorted)
    yield invalid("the attestation last", "not-deterministic", _SHA256_FILE + b"\xff\x08" + _BLOCK + _BLOCK)
    for name, uri in {
        "a query": b"https://a.ex/?b",
        "a login": b"https://a@b.ex",
        "a line end": b"https://a.ex\n",
    }.items():
        pending = bytes([len(uri) + 1, len(uri)]) + uri
        yield invalid(f"a URI with {name}", "bad-text", _SHA256_FILE + b"\x00" + PENDING + pending)
    long = length(1001) + b"a" * 1001
    yield invalid("a URI of 1001 bytes", "out-of-range", _SHA256_FILE + b"\x00" + PENDING + length(len(long)) + long)
    payload = b"\x00" + bytes(8) + length(8193) + bytes(8193)
    yield invalid("a payload of 8193 bytes", "out-of-range", _SHA256_FILE + payload)
    yield invalid("256 operations in a row", "too-deep", _SHA256_FILE + b"\x08" * 256 + _BLOCK)
