"""Every decoder of what strangers send, with its writer (tests/fuzz/target.py)."""

from tests.fuzz.target import Target
from tests.fuzz.targets import anchors, bundles, items, notes, ots_files, policies, statements, transport

TARGETS: dict[str, Target] = {
    target.name: target
    for module in (items, notes, policies, statements, bundles, anchors, ots_files, transport)
    for target in module.TARGETS
}
