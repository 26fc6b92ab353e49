"""One target under atheris: `python -m tests.fuzz.harness TARGET [libFuzzer options] CORPUS`.

Ends with libFuzzer's own exit status: not 0 if anything but a named refusal was raised, a second encoding was accepted,
the memory limit was passed, or one input took too long.
"""

import sys
from collections.abc import Callable
from random import Random

import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

with atheris.instrument_imports(include=["civicroot_wire", "civicroot_anchor"]):
    from tests.fuzz.targets import TARGETS

from tests.fuzz import structure

BY_STRUCTURE = 0.5  # the rest are libFuzzer's own changes


def mutator(change: Callable[[bytes, Random], bytes]) -> Callable[[bytes, int, int], bytes]:
    """Half the changes by structure, half by libFuzzer."""

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < BY_STRUCTURE:
            try:
                return change(data, random)[:max_size]
            except structure.NotCborError:
                pass
        found: bytes = atheris.Mutate(data, max_size)
        return found

    return mutate


def main() -> None:
    """Fuzz until libFuzzer ends the process."""
    target = TARGETS[sys.argv.pop(1)]

    def test_one_input(data: bytes) -> None:
        target.accepts(data)

    change = structure.changed_lines if target.text else structure.changed
    atheris.Setup(sys.argv, test_one_input, custom_mutator=mutator(change))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
