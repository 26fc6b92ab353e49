"""How many examples a property test runs: few by default, many times as many under `make fuzz`."""

import os

VARIABLE = "CIVICROOT_FUZZ_FACTOR"
FACTOR = int(os.environ.get(VARIABLE, "1"))


def fuzz_examples(default: int) -> int:
    """The number of examples: `default` times what CIVICROOT_FUZZ_FACTOR says."""
    return default * FACTOR
