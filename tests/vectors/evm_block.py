"""The recorded block of family anchor_evm: where it lies, and the tree that an event in it is of."""

from pathlib import Path

from tests.vectors import city

FILE = Path(__file__).resolve().parent / "recorded" / "evm_block.json"
SIZE = 1_234_567
PLACE = 13  # of the anchoring among the block's transactions


def tree_root() -> bytes:
    """Root of the tree that the recorded event is of."""
    return city.bytes_of("anchored root")
