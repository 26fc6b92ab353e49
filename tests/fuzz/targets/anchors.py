"""Evidence of external anchors, with the whole of its check behind it."""

from collections.abc import Callable

from civicroot_anchor.checks import anchor_checks
from civicroot_wire import cbor
from civicroot_wire.anchors import MAX_EVIDENCE_BYTES
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.policy_anchor import EVM, OPENTIMESTAMPS, RFC3161, Anchor

from tests.fuzz.seeds import cases
from tests.fuzz.target import Target

CHECKS = anchor_checks()


def _check(family: str, kind: str) -> Callable[[bytes], bytes]:
    """The check of a kind, for the tree and the anchor of the family's first vector."""
    case = next(case for case in cases(family) if case["valid"])
    tree = Checkpoint(case["tree"]["origin"], case["tree"]["size"], bytes.fromhex(case["tree"]["root"]))
    trusted = Anchor(case["trusted"])

    def again(data: bytes) -> bytes:
        found = CHECKS[kind](data, tree, trusted)
        assert (found.name, found.size) == (trusted.name, tree.size)
        return cbor.encode(cbor.decode(data, MAX_EVIDENCE_BYTES))

    return again


TARGETS = tuple(
    Target(family.replace("_", "-"), (family,), _check(family, kind))
    for family, kind in (("anchor_evm", EVM), ("anchor_opentimestamps", OPENTIMESTAMPS), ("anchor_rfc3161", RFC3161))
)
