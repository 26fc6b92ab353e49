"""The TypeScript verifier: its types, and its own tests under node, which read the committed and the public vectors."""

import re

import pytest

from tests.web.tools import npm


def test_the_front_end_type_checks() -> None:
    npm("run", "check")


def test_the_verifier_agrees_with_all_vectors(capsys: pytest.CaptureFixture[str]) -> None:
    output = npm("test")
    counts = re.findall(r"^vectors (.+): (\d+|absent)$", output, re.MULTILINE)
    assert len(counts) > 30
    assert re.search(r"^. fail 0$", output, re.MULTILINE)
    assert re.search(r"^. skipped 0$", output, re.MULTILINE)
    with capsys.disabled():
        print("\nvectors in the browser's verifier: " + ", ".join(f"{family} {count}" for family, count in counts))
