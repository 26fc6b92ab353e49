"""How often the device started, why, and how many starts in a row came to nothing.

File `boots` in the data folder: magic, boots (uint32), failed and reason (uint8 each), CRC-32. It is written at most
twice a boot (once at the start, once when the boot turns out good), and not at all when a tag wakes from deep sleep: at
a boot an hour a flash block of 100,000 cycles would last five years even without the wear levelling that littlefs does.

A boot is good when the gateway has acknowledged a record (the whole chain works), or after GOOD_MS with every task
alive (an outage of the gateway is no fault of the firmware). SAFE_AFTER boots in a row that failed lead to safe mode:
one is a power cut, two are a thunderstorm, and a crew that plugs and unplugs gets to three or four; five, each with a
watchdog of two minutes, are ten minutes of a device that does not work.
"""

import struct
from binascii import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.storage.flash import Flash

FILE = "boots"
SAFE_AFTER = 5
GOOD_MS = 600_000  # longer than five times what the watchdog waits for a task
_MAGIC = b"CRB1"
_BODY = "<4sIBB"  # the reason by its place in REASONS
_SIZE = struct.calcsize(_BODY) + 4
_MOST = 0xFFFFFFFF

# Why the device starts: said in the first record's `reset`. The board tells the first six, the others are what the
# firmware itself wrote down before it started again.
POWER_ON, HARD, WATCHDOG, SLEEP, SOFT, UNKNOWN = "power-on", "hard", "watchdog", "deep-sleep", "soft", "unknown"
CRASH, UPDATE, RETRY, COMMAND = "crash", "update", "retry", "command"
REASONS = (POWER_ON, HARD, WATCHDOG, SLEEP, SOFT, UNKNOWN, CRASH, UPDATE, RETRY, COMMAND)


class Boots:
    """`count` boots in the life of this flash, `failed` of them in a row without a good one, `reason` of the last one.

    `safe`: this boot is in safe mode. A file that is missing or damaged counts as none: safe mode is a help, and must
    not be what breaks a device.
    """

    def __init__(self, flash: "Flash") -> None:
        self._flash = flash
        self.count, self.failed, self.reason = self._read()
        self.safe = self.failed >= SAFE_AFTER

    def begin(self, reason: str) -> None:
        """The device starts: durably one boot more, and one that has not come to anything yet. Raises OSError."""
        self.reason = reason
        if reason == SLEEP:
            return
        self.count = min(_MOST, self.count + 1)
        # A boot in safe mode proves nothing about the firmware outside it.
        self._write(self.failed if self.safe else self.failed + 1)

    def good(self) -> None:
        """This boot came to something. Raises OSError."""
        if self.failed and not self.safe:
            self._write(0)

    def forgive(self) -> None:
        """Something is different from now on (a configuration, an update): the failures before do not count.

        Raises OSError.
        """
        if self.failed:
            self._write(0)

    def try_again(self) -> None:
        """Leave safe mode at the next boot; if that fails, too, it is safe mode again at once. Raises OSError."""
        self._write(SAFE_AFTER - 1)

    def _read(self) -> "tuple[int, int, str]":
        if FILE not in self._flash.names():
            return 0, 0, UNKNOWN
        with self._flash.open(FILE) as file:
            data = file.read(_SIZE + 1)
        if len(data) != _SIZE or struct.unpack("<I", data[-4:])[0] != crc32(data[:-4]):
            return 0, 0, UNKNOWN
        magic, count, failed, reason = struct.unpack(_BODY, data[:-4])
        if magic != _MAGIC or reason >= len(REASONS):
            return 0, 0, UNKNOWN
        return count, failed, REASONS[reason]

    def _write(self, failed: int) -> None:
        body = struct.pack(_BODY, _MAGIC, self.count, failed, REASONS.index(self.reason))
        self._flash.replace(FILE, [body + struct.pack("<I", crc32(body))])
        self.failed = failed
