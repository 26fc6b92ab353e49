"""Measures what a wake of a tag costs its firmware, and prints it as one line of JSON.

    micropython wake.py LIBRARY CONFIG.json WAKES

On the Unix port other things run in the same process that no board has: models of the sensors' chips, the made-up
street behind them, a socket in the radio's place. Each of their calls is timed
by itself, in the same wakes, and told apart ("apart_us"). "wake_us" is what is left: configuration and board file, the
store, all drivers, rule, record, signature, radio protocol, retained state. "flash" counts what a wake asks of a flash
chip of 4 KiB blocks under littlefs.

All is CPU time, which a busy machine makes longer, never shorter: compare with "signature_us" of the same run. Times
are taken with the store in CONFIG.json's own folder (let that be in memory), the flash's counts with it in littlefs.
"""

import gc
import json
import os
import sys
import time

LIBRARY, CONFIGURATION, WAKES = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.path[:0] = [LIBRARY, LIBRARY + "/.."]  # starter.py lies beside it

import starter  # noqa: E402
import vfs  # noqa: E402
from civicroot_device import board as boards  # noqa: E402
from civicroot_device import config, wiring  # noqa: E402
from civicroot_device.crypto import ed25519  # noqa: E402
from civicroot_device.provisioning import needed  # noqa: E402
from civicroot_device.storage.store import Store  # noqa: E402
from civicroot_device.tag import settings, unix_port  # noqa: E402
from civicroot_device.tag.tag import Tag  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

BLOCK_BYTES, BLOCKS = 4096, 128
ROOT = "/flash"
FOLDER = 0x4000  # in ilistdir
ATTRIBUTES: "dict[type, list[str]]" = {}  # of what is timed
EMPTY_CALLS = 200  # of the stopwatch, to know what it costs itself


cpu_s: "Callable[[], float]" = getattr(time, "clock")  # noqa: B009 (the Unix port alone has it: CPU time)
vfs_any: "Any" = vfs  # the stubs know a board's


class Stopwatch:
    """Times calls by what they belong to; a call inside another's counts for its own name alone."""

    def __init__(self) -> None:
        self.spent: "dict[str, int]" = {}
        self.calls = 0
        self._inner = [0]

    def timed(self, name: str, function: "Callable[..., Any]") -> "Callable[..., Any]":
        """The function, timed."""

        def call(*arguments: object, **named: object) -> object:
            self._inner.append(0)
            began = time.ticks_us()
            try:
                return function(*arguments, **named)
            finally:
                passed = time.ticks_diff(time.ticks_us(), began)
                self.calls += 1
                self.spent[name] = self.spent.get(name, 0) + passed - self._inner.pop()
                self._inner[-1] += passed

        return call


class Timed:
    """An object whose methods are timed; what is no method is passed through."""

    def __init__(self, watch: Stopwatch, name: str, inner: object) -> None:
        made = type(inner)
        if made not in ATTRIBUTES:  # dir() looks at every name that the interpreter knows
            ATTRIBUTES[made] = [found for found in dir(inner) if not found.startswith("__")]
        for attribute in ATTRIBUTES[made]:
            value = getattr(inner, attribute)
            setattr(self, attribute, watch.timed(name, value) if callable(value) else value)


class TimedLines:
    """The board's buses with models behind them."""

    def __init__(self, watch: Stopwatch, lines: "Any") -> None:
        self._watch = watch
        self._lines = lines

        self._made: "dict[str, Timed]" = {}

    def __getitem__(self, name: str) -> "Any":
        if name not in self._made:
            self._made[name] = self._watch.timed("stopwatch", Timed)(self._watch, "chip models", self._lines[name])
        return self._made[name]


class Chip:
    """A flash chip in memory; what it is asked is counted."""

    def __init__(self) -> None:
        self._bytes = bytearray(b"\xff" * (BLOCKS * BLOCK_BYTES))
        self.counts = {"erases": 0, "programs": 0, "programmed_bytes": 0, "reads": 0, "read_bytes": 0}

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None:
        """Read."""
        self.counts["reads"] += 1
        self.counts["read_bytes"] += len(buffer)
        start = block * BLOCK_BYTES + offset
        buffer[:] = memoryview(self._bytes)[start : start + len(buffer)]

    def writeblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None:
        """Program."""
        self.counts["programs"] += 1
        self.counts["programmed_bytes"] += len(buffer)
        start = block * BLOCK_BYTES + offset
        self._bytes[start : start + len(buffer)] = buffer

    def ioctl(self, what: int, _argument: int) -> int:
        """MicroPython's numbers: 4 how many blocks, 5 their size, 6 erase."""
        if what == 6:
            self.counts["erases"] += 1  # what is programmed later is overwritten whole
        return {4: BLOCKS, 5: BLOCK_BYTES}.get(what, 0)


class Memory:
    """RTC memory, which a board copies."""

    def __init__(self) -> None:
        self._data = b""

    def read(self) -> bytes:
        """What was written last."""
        return self._data

    def write(self, data: bytes) -> None:
        """Remember it."""
        self._data = bytes(data)


def copied_folder(source: str, target: str) -> None:
    """All files of a folder and its folders, on that file system."""
    os.mkdir(target)
    for name, kind, *_ in os.ilistdir(source):
        if name in (".", ".."):
            continue
        if kind == FOLDER:
            copied_folder(source + "/" + name, target + "/" + name)
            continue
        with open(source + "/" + name, "rb") as old, open(target + "/" + name, "wb") as new:
            new.write(old.read())


def copied(path: str, name: str, **changed: object) -> str:
    """A JSON file on that file system, with some values changed."""
    with open(path) as file:
        fields = json.load(file)
    fields.update(changed)
    with open(ROOT + "/" + name, "w") as file:
        json.dump(fields, file)
    return ROOT + "/" + name


class Wakes:
    """A tag that wakes again and again from flash and RTC memory alone."""

    def __init__(self, watch: Stopwatch, path: str, memory: Memory) -> None:
        self._watch = watch
        self._path = path
        self._memory = memory
        self.cpu_s = 0.0  # of all wakes, without pauses
        self._choose = watch.timed("chip models made", boards.choose)

    def settle(self) -> None:
        """What the first wakes alone do: they say calibrations and all quantities, and derive the link key."""
        for _ in range(3):
            self()

    def __call__(self) -> "dict[str, int]":
        """One wake; microseconds of what no board has."""
        self._watch.spent = {}
        gc.collect()
        began = cpu_s()
        self._wake()
        self.cpu_s += cpu_s() - began
        return self._watch.spent

    def _wake(self) -> None:
        watch = self._watch
        starter.choose(starter.Disk(self._path.rpartition("/")[0]))
        needed.look(self._path)
        options = config.load(self._path)
        board = self._choose(options)
        board.lines = TimedLines(watch, board.lines)
        store = Store(options.data, board.random, options.outbox_bytes)
        assert options.radio is not None
        radio = settings.RadioSettings(options.radio)
        port: "Any" = unix_port.UnixPort(options.data, radio, False)
        port.memory = self._memory
        port.rest = _ready  # the models are, at once
        port.pause = self._pause
        make = port.driver
        port.driver = watch.timed("radio's stand-in", lambda channel=1: Timed(watch, "radio's stand-in", make(channel)))
        Tag(options, radio, board, store, port).wake(port.why())

    def _pause(self, ms: int) -> None:
        began = cpu_s()
        time.sleep_ms(ms)  # the Unix port wakes up in each millisecond of it; a board does not
        self.cpu_s -= cpu_s() - began


WATCH = Stopwatch()
wiring.load = WATCH.timed("", wiring.load)  # inside what makes the models, but every board does it


def _ready(_ms: int) -> None:
    """In the place of light sleep."""


def usual(values: "list[int]") -> int:
    """The lower quartile: on a shared machine the rest tells about the others."""
    return sorted(values)[len(values) // 4]


class Signatures:
    """One after each wake, so that both meet the same machine. `cpu_s` of all."""

    def __init__(self) -> None:
        self.cpu_s = 0.0
        self._seed, self._message = bytes(range(32)), bytes(120)
        self._public = ed25519.public_key(self._seed)

    def __call__(self) -> None:
        """One signature."""
        gc.collect()
        began = cpu_s()
        ed25519.sign(self._seed, self._public, self._message)
        self.cpu_s += cpu_s() - began


def empty(watch: Stopwatch) -> float:
    """Microseconds that the stopwatch itself takes for a call."""
    call = watch.timed("", lambda: None)
    began = time.ticks_us()
    for _ in range(EMPTY_CALLS):
        call()
    return time.ticks_diff(time.ticks_us(), began) / EMPTY_CALLS


def main() -> None:
    """Measure and print."""
    with open(CONFIGURATION) as file:
        fields = json.load(file)
    watch = WATCH
    wake = Wakes(watch, CONFIGURATION, Memory())
    wake.settle()
    watch.calls, wake.cpu_s = 0, 0.0
    sign, found = Signatures(), []
    for _ in range(WAKES):
        found.append(wake())
        sign()
    apart = {name: usual([spent.get(name, 0) for spent in found]) for name in found[-1] if name}
    apart["stopwatch"] += round(watch.calls / WAKES * empty(watch))
    result = {
        "wake_us": round(wake.cpu_s / WAKES * 1e6) - sum(apart.values()),
        "apart_us": apart,
        "signature_us": round(sign.cpu_s / WAKES * 1e6),
        "flash": asked_of_flash(watch, fields),
    }
    print(json.dumps(result))


def asked_of_flash(watch: Stopwatch, fields: "dict[str, Any]") -> "dict[str, float]":
    """What a wake asks of the flash chip under littlefs, in the mean."""
    chip = Chip()
    vfs_any.VfsLfs2.mkfs(chip)
    vfs_any.mount(vfs_any.VfsLfs2(chip), ROOT)
    copied_folder(fields["data"], ROOT + "/data")
    path = copied(CONFIGURATION, "config.json", board=copied(fields["board"], "board.json"), data=ROOT + "/data")
    copied(CONFIGURATION, "factory.json")  # it is only looked for
    wake = Wakes(watch, path, Memory())
    wake.settle()
    before = dict(chip.counts)
    for _ in range(WAKES):
        wake()
    return {name: (count - before[name]) / WAKES for name, count in chip.counts.items()}


main()
