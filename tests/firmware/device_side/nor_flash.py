"""A NOR flash chip as a block device for littlefs, and what a power cut leaves of it; runs on MicroPython.

Programming only clears bits, in pages of 256 bytes; only an erase of a whole block of 4 KiB sets them again (any SPI
NOR flash, W25Q64JV §1 for one). The chip keeps a journal of what it was told, so that one run of the device gives the
flash after a cut at each of its writes: what was synced is there; the write that was cut is torn; and of those between
the last sync and the cut any may be missing, as with a chip that takes writes into a buffer and does them in its own
order. (Of two writes to one block the earlier one is then done first.)
"""

BLOCK_BYTES = 4096
PAGE_BYTES = 256
ERASE, PROGRAM, SYNC = "erase", "program", "sync"
BLANK = b"\xff" * BLOCK_BYTES

# What the cut leaves of the write that it cuts: nothing; its first half; half and then bits at random; all of it.
BEFORE, HALF, RUBBISH, AFTER = "before", "half", "rubbish", "after"
OUTCOMES = (BEFORE, HALF, RUBBISH, AFTER)

_BLOCK_COUNT, _BLOCK_SIZE, _ERASE_BLOCK, _SYNC = 4, 5, 6, 3  # MicroPython's numbers of a block device's ioctl


class NorFlash:
    """The block device; `image` are its bytes (changed in place), `journal` its writes, `erases` counts per block."""

    def __init__(self, image, journaling=True) -> None:
        self.image = image
        self.journal = []  # (what, block, offset, bytes)
        self.erases = [0] * (len(image) // BLOCK_BYTES)
        self.programs = 0  # pages
        self._journaling = journaling

    def readblocks(self, block, buffer, offset=0) -> None:
        start = block * BLOCK_BYTES + offset
        buffer[:] = memoryview(self.image)[start : start + len(buffer)]

    def writeblocks(self, block, buffer, offset=0) -> None:
        """Program bytes of one block, page by page; each is a write of its own."""
        if offset + len(buffer) > BLOCK_BYTES:
            raise AssertionError("littlefs programs over the end of a block")
        data = bytes(buffer)
        while data:
            size = min(len(data), PAGE_BYTES - offset % PAGE_BYTES)
            self._do((PROGRAM, block, offset, data[:size]))
            data = data[size:]
            offset += size

    def ioctl(self, what, argument):
        if what == _BLOCK_COUNT:
            return len(self.erases)
        if what == _BLOCK_SIZE:
            return BLOCK_BYTES
        if what == _ERASE_BLOCK:
            self._do((ERASE, argument, 0, b""))
        elif what == _SYNC and self._journaling:
            self.journal.append((SYNC, 0, 0, b""))
        return 0

    def _do(self, write) -> None:
        apply(self.image, write)
        if write[0] == ERASE:
            self.erases[write[1]] += 1
        else:
            self.programs += 1
        if self._journaling:
            self.journal.append(write)


def apply(image, write) -> None:
    """Do one write of a journal to the bytes of the flash."""
    what, block, offset, data = write
    start = block * BLOCK_BYTES + offset
    if what == ERASE:
        image[start : start + BLOCK_BYTES] = BLANK
    elif what == PROGRAM:
        before = bytes(image[start : start + len(data)])
        if before != BLANK[: len(data)]:
            cleared = int.from_bytes(before, "little") & int.from_bytes(data, "little")
            data = cleared.to_bytes(len(data), "little")
        image[start : start + len(data)] = data


class Cuts:
    """The flash after a cut at any write of a journal, asked for in ascending order.

    `image` is what the flash was when the journal began; `random` has random() and getrandbits(n).
    """

    def __init__(self, image, journal, random) -> None:
        self._synced = bytearray(image)
        self._journal = journal
        self._random = random
        self._at = 0  # writes before this one are in `_synced`

    def after(self, number, outcome, keep):
        """The bytes after a cut inside write `number`; an unsynced earlier write is there with probability `keep`."""
        for at in range(number - 1, self._at - 1, -1):
            if self._journal[at][0] == SYNC:
                for done in range(self._at, at):
                    apply(self._synced, self._journal[done])
                self._at = at + 1
                break
        image = bytearray(self._synced)
        for at in range(self._at, number):
            if self._random.random() < keep:
                apply(image, self._journal[at])
        self._tear(image, self._journal[number], outcome)
        return image

    def _tear(self, image, write, outcome) -> None:
        what, block, offset, data = write
        if outcome == AFTER:
            apply(image, write)
        elif outcome != BEFORE and what == ERASE:
            # Cells between programmed and erased: they read as anything.
            start = block * BLOCK_BYTES
            half = BLOCK_BYTES // 2
            image[start : start + half] = BLANK[:half]
            if outcome == RUBBISH:
                image[start : start + half] = self._rubbish(half)
        elif outcome != BEFORE and what == PROGRAM:
            half = len(data) // 2
            apply(image, (PROGRAM, block, offset, data[:half]))
            if outcome == RUBBISH:
                # Some of the bits that the rest clears are cleared.
                rest = int.from_bytes(data[half:], "little") | int.from_bytes(self._rubbish(len(data) - half), "little")
                apply(image, (PROGRAM, block, offset + half, rest.to_bytes(len(data) - half, "little")))

    def _rubbish(self, size):
        return b"".join([self._random.getrandbits(16).to_bytes(2, "little") for _ in range((size + 1) // 2)])[:size]
