"""Every decoder of what strangers send, with its writer (tests/fuzz/target.py)."""

from tests.fuzz.target import Target
from tests.fuzz.targets import bundles, items, notes, policies, statements

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (*items.TARGETS, *notes.TARGETS, *policies.TARGETS, *statements.TARGETS, *bundles.TARGETS)
}
