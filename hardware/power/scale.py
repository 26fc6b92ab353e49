"""Times of this project's own code, measured on the Unix port and multiplied for a chip.

Measured 2026-11-27 with `python -m tests.bench.bench_device` and `firmware/bench/signing.py` on two cores of an Intel
Xeon server: CPU time of compiled firmware, models of the sensors' chips included. A wake was 6.6 to 9.8 ms in a dozen
runs of the same code beside the same signature; the model takes the usual one of a quiet machine.
"""

from hardware.power.phase import Figure, Mark

SIGNATURE_MS = 1.0  # one Ed25519 signature of 120 bytes
IMPORTS_MS = 9.0  # 91 modules of a tag as .mpy from files
WAKE_MS = 9.1  # the rest of a wake, a signature too: configuration, store, drivers, report, answer, safe_wake.py
LOOK_MS = 0.03  # a look at the SX1262 over a bus that answers at once, 0.02; and half as much to fall asleep and wake
FROZEN = 0.1  # part of the imports' time that is left when the modules are frozen into the image: running them once
BIN_SHARE = 0.0032  # of a core: a bin at rest, whose lid is looked at ten times a second; 0.0020 on a quiet machine

# A Xeon at 3 GHz does 19 times the clock of an ESP32-C3 at 160 MHz, and about five times the work of each clock: it is
# superscalar with 64 bits and large caches, the other takes one instruction at a time, 32 bits, from cached flash.
C3 = 100
C3_WHY = "from this machine to an ESP32-C3 at 160 MHz"
# At 240 MHz 13 times the clock; likewise.
S3 = 60
S3_WHY = "from this machine to an ESP32-S3 at 240 MHz"


def on_c3(milliseconds: float, what: str) -> Figure:
    """Seconds on an ESP32-C3."""
    return Figure(milliseconds / 1000, Mark.SCALED, f"{milliseconds:g} ms {what}").times(C3, C3_WHY)
