"""Whether a start has to do with provisioning. Three looks at the flash: a tag wakes a thousand times a month."""

import os

# What a start does.
NOTHING, BESIDE, FIRST = 0, 1, 2  # nothing here; run, and answer on USB; be provisioned before anything else


def look(path: str) -> int:
    """`path` is that of the configuration. Without factory.json nobody provisions this device over USB."""
    folder = path.rpartition("/")[0]
    if not _there(folder + "/factory.json"):
        return NOTHING
    return BESIDE if _there(path) and not _there(folder + "/unlocked") else FIRST


def _there(path: str) -> bool:
    try:
        os.stat(path)
    except OSError:
        return False
    return True
