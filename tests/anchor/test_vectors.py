"""The committed vectors of anchors: what the generator makes, and one verdict a case (browsers: tests/web)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from civicroot_anchor import evm, opentimestamps, rfc3161
from civicroot_anchor.evm_blocks import TrustedHashes
from civicroot_wire.anchors import AnchorFinding
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.errors import WireError
from civicroot_wire.policy_anchor import Anchor

from tests.vectors.generate import ANCHOR_FAMILIES, path_of, render

Verdict = list[Any]


def _evm(case: dict[str, Any], evidence: bytes, tree: Checkpoint, trusted: Anchor) -> AnchorFinding:
    blocks = case["blocks"]
    return evm.check(
        evidence, tree, trusted, None if blocks is None else TrustedHashes({bytes.fromhex(item) for item in blocks})
    )


CHECKS: dict[str, Callable[[dict[str, Any], bytes, Checkpoint, Anchor], AnchorFinding]] = {
    "anchor_evm": _evm,
    "anchor_opentimestamps": lambda _case, *arguments: opentimestamps.check(*arguments),
    "anchor_rfc3161": lambda _case, *arguments: rfc3161.check(*arguments),
}


def verdict(family: str, case: dict[str, Any]) -> Verdict:
    """[status, time], or [reason]."""
    tree = Checkpoint(case["tree"]["origin"], case["tree"]["size"], bytes.fromhex(case["tree"]["root"]))
    try:
        found = CHECKS[family](case, bytes.fromhex(case["input"]), tree, Anchor(case["trusted"]))
    except WireError as refusal:
        return [refusal.reason]
    assert (found.name, found.kind, found.size) == (case["trusted"]["name"], case["trusted"]["kind"], tree.size)
    return [found.status, found.time]


@pytest.mark.parametrize("family", ANCHOR_FAMILIES)
def test_committed_vectors_are_what_the_generator_makes(family: str) -> None:
    assert path_of(family).read_text(encoding="utf-8") == render(family)


@pytest.mark.parametrize("family", [family for family in ANCHOR_FAMILIES if family.startswith("anchor_")])
def test_every_case_has_its_verdict(family: str) -> None:
    wrong = []
    for case in json.loads(path_of(family).read_text(encoding="utf-8")):
        expected = [case["status"], case["time"]] if case["valid"] else [case["reason"]]
        found = verdict(family, case)
        if found != expected:
            wrong.append(f"{case['name']}: {found} instead of {expected}")
    assert not wrong, "\n".join(wrong)
