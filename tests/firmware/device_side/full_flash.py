"""What a full outbox costs: memory of its index, time of a start. And wear of the flash. Runs on MicroPython alone."""

import gc
import time

import vfs
from civicroot_device.errors import OutboxFull
from civicroot_device.storage import identity
from civicroot_device.storage.counter import Counter
from civicroot_device.storage.flash import Flash
from civicroot_device.storage.outbox import Outbox
from civicroot_device.storage.segment import ALARM, HEARTBEAT
from nor_flash import BLANK, BLOCK_BYTES, NorFlash
from power_cut import Curve
from simulated_flash import SimulatedFlash

PARTITION = 0xF0000  # `vfs` of MicroPython's partitions-4MiB-ota.csv
CODE_BYTES = 256 * 1024  # what else lies there: two slots of the firmware
MOUNT = "/wear"
HEARTBEAT_BYTES, DEPOSIT_BYTES = 172, 215
A_DAY, DEPOSITS = 288, 50


def fill(root, records) -> None:
    """Make an outbox with so many records in a folder."""
    memory = SimulatedFlash()
    outbox = Outbox(memory, True)
    outbox.begin()
    for seq in range(records):
        outbox.append(seq, bytes(HEARTBEAT_BYTES), HEARTBEAT)
    for name in memory.files:
        # Not through Flash, which syncs each; pathlib is not to be had on MicroPython.
        with open(root + "/" + name, "wb") as file:  # noqa: PTH123
            file.write(memory.files[name])


def index_cost(root):
    """(bytes of heap for each record in a scanned outbox, milliseconds of the scan, records)."""
    flash = Flash(root)
    gc.collect()
    gc.collect()
    before = gc.mem_alloc()
    start = time.ticks_us()
    outbox = Outbox(flash, False)
    took = time.ticks_diff(time.ticks_us(), start)
    gc.collect()
    return (gc.mem_alloc() - before) / outbox.waiting, took / 1000, outbox.waiting


class Device:
    """A key, a counter and an outbox on a simulated flash; `nor` counts."""

    def __init__(self, partition=PARTITION, code=CODE_BYTES) -> None:
        self.nor = NorFlash(bytearray(BLANK * (partition // BLOCK_BYTES)), False)
        vfs.VfsLfs2.mkfs(self.nor)
        vfs.mount(vfs.VfsLfs2(self.nor), MOUNT)
        lib = Flash(MOUNT + "/lib")
        for number in range(code // 8192):
            lib.replace(f"{number}.mpy", [bytes(8192)])
        self.root = Flash(MOUNT + "/data")
        self.boot()
        self.nor.erases = [0] * len(self.nor.erases)
        self.nor.programs = 0

    def boot(self) -> None:
        key = identity.load_or_create(self.root, Curve, lambda size: bytes([9] * size))
        self.outbox = Outbox(self.root.folder(key.kid.hex()), key.reserved == 0)
        self.outbox.begin()
        self.counter = Counter(key, self.outbox.highest, self.outbox.uncertain)

    def record(self, size, priority) -> None:
        self.outbox.make_room(size, priority)
        seq, skip = self.counter.peek()
        declared = min(10, len(self.outbox.pending)) if priority == ALARM else 0
        self.outbox.append(seq, bytes(size), ALARM if skip else priority, declared)
        self.counter.used(seq)

    def bin_day(self, acknowledged) -> None:
        for slot in range(A_DAY):
            self.record(HEARTBEAT_BYTES, HEARTBEAT)
            if slot * DEPOSITS // A_DAY < (slot + 1) * DEPOSITS // A_DAY:
                self.record(DEPOSIT_BYTES, ALARM)
            if acknowledged:
                self.outbox.delete([(0, self.outbox.highest)])

    def tag_day(self) -> None:
        """Hourly: wake, scan, record, send, note what was acknowledged, sleep."""
        for _ in range(24):
            self.boot()
            self.record(HEARTBEAT_BYTES, HEARTBEAT)
            self.outbox.delete([(0, self.outbox.highest)])
            self.outbox.note()


def overflow(partition, days):
    """Fill a partition for so many days without a gateway: (limit, bytes taken, bytes left, thinned, refused).

    StorageFailed if a write finds no room although the outbox took it for granted.
    """
    device = Device(partition, 0)
    refused = 0
    try:
        # All else that a device keeps, at its largest.
        files = {"refused.log": 8192, "refused.old": 8192, "openings": 8192, "wanted": 4096, "calibration": 1024}
        for name, size in files.items():
            device.outbox._flash.replace(name, [bytes(size)])
        for _ in range(days):
            try:
                device.bin_day(False)
            except OutboxFull:
                refused += 1
            for name, size in files.items():
                device.outbox._flash.replace(name, [bytes(size)])
        outbox = device.outbox
        return outbox.limit, outbox.size, outbox._flash.free(), outbox.counts.thinned, refused
    finally:
        vfs.umount(MOUNT)


def wear(what, days):
    """(erases a day, of the most worn block in all, blocks erased at all, pages programmed a day, blocks)."""
    device = Device()
    try:
        if what == "full":
            while device.outbox.counts.thinned == 0:
                device.bin_day(False)
            device.nor.erases = [0] * len(device.nor.erases)
            device.nor.programs = 0
        for _ in range(days):
            if what == "tag":
                device.tag_day()
            else:
                device.bin_day(what == "bin")
    finally:
        vfs.umount(MOUNT)
    erases = device.nor.erases
    worn = len([count for count in erases if count])
    return sum(erases) / days, max(erases), worn, device.nor.programs / days, len(erases)
