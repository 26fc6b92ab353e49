"""A flash whose power can be cut inside any write; runs on CPython and on MicroPython.

It has the methods of civicroot_device.storage.flash.Flash and the guarantees stated there: a cut `append` leaves any
part of its bytes (or rubbish in their place), a cut `replace` or `remove` has happened or not.
"""

import io

BEFORE, HALF, RUBBISH, AFTER = "before", "half", "rubbish", "after"
OUTCOMES = (BEFORE, HALF, RUBBISH, AFTER)


class PowerCut(Exception):
    """The power went away inside a write."""


class SimulatedFlash:
    """`files` outlives power cuts. The write number `cut_at` (from 0) is cut with `outcome`; None: no cut."""

    def __init__(self) -> None:
        self.files = {}
        self.writes = 0
        self.cut_at = None
        self.outcome = AFTER
        self.full_at = None  # the write number that fails with ENOSPC
        self.capacity = 1 << 30  # bytes, of which every file takes whole blocks; a write beyond fails with ENOSPC

    def plan(self, cut_at, outcome) -> None:
        """Cut the power in the write number `cut_at` from now."""
        self.writes = 0
        self.cut_at = cut_at
        self.outcome = outcome

    def free(self):
        return self.capacity - sum([_blocks(len(data)) for data in self.files.values()])

    def names(self):
        return sorted([name for name in self.files if "/" not in name])

    def folder(self, name):
        return Folder(self, name + "/")

    def folders(self):
        return sorted({name.split("/")[0] for name in self.files if "/" in name})

    def remove_folder(self, name):
        if self.folder(name).names() or self.folder(name).folders():
            raise OSError(39)

    def size(self, name):
        return len(self.files[name])

    def open(self, name):
        return io.BytesIO(self.files[name])

    def append(self, name, data):
        if name not in self.files:
            raise AssertionError("append to a file that is not there: " + name)

        def change(outcome):
            kept = {BEFORE: b"", HALF: data[: len(data) // 2], AFTER: data}
            rubbish = bytes([byte ^ 0x5A for byte in data[len(data) // 2 :]])
            kept[RUBBISH] = data[: len(data) // 2] + rubbish
            self.files[name] = self.files[name] + kept[outcome]

        size = len(self.files[name])
        self._write(change, _blocks(size + len(data)) - _blocks(size))

    def replace(self, name, chunks):
        data = b"".join(list(chunks))

        def change(outcome):
            if outcome in (AFTER, RUBBISH):
                self.files[name] = data

        self._write(change, _blocks(len(data)))  # beside the old one

    def remove(self, name):
        def change(outcome):
            if outcome in (AFTER, RUBBISH):
                del self.files[name]

        self._write(change, 0)

    def _write(self, change, more):
        if more > self.free():
            raise OSError(28)
        number = self.writes
        self.writes += 1
        if number == self.full_at:
            change(HALF)
            raise OSError(28)
        if number == self.cut_at:
            change(self.outcome)
            raise PowerCut()
        change(AFTER)


class Folder:
    """A folder of a SimulatedFlash, with the same writes; there as long as there are files in it."""

    def __init__(self, flash, prefix) -> None:
        self._flash = flash
        self._prefix = prefix

    def free(self):
        return self._flash.free()

    def names(self):
        return sorted([name for name in self._inside() if "/" not in name])

    def folder(self, name):
        return Folder(self._flash, self._prefix + name + "/")

    def folders(self):
        return sorted({name.split("/")[0] for name in self._inside() if "/" in name})

    def size(self, name):
        return self._flash.size(self._prefix + name)

    def open(self, name):
        return self._flash.open(self._prefix + name)

    def append(self, name, data):
        self._flash.append(self._prefix + name, data)

    def replace(self, name, chunks):
        self._flash.replace(self._prefix + name, chunks)

    def remove(self, name):
        self._flash.remove(self._prefix + name)

    def remove_folder(self, name):
        if self.folder(name).names() or self.folder(name).folders():
            raise OSError(39)

    def _inside(self):
        size = len(self._prefix)
        return [name[size:] for name in self._flash.files if name[:size] == self._prefix]


def _blocks(size):
    """Bytes that a file of that size takes: whole blocks of 4 KiB, as on an ESP32."""
    return (size + 4095) // 4096 * 4096
