"""The browser's verifier and the reference accept and refuse the same, also what no vector has thought of."""

import json
import os
import subprocess
from typing import Any

from civicroot_wire import sodium

from tests.anchor.test_vectors import CHECKS, verdict
from tests.support.fuzz import fuzz_examples
from tests.vectors.generate import FAMILIES, path_of
from tests.web.mutations import Case, Mutator
from tests.web.tools import NODE, WEB, npm
from tests.wire.runtime.cases import ACCEPTED, REFUSED, outcome

NOT_IN_BROWSERS = {
    *("acknowledgement", "claim_notice", "link_key", "opening", "piece", "radio_answer", "radio_part", "radio_up"),
    *("registration", "state", "topic", "want", "withdrawal"),
}  # SPEC.md §8
SEED = int(os.environ.get("CIVICROOT_DIFFERENTIAL_SEED", "1"))
EACH = 80  # changed cases of a family
JUDGE_SECONDS = 240


def vectors(family: str) -> list[Case]:
    """A family's cases."""
    cases: list[Case] = json.loads(path_of(family).read_text(encoding="utf-8"))
    return cases


def judged(cases: list[tuple[str, Case]]) -> list[list[str]]:
    """What the browser's verifier says of each."""
    npm("ls", "--depth", "0")
    done = subprocess.run(
        [str(NODE), str(WEB / "test/support/judge.ts")],
        input="".join(json.dumps(pair) + "\n" for pair in cases),
        capture_output=True,
        text=True,
        timeout=JUDGE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def ours(family: str, case: Case) -> str:
    """What the reference says."""
    if family not in CHECKS:
        found: list[str] = outcome(family, case, sodium.verify)
        return found[0]
    return ACCEPTED if len(verdict(family, case)) > 1 else REFUSED


def test_changed_vectors_have_one_verdict(record_property: Any) -> None:
    mutator = Mutator(SEED)
    record_property("seed", SEED)
    named = [*(family for family in FAMILIES if family not in NOT_IN_BROWSERS), *CHECKS]
    families = [(family, vectors(family)) for family in named]
    cases = [(family, mutator.case(family, known)) for family, known in families for _ in range(fuzz_examples(EACH))]
    here = [ours(family, case) for family, case in cases]
    there = judged(cases)
    parted = [
        f"{family}: Python {mine}, browser {theirs}: {json.dumps(case)}"
        for (family, case), mine, theirs in zip(cases, here, there, strict=True)
        if mine != theirs[0]
    ]
    assert not parted, f"seed {SEED}: {len(parted)} verdicts differ\n" + "\n".join(parted[:10])
    accepted = sum(mine == ACCEPTED for mine in here)
    assert len(cases) / 20 < accepted < len(cases) / 2, "the changes are too small or too large to tell anything"
