"""Makes the updates of a running device out of its parts."""

import random

import starter

from civicroot_device.storage.flash import Flash
from civicroot_device.storage.outbox import RESERVE_BYTES
from civicroot_device.update.manifest import Rules, version_of
from civicroot_device.update.running import Running
from civicroot_device.update.slots import Slots
from civicroot_device.update.trial import Trial
from civicroot_device.update.updates import Updates
from civicroot_device.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.config import Configuration
    from civicroot_device.storage.store import Store


def folder_of(root: str) -> str:
    """The folder of the slots as a path for Flash: on a board, where it is "", the root opens under no shorter name."""
    return root or "/."


def slots_of() -> Slots:
    """The slots of this device, of which starter.py has chosen one. Raises OSError."""
    return Slots(Flash(folder_of(starter.root)), starter.chosen)


def updates_of(
    options: "Configuration", store: "Store", log: "Callable[[str], None]", first: "int | None" = None
) -> "Updates | None":
    """None if the configuration names no release key: then no release is followed. Raises OSError.

    `first`: the first number that this version made; None: it has made none yet.
    """
    if options.release is None or options.subject is None or options.target is None:
        return None

    def reserve() -> int:
        """What the outbox may still take, and what it leaves to others."""
        return max(0, store.outbox.limit - store.outbox.size) + RESERVE_BYTES

    version, slots = version_of(VERSION), slots_of()
    trial_ms = min(int(options.trial_s * 1000), starter.GUARD_MS * 3 // 4)  # before the starter's guard ends it
    return Updates(
        flash=Flash(folder_of(starter.root)),
        slots=slots,
        trial=Trial(slots, version, store.counter.next if first is None else first, trial_ms, log),
        running=Running(starter.libs),
        rules=Rules(options.realm, options.subject, options.target, options.release),
        version=version,
        reserve=reserve,
        random=random.random,
        log=log,
    )
