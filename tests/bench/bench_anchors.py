"""What an anchor, or a sighting by three witnesses, adds to a proof bundle, in bytes.

python -m tests.bench.bench_anchors
"""

import json
from pathlib import Path

from civicroot_wire import anchors, cbor
from civicroot_wire.anchors import Anchored
from civicroot_wire.sighting import Sighting

from tests.vectors.citylog import WITNESSES, Log
from tests.vectors.sighting_cases import lines

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
LOG_SIZE = 1_000_000
PATH_HASHES = 20  # from an entry to the root of a log of that size
NAME = "anchor.city.example"
# Evidence as it comes from outside: a block of a real node, a calendar's way through a block's tree, an authority's
# token with its certificate.
TYPICAL = {
    "evm": ("anchor_evm", "recorded block of 21 transactions"),
    "opentimestamps": ("anchor_opentimestamps", "a calendar's way to a block"),
    "rfc3161": ("anchor_rfc3161", "RSA"),
}


def main() -> dict[str, dict[str, int]]:
    """Per kind: bytes of the evidence alone, and of all that a bundle from a log of a million entries has more."""
    found = {kind: _bytes(_evidence(*where)) for kind, where in TYPICAL.items()}
    return found | {"sighting": _sighting(lines(Log([b"an entry"]), 1, *WITNESSES, time=0))}


def _sighting(text: str) -> dict[str, int]:
    item = Sighting(LOG_SIZE, [bytes(32)] * PATH_HASHES, text).as_item()
    return {"evidence": len(text.encode()), "in_a_bundle": 1 + len(cbor.encode(item))}


def _bytes(evidence: bytes) -> dict[str, int]:
    tree = Anchored(LOG_SIZE, [bytes(32)] * PATH_HASHES, [(NAME, evidence)])
    label = 1  # the map's key
    return {"evidence": len(evidence), "in_a_bundle": label + len(cbor.encode(anchors.to_item([tree])))}


def _evidence(family: str, name: str) -> bytes:
    cases = json.loads((VECTORS / f"{family}.json").read_text(encoding="utf-8"))
    return bytes.fromhex(next(case["input"] for case in cases if case["name"] == name))


if __name__ == "__main__":
    print(json.dumps(main()))
