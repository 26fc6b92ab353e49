"""Texts of the log: signed notes, checkpoints, tlog-proofs."""

from civicroot_wire import beacon, checkpoint, cosignature, head, merkle, note, policy, tlog_proof
from civicroot_wire.errors import WireError

from tests.fuzz.seeds import cases
from tests.fuzz.target import Target
from tests.fuzz.targets.behind import accepts

POLICY = policy.from_document(next(case["policy"] for case in cases("head") if case["valid"]))
WITNESSES = [item.key for item in POLICY.witnesses if item.key is not None]


def _note(data: bytes) -> bytes:
    found = note.parse(data)
    beacon.of(found, WITNESSES)
    for line in found.lines:
        for witness in WITNESSES:
            if line.is_by(witness):
                _refusable(lambda line=line, witness=witness: cosignature.verify(found.body, line, witness, accepts))
    return note.render(found).encode()


def _checkpoint(data: bytes) -> bytes:
    signed = note.parse(data)
    found = checkpoint.parse_body(signed.body)
    for strict in (False, True):
        _refusable(lambda strict=strict: head.verify(data, POLICY, accepts, strict))
    return note.render(note.Note(found.body(), signed.lines)).encode()


def _tlog_proof(data: bytes) -> bytes:
    found = tlog_proof.parse(data)
    size = 1 << 20
    _refusable(lambda: merkle.root_of_path(merkle.leaf_hash(found.extra or b""), found.index, size, found.path))
    return tlog_proof.render(found).encode()


def _refusable(check: object) -> None:
    """Run a check of what was read: it may refuse by name."""
    assert callable(check)
    try:
        check()
    except WireError as refused:
        assert refused.reason


TARGETS = (
    Target("note", ("note", "cosignature", "beacon"), _note, text=True, longest=2048),
    Target("checkpoint", ("checkpoint", "head"), _checkpoint, text=True, longest=1024),
    Target("tlog-proof", ("tlog_proof",), _tlog_proof, text=True, longest=2048),
)
