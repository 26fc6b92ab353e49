"""`civicroot verify` in every form: the verdict on every vector is the vectors', and its JSON keeps its keys."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from civicroot_cli import verdict, verify
from civicroot_wire import base64, sodium
from civicroot_wire import policy as policies
from civicroot_wire.errors import ProofError

from tests.cli.conftest import Civicroot
from tests.vectors.generate import path_of

EVERY = {"verified", "format", "kind", "log_index", "steps", "proved", "not_proved"}
HEAD = {"log_size", "not_after", "seen", "witnesses", "witnesses_known", "quorum", "interval", "anchors"}
READING = {
    "device", "subject", "simulated", "seq", "time", "values", "enrolled", "gateway", "not_before", "status_list",
}  # fmt: skip
ENTRY = {"subject", "issuer", "status_list"}
OF_KIND = {
    "enrolment": {"kid", "role", "label", "simulated"},
    "revocation": {"thumbprint", "reason", "last_seq", "successor"},
    "policy": {"version"},
    "statement": {"typ", "detached", "digest", "content_type", "location", "payload"},
    "batch": set(),
    "status-list": set(),
}


def cases(family: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path_of(family).read_text(encoding="utf-8"))
    return found


def policy_of(case: dict[str, Any]) -> policies.Policy:
    return policies.verify(policies.from_document(case["policy"]), sodium.verify)


@pytest.mark.parametrize("family", ["proof", "entry_proof"])
def test_the_verdict_on_every_vector_is_the_vectors(family: str) -> None:
    listed = cases(family)
    assert len(listed) >= 50
    for case in listed:
        data = bytes.fromhex(case["bytes"])
        try:
            found = verify.check(data, policy_of(case))
        except ProofError as error:
            # What anchors carry in these vectors is no evidence: only verifiers without a check of the kind pass it.
            assert not case["valid"] or error.step == "anchors", (case["name"], error)
            assert not case["valid"] or case["policy"]["policy"]["anchors"]
            assert json.loads(verdict.failure_as_json(error))["verified"] is False
        else:
            assert case["valid"], case["name"]
            assert all(line.isprintable() for line in verdict.as_text(found).split("\n"))


def said_of(family: str) -> Iterator[dict[str, Any]]:
    """What is said in JSON of each vector that holds here too."""
    for case in cases(family):
        try:
            yield json.loads(verdict.as_json(verify.check(bytes.fromhex(case["bytes"]), policy_of(case))))
        except ProofError:
            continue


def test_json_keeps_its_keys() -> None:
    for found in said_of("proof"):
        assert set(found) == EVERY | HEAD | READING
        assert [step["step"] for step in found["steps"]][:3] == ["format", "realm", "checkpoint"]
    kinds = set()
    for found in said_of("entry_proof"):
        kinds.add(found["kind"])
        assert set(found) == EVERY | HEAD | ENTRY | OF_KIND[found["kind"]]
    assert kinds == set(OF_KIND)


def test_a_reading_says_whose_clocks_and_which_witnesses(civicroot: Civicroot, tmp_path: Path) -> None:
    case = next(case for case in cases("proof") if case["name"] == "everything there")
    (tmp_path / "p.json").write_text(json.dumps(case["policy"]))
    (tmp_path / "a.proof").write_bytes(bytes.fromhex(case["bytes"]))
    out = civicroot("verify", tmp_path / "a.proof", "--policy", tmp_path / "p.json").out
    clocks = "(by the clocks of witness-a.example, witness-b.example, if fewer than 2 of them are wrong)"
    assert f"+ public no later than 2026-09-21T14:14:21+00:00 {clocks}" in out
    assert f"+ made no earlier than 2026-09-21T14:03:20+00:00 {clocks}" in out
    assert "+ seen by 2 of 3 witnesses: witness-a.example, witness-b.example" in out
    assert "enrolled as bin/12 (log entry 2, registrar registrar)" in out
    document = civicroot(
        "verify", tmp_path / "a.proof", "--policy", tmp_path / "p.json", "--document", tmp_path / "p.json"
    )
    assert (document.code, document.err.count("\n")) == (2, 1)


def test_what_the_policy_does_not_cover_is_refused(civicroot: Civicroot, tmp_path: Path) -> None:
    """The same proof under policies that trust less: each refusal names its step."""
    case = next(case for case in cases("proof") if case["name"] == "everything there")
    root = sodium.Signer(b"\x07" * 32)
    (tmp_path / "a.proof").write_bytes(bytes.fromhex(case["bytes"]))
    model = case["policy"]["policy"]
    roots = {"threshold": 1, "keys": [base64.encode(root.public)]}
    late = [{**item, "first": 3} for item in model["registrars"]]
    ended = [{**item, "last": 1} for item in model["registrars"]]
    for change, step in (
        ({"quorum": 3}, "witnesses"),
        ({"registrars": late}, "gateway-enrolment"),
        ({"registrars": ended}, "device-enrolment"),
        ({"registrars": []}, "gateway-enrolment"),
        ({"witnesses": model["witnesses"][1:], "quorum": 1}, "checkpoint"),
        ({"logs": [{**item, "last": 2} for item in model["logs"]]}, "checkpoint"),
        ({"realm": "another.city"}, "realm"),
    ):
        signed = policies.sign({**model, "roots": roots, **change}, [(root.public, root)])
        (tmp_path / "p.json").write_text(json.dumps(policies.to_document(signed)))
        done = civicroot("verify", tmp_path / "a.proof", "--policy", tmp_path / "p.json", "--json")
        assert (done.code, json.loads(done.out)["step"]) == (1, step), change
