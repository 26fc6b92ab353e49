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
    from civicroot_device.device import Device


def folder_of(root: str) -> str:
    """The folder of the slots as a path for Flash: on a board, where it is "", the root opens under no shorter name."""
    return root or "/."


def updates_of(device: "Device") -> "Updates | None":
    """None if the configuration names no release key: then no release is followed. Raises OSError."""
    options, store = device.configuration, device.store
    if options.release is None or options.subject is None or options.target is None:
        return None

    def reserve() -> int:
        """What the outbox may still take, and what it leaves to others."""
        return max(0, store.outbox.limit - store.outbox.size) + RESERVE_BYTES

    flash = Flash(folder_of(starter.root))
    version = version_of(VERSION)
    slots = Slots(flash, starter.chosen)
    trial_ms = min(int(options.trial_s * 1000), starter.GUARD_MS * 3 // 4)  # before the starter's guard ends it
    return Updates(
        flash=flash,
        slots=slots,
        trial=Trial(slots, version, store.counter.next, trial_ms, device.log),
        running=Running(starter.libs),
        rules=Rules(options.realm, options.subject, options.target, options.release),
        version=version,
        reserve=reserve,
        random=random.random,
        log=device.log,
    )
