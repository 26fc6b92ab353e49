"""Every vector against wire/civicroot.cddl: valid ones match, and those whose flaw CDDL can express do not."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pycddl
import pytest
from cddl_verifier import CBORDecodeError, Validator, schema_diagnostics

from tests.vectors.generate import path_of

SCHEMA = Path(__file__).resolve().parents[2] / "wire" / "civicroot.cddl"
RULES = {
    "record": "record",
    "batch_header": "batch-header",
    "batch_message": "batch-message",
    "verdict": "verdict",
    "claim": "claim-token",
    "possession": "possession",
    "transaction": "transaction",
    "enrolment": "enrolment",
    "revocation": "revocation",
    "status_list": "status-list",
    "configuration": "configuration",
    "release": "release",
    "statement": "statement",
    "policy": "policy",
    "pruning": "pruning",
    "proof": "proof",
    "entry_proof": "entry-proof",
    "receipt": "receipt",
    "transparent": "transparent-statement",
    "acknowledgement": "acknowledgement",
    "state": "state",
    "registration": "registration",
    "withdrawal": "withdrawal",
    "radio_answer": "radio-answer",
    "radio_up": "radio-up",
    "radio_part": "radio-part",
    "want": "want",
    "piece": "piece",
    "opening": "opening",
    "claim_notice": "claim-notice",
}
# Reasons that are a matter of shape in every case.
SHAPE = {
    *("truncated", "trailing-bytes", "too-deep", "forbidden-item", "wrong-type", "unknown-key", "missing-key"),
    *("wrong-algorithm", "bad-length"),
}
BEYOND_CDDL = {
    *("policy: witness key among the logs", "policy: log key among the witnesses"),  # inside base64
    "proof: format: hashes one byte short",  # a multiple of 32
    *("proof: anchors: evidence cut", "entry_proof: anchors: evidence cut"),  # inside the evidence
    # what an entry's bundle needs depends on what the entry is
    "entry_proof: issuer: enrolment with a signer's enrolment",
    "entry_proof: issuer: statement without its signer's enrolment",
    "entry_proof: revocation: a status list that nothing needs",
}
PLAIN = ("acknowledgement", "state", "want", "piece", "opening", "claim_notice")


@cache
def schema() -> Validator:
    return Validator(SCHEMA)


def cases(valid: bool) -> Iterator[Any]:
    for family, rule in RULES.items():
        for case in json.loads(path_of(family).read_text(encoding="utf-8")):
            if case["valid"] is valid:
                yield family, rule, case


def accepted(case: dict[str, Any], rule: str) -> bool:
    try:
        return bool(schema().validate(bytes.fromhex(case["bytes"]), rule).valid)
    except CBORDecodeError:
        return False


def test_schema_has_no_diagnostics() -> None:
    assert not list(schema_diagnostics(SCHEMA))


def test_valid_vectors_match_the_schema() -> None:
    matched = set()
    for family, rule, case in cases(valid=True):
        result = schema().validate(bytes.fromhex(case["bytes"]), rule)
        assert result.valid, (family, case["name"], result)
        matched.add(family)
    assert matched == set(RULES)


def test_flaws_of_shape_do_not_match_the_schema() -> None:
    passed = {
        f"{family}: {case['name']}"
        for family, rule, case in cases(valid=False)
        if case["reason"] in SHAPE and accepted(case, rule)
    }
    assert passed == BEYOND_CDDL


@pytest.mark.parametrize("family", PLAIN)
def test_a_second_validator_reads_the_schema_and_accepts_plain_messages(family: str) -> None:
    """pycddl checks every item of an array against an embedded `.cbor`, so only messages without one are given;
    it is also lenient with optional fields, so only what is valid."""
    second = pycddl.Schema(f"start = {RULES[family]}\n" + SCHEMA.read_text(encoding="utf-8"))
    for name, _, case in cases(valid=True):
        if name == family:
            second.validate_cbor(bytes.fromhex(case["bytes"]))
    with pytest.raises(pycddl.ValidationError):
        second.validate_cbor(b"\x80")
