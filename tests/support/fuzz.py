"""How many examples a differential test runs: a few hundred by default, many more under `make fuzz`."""

import os

VARIABLE = "CIVICROOT_FUZZ_EXAMPLES"


def fuzz_examples(default: int) -> int:
    """The number of examples: `default`, or what CIVICROOT_FUZZ_EXAMPLES says where that is more."""
    return max(default, int(os.environ.get(VARIABLE, "0")))
