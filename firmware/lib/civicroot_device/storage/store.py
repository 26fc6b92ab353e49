"""Where everything lies on the flash.

<data>/identity              key and reserved numbers (identity.py)
<data>/<kid>/00000000.seg …  outbox of that key (outbox.py)
<data>/<kid>/refused.log     records the gateway will never accept (refusals.py); refused.old: the ones before
<data>/<kid>/home, wanted    where it reports to, and what the operator wants (homes.py, wanted.py)
<data>/<kid>/calibration     of its sensors (calibration.py)
<data>/<kid>/openings        of claims, until the backend has them (claim/openings.py)
<data>/<kid>/boots           how often it started (boots.py)
<data>/<kid>/link, answered  a tag's radio key and the newest answer's counter (tag/link.py)
All of it is written through Flash, and each is cut at every write in tests/firmware/test_power_cut.py.
A key that was replaced leaves its folder behind: its records are signed and may still be fetched by hand.
"""

from civicroot_device.crypto import ed25519
from civicroot_device.storage import identity
from civicroot_device.storage.counter import Counter
from civicroot_device.storage.flash import Flash
from civicroot_device.storage.listing import Listing
from civicroot_device.storage.outbox import Outbox
from civicroot_device.storage.refusals import Refusals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Store:
    """`identity`, `outbox` (scanned, not begun), `counter`, `refusals`, `left_behind` (other keys' folders)."""

    def __init__(self, data: str, random: "Callable[[int], bytes]", outbox_bytes: int) -> None:
        root = Flash(data)
        self.identity = identity.load_or_create(root, ed25519, random)
        self.flash = Listing(data + "/" + self.identity.kid.hex())  # nobody but this process
        self.outbox = Outbox(self.flash, self.identity.reserved == 0, outbox_bytes)
        self.counter = Counter(self.identity, self.outbox.highest, self.outbox.uncertain)
        self.refusals = Refusals(self.flash)
        self.left_behind = [name for name in root.folders() if name != self.identity.kid.hex()]

    def begin(self) -> None:
        """Bring the flash into order: from now on this process alone writes there. Raises StorageFailed, OSError."""
        self.outbox.begin()
        # The outbox notes deletions late; what was set aside is not to be sent and refused once more.
        self.outbox.delete([(seq, seq) for seq in self.refusals.begin()])
