"""Times of this project's own code, measured on the Unix port and multiplied for a chip.

Measured 2026-11-27 by `python -m tests.bench.bench_device` (firmware/bench/wake.py and parts.py) on two cores of an
Intel Xeon server that others used, too: CPU time of compiled firmware, beside a signature of the same run.
A wake took 3.0 to 3.3 signatures in each of a dozen runs, a signature 0.83 ms on a quiet machine and up to 1.3 on a
busy one; 1.0 stands here. What only the simulation runs is not in it: models of the sensors' chips and of the radio
took 0.5 ms of the same wakes, timed call by call.
"""

from hardware.power.phase import Figure, Mark, assumed

SIGNATURE_MS = 1.0  # one Ed25519 signature of 120 bytes
WAKE_MS = 3.2  # configuration, board file, store, drivers, rule, record, the signature, answer, retained state
IMPORTS_MS = 9.0  # 94 modules of a tag as .mpy from files
FROZEN_MS = 1.3  # running their bodies, which is left when they are frozen into the image
LORA_MS = 0.08  # the SX1262's driver: set up, a frame, asleep again
LOOK_MS = 0.015  # a look at the SX1262, 0.004; and as much as twice that to fall asleep and wake up
BIN_SHARE = 0.0032  # of a core: a bin at rest, whose lid is looked at ten times a second; 0.0020 on a quiet machine

# What a wake asks of the flash chip under littlefs, counted by firmware/bench/wake.py over hundreds of wakes.
ERASES = 1.05
PAGES = 19.4
READS = 1800
FILE_READS = 53_200  # more, where 91 modules are loaded from .mpy files: each is looked up in its folder, and read

# A Xeon at 3 GHz does 19 times the clock of an ESP32-C3 at 160 MHz, and about five times the work of each clock: it is
# superscalar with 64 bits and large caches, the other takes one instruction at a time, 32 bits, from cached flash.
C3 = 100
C3_WHY = "from this machine to an ESP32-C3 at 160 MHz"
# At 240 MHz 13 times the clock; likewise.
S3 = 60
S3_WHY = "from this machine to an ESP32-S3 at 240 MHz"
# More than it should take: 48 bytes pass in ten microseconds at 40 MHz, and ESP-IDF turns its cache off for them.
READ_S = 30e-6


def on_c3(milliseconds: float, what: str) -> Figure:
    """Seconds on an ESP32-C3."""
    return Figure(milliseconds / 1000, Mark.SCALED, f"{milliseconds:g} ms {what}").times(C3, C3_WHY)


def reading(frozen: bool) -> Figure:
    """Seconds in which an ESP32-C3 reads its flash in a wake."""
    reads = READS if frozen else READS + FILE_READS
    return assumed(
        reads * READ_S, f"{reads} reads, counted under littlefs; {READ_S * 1e6:g} µs each, nobody measured one"
    )
