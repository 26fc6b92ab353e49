"""A reading's bundle with an OpenTimestamps anchor, verified whole: the time that it adds, each way it fails."""

from typing import Any

import pytest
from civicroot_anchor.checks import anchor_checks
from civicroot_wire import policy, sodium, verifier
from civicroot_wire.errors import ProofError
from civicroot_wire.finding import CHECKED, NOT_CHECKED

from tests.fuzz.targets.behind import inflate
from tests.support import blocks
from tests.vectors import anchor_cases, anchor_ots_cases, city, citylog
from tests.vectors.scene import Scene

SCENE = Scene()
SIZE = len(SCENE.log.entries)


def bundle(size: int = SIZE, of: int | None = None) -> bytes:
    """Anchored as the tree of `size`; the block commits to the tree of `of` entries."""
    of = size if of is None else of
    digest = anchor_ots_cases.tree_digest(city.ORIGIN, of, SCENE.log.root(of))
    evidence = anchor_ots_cases.evidence(anchor_ots_cases.usual(digest))
    anchored = anchor_cases.tree(SCENE.log, SCENE.header_index, size, [anchor_ots_cases.NAME, evidence])
    return SCENE.proof(_11=[anchored])


def verified(data: bytes, checked: bool = True, **anchor: Any) -> verifier.Report:
    model = citylog.model(anchors=[{**anchor_ots_cases.trusted(), **anchor}])
    checks = anchor_checks() if checked else None
    return verifier.verify(data, citylog.signed_policy(model), sodium.verify, inflate, checks)


def test_the_proof_says_by_when_the_reading_existed() -> None:
    report = verified(bundle())
    (found,) = report.anchored
    assert (found.status, found.time, found.size) == (CHECKED, anchor_ots_cases.TIME, SIZE)
    assert report.findings[-1].status == CHECKED and "Bitcoin block" in report.findings[-1].says


def test_a_verifier_without_the_check_says_so() -> None:
    (found,) = verified(bundle(), checked=False).anchored
    assert (found.status, found.time) == (NOT_CHECKED, None)


@pytest.mark.parametrize(
    ("data", "anchor", "reason"),
    [
        (bundle(of=SIZE - 1), {}, "bad-anchor"),
        (bundle(SIZE - 1, of=SIZE), {}, "bad-anchor"),
        (bundle(), {"work": 255}, "too-little-work"),
        (bundle(), {"work": 255, "blocks": [blocks.GENESIS_HASH]}, "too-little-work"),
        (bundle(), {"first": SIZE}, "untrusted"),
        (bundle(), {"name": "another"}, "untrusted"),
    ],
)
def test_one_anchor_that_fails_fails_the_proof(data: bytes, anchor: dict[str, Any], reason: str) -> None:
    with pytest.raises(ProofError) as refused:
        verified(data, **anchor)
    assert (refused.value.step, refused.value.reason) == ("anchors", reason)


def test_the_policy_of_the_test_is_a_policy() -> None:
    model = citylog.model(anchors=[anchor_ots_cases.trusted()])
    assert policy.verify(citylog.signed_policy(model), sodium.verify).anchors[0].work == blocks.WORK
