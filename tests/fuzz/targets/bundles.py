"""Offline bundles of a reading and of an entry, with the whole verification behind them."""

from civicroot_wire import entry_proof, entry_verifier, policy, proof, verifier
from civicroot_wire.errors import ProofError

from tests.fuzz.seeds import cases
from tests.fuzz.target import Target
from tests.fuzz.targets.behind import accepts, inflate

POLICY = policy.from_document(next(case["policy"] for case in cases("proof") if case["valid"]))


def _proof(data: bytes) -> bytes:
    found = proof.decode(data)
    try:
        verifier.verify(data, POLICY, accepts, inflate)
    except ProofError as failed:
        assert failed.reason and failed.step in verifier.STEPS
    return proof.encode(found)


def _entry_proof(data: bytes) -> bytes:
    found = entry_proof.decode(data)
    try:
        entry_verifier.verify(data, POLICY, accepts, inflate)
    except ProofError as failed:
        assert failed.reason and failed.step in entry_verifier.STEPS
    return entry_proof.encode(found)


TARGETS = (
    Target("proof", ("proof",), _proof),
    Target("entry-proof", ("entry_proof",), _entry_proof),
)
