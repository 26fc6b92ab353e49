"""tests/weights.txt, by which the longest files begin first: it names files that there are."""

from tests.conftest import _weights
from tests.support.micropython import ROOT


def test_the_files_that_are_weighed_are_there() -> None:
    weights = _weights()
    assert [file for file in weights if not (ROOT / file).is_file()] == []
    assert list(weights.values()) == sorted(weights.values(), reverse=True)
    assert min(weights.values()) >= 5
