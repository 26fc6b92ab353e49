"""c2sp.org/tlog-proof@v1, from its text."""

import re
from dataclasses import dataclass

from tests.conformance import independent_merkle as merkle
from tests.conformance.independent_note import Note, VerifierKey, cosigned, parse, unbase64, verify_by_log
from tests.conformance.independent_refusal import require


@dataclass(frozen=True)
class TlogProof:
    """A parsed proof."""

    extra: bytes | None
    index: int
    path: list[bytes]
    checkpoint: Note


def read(text: str) -> TlogProof:
    """Parse a proof."""
    head, gap, checkpoint = text.partition("\n\n")
    require(bool(gap), "an empty line comes before the checkpoint")
    lines = head.split("\n")
    require(lines.pop(0) == "c2sp.org/tlog-proof@v1", "first line")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = unbase64(lines.pop(0)[6:])
    require(bool(lines) and re.fullmatch("index (0|[1-9][0-9]*)", lines[0]) is not None, "index line")
    index = int(lines.pop(0)[6:])
    path = [unbase64(line) for line in lines]
    require(all(len(item) == 32 for item in path), "a hash has 32 bytes")
    return TlogProof(extra, index, path, parse(checkpoint))


def verify(text: str, entry: bytes, log: VerifierKey, witnesses: list[VerifierKey], quorum: int) -> int:
    """The index at which the entry is logged, seen by a quorum of witnesses."""
    proof = read(text)
    head = verify_by_log(proof.checkpoint, log)
    require(len(cosigned(proof.checkpoint, witnesses)) >= quorum, "too few witnesses")
    root = merkle.root_of(merkle.leaf_hash(entry), proof.index, head.size, proof.path)
    require(root == head.root, "the path leads to another root")
    return proof.index
