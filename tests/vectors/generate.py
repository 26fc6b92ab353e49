"""Writes tests/vectors/*.json: `python -m tests.vectors.generate`. Deterministic; a test compares."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.vectors import (
    anchor_evm_cases,
    anchor_ots_cases,
    anchor_rfc3161_cases,
    batch_cases,
    cbor_cases,
    device_kind_cases,
    ed25519_cases,
    enrolment_cases,
    entry_proof_cases,
    log_cases,
    merkle_cases,
    note_cases,
    opening_cases,
    policy_cases,
    proof_cases,
    pruning_cases,
    radio_cases,
    radio_fetch_cases,
    receipt_cases,
    record_cases,
    statement_cases,
    transport_cases,
)
from tests.vectors.case import Case

FOLDER = Path(__file__).resolve().parent
FAMILIES: dict[str, Callable[[], Iterator[Case]]] = {
    "cbor": cbor_cases.cbor_cases,
    "ed25519": ed25519_cases.ed25519_cases,
    "record": record_cases.record_cases,
    "batch_header": batch_cases.batch_header_cases,
    "batch_message": batch_cases.batch_message_cases,
    "verdict": batch_cases.verdict_cases,
    "claim": device_kind_cases.claim_cases,
    "claim_digits": device_kind_cases.claim_digits_cases,
    "possession": device_kind_cases.possession_cases,
    "transaction": device_kind_cases.transaction_cases,
    "enrolment": enrolment_cases.enrolment_cases,
    "revocation": statement_cases.revocation_cases,
    "status_list": statement_cases.status_list_cases,
    "configuration": statement_cases.configuration_cases,
    "release": statement_cases.release_cases,
    "statement": statement_cases.statement_cases,
    "pruning": pruning_cases.pruning_cases,
    "merkle_root": merkle_cases.merkle_root_cases,
    "merkle_inclusion": merkle_cases.merkle_inclusion_cases,
    "merkle_consistency": merkle_cases.merkle_consistency_cases,
    "tile_path": log_cases.tile_path_cases,
    "entry_bundle": log_cases.entry_bundle_cases,
    "logged": log_cases.logged_cases,
    "verifier_key": note_cases.verifier_key_cases,
    "note": note_cases.note_cases,
    "checkpoint": note_cases.checkpoint_cases,
    "cosignature": note_cases.cosignature_cases,
    "beacon": note_cases.beacon_cases,
    "head": note_cases.head_cases,
    "policy": policy_cases.policy_cases,
    "policy_file": policy_cases.policy_file_cases,
    "proof": proof_cases.proof_cases,
    "entry_proof": entry_proof_cases.entry_proof_cases,
    "receipt": receipt_cases.receipt_cases,
    "transparent": receipt_cases.transparent_cases,
    "tlog_proof": receipt_cases.tlog_proof_cases,
    "acknowledgement": transport_cases.acknowledgement_cases,
    "state": transport_cases.state_cases,
    "registration": transport_cases.registration_cases,
    "withdrawal": transport_cases.withdrawal_cases,
    "want": transport_cases.want_cases,
    "piece": transport_cases.piece_cases,
    "opening": opening_cases.opening_cases,
    "claim_notice": opening_cases.claim_notice_cases,
    "topic": transport_cases.topic_cases,
    "radio_answer": radio_cases.radio_answer_cases,
    "radio_up": radio_fetch_cases.radio_up_cases,
    "radio_part": radio_fetch_cases.radio_part_cases,
    "link_key": radio_cases.link_key_cases,
}
# Evidence of external anchors, which devices do not verify: CPython and browsers only (tests/anchor/test_vectors.py).
ANCHOR_FAMILIES: dict[str, Callable[[], Iterator[Case]]] = {
    "anchor_evm": anchor_evm_cases.anchor_evm_cases,
    "anchor_opentimestamps": anchor_ots_cases.anchor_opentimestamps_cases,
    "anchor_rfc3161": anchor_rfc3161_cases.anchor_rfc3161_cases,
    "ots_file": anchor_ots_cases.ots_file_cases,
}
_ALL = {**FAMILIES, **ANCHOR_FAMILIES}


def render(family: str) -> str:
    """The text of a family's file: a JSON array, one case a line."""
    cases = list(_ALL[family]())
    names = [case["name"] for case in cases]
    assert len(set(names)) == len(names), f"{family}: a case's name is used twice"
    lines = [json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def path_of(family: str) -> Path:
    """Where a family's file lies."""
    return FOLDER / f"{family}.json"


if __name__ == "__main__":
    for each in _ALL:
        path_of(each).write_text(render(each), encoding="utf-8")
