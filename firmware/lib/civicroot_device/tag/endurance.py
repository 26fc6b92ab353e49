"""How seldom a tag must wake for its cells to last: the rule that a tag follows, whatever interval it was given.

Two AA lithium cells give a mean of so much power for so many years (`radio.years`, five). What a tag takes asleep is
known; what a wake takes is known but for the radio, and there most of it is a frame's time in the air, which doubles
from one spreading factor to the next. An interval that is too short is lengthened to the least that holds, and the tag
says so at each wake and to whoever asks it over USB. It goes on reporting: a tag in the field must not refuse to work.

Modules that are loaded from files, as after an update by radio, cost more than the rest of a wake; frozen
into the image they cost little. From LEAN_FACTOR on the battery's level is in no heartbeat; it is told when it moves by
its delta, and once a day.

All numbers are those of hardware/power (measured at the 3.3 V rail, the program's own times tripled, for they were
scaled and not measured on a board); tests/hardware/test_power.py computes the lives of every radio at these intervals.
"""

from civicroot_wire import lora

from civicroot_device.reporting.tuning import Tuning
from civicroot_device.tag import timing
from civicroot_device.tag.settings import ESPNOW, LORA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.reporting.kinds import Kind, Quantity, Switch
    from civicroot_device.tag.settings import RadioSettings

USABLE_MWH = 8_379  # of two L91, outdoors
LOST_MWH = 90  # of them a year, by themselves
EFFICIENCY = 90  # % of the regulator
YEAR_H = 8_766
DAY_S = 86_400

RESTING_UW = 40  # chip, accelerometer's watch, other chips, regulator, divider, leakage
WAKE_UJ = 159_000  # boot, program, signature, flash, sensors
FILES_UJ = 297_000  # modules loaded from files: 0.8 s of the program, and 53,000 reads of the flash chip
ESPNOW_UJ = 86_000  # Wi-Fi started, a frame, its answer, and none in one wake of twenty
LORA_UJ = 8_000  # the chip's driver, its set-up, and looks for the answer
LISTENING_UW = 17_920
SENDING_UW = ((14, 149_000), (17, 314_000), (20, 338_000), (22, 390_000))  # up to so many dBm
HEARTBEAT_BYTES, LEAN_BYTES = 172, 154  # at their widest values
USUAL_ANSWER_BYTES = 70
AGAIN = 20  # one wake in so many is not answered: all windows pass, and the frame is sent again

LEAN_FACTOR = 10
LEAN_NAME = "battery"


def from_files() -> bool:
    """Whether this software is loaded from files: the path of a module that is frozen begins with no folder."""
    return str(globals().get("__file__", "")).startswith("/")


def held(tuning: Tuning, settings: "RadioSettings", files: bool) -> "tuple[Tuning, str]":
    """What the tag does of what it was told to, and why that is another thing; nothing if it is not.

    files   its modules are loaded from files
    """
    if settings.kind not in (ESPNOW, LORA):
        return tuning, ""  # the Unix port has no cells
    kind = leaner(tuning.kind) if _is_lean(settings) else tuning.kind
    least_ms = 1000 * least_s(settings, files)
    if tuning.sample_ms >= least_ms:
        return Tuning(kind, tuning.interval_ms, tuning.sample_ms), ""
    radio = "ESP-NOW" if settings.kind == ESPNOW else "SF%d and %d dBm" % (settings.factor, settings.power)
    reason = "wakes every %d s and not %d: with %s%s two AA cells last %d years so" % (
        least_ms // 1000,
        tuning.sample_ms // 1000,
        radio,
        " and modules in files" if files else "",
        settings.years,
    )
    return Tuning(kind, max(tuning.interval_ms, least_ms), least_ms), reason


def least_s(settings: "RadioSettings", files: bool) -> int:
    """Seconds between two wakes with which the cells last `settings.years`; 0 if nobody asks for any."""
    if not settings.years:
        return 0
    at_cells_uw = (USABLE_MWH * 1000 // settings.years - LOST_MWH * 1000) // YEAR_H
    wake_uj = WAKE_UJ + (FILES_UJ if files else 0)
    wake_uj += ESPNOW_UJ if settings.kind == ESPNOW else _lora_uj(settings)
    # A wake more each day: somebody shakes the tree, and the day's full report takes a second record.
    left_uw = at_cells_uw * EFFICIENCY // 100 - RESTING_UW - wake_uj // DAY_S - 1
    return -(-wake_uj // left_uw)


def leaner(kind: "Kind") -> "Kind":
    """The same quantities, the battery's told in heartbeats no more."""
    return tuple([_quiet(item) if item.name == LEAN_NAME and item.beat else item for item in kind])


def _quiet(item: "Quantity | Switch") -> "Quantity | Switch":
    made = item.with_limits(item.delta, item.alarms)  # type: ignore[union-attr]  # no switch is in heartbeats
    made.beat = False
    return made


def _is_lean(settings: "RadioSettings") -> bool:
    return settings.kind == LORA and settings.factor >= LEAN_FACTOR


def _lora_uj(settings: "RadioSettings") -> int:
    factor, times = settings.factor, timing.of_lora(settings.factor)
    sending_uw = next(uw for power, uw in SENDING_UW if settings.power <= power)
    frame_us = lora.airtime_us(LEAN_BYTES if _is_lean(settings) else HEARTBEAT_BYTES, factor)
    answer_us = timing.COMMIT_MS * 1000 // 4 + lora.airtime_us(USUAL_ANSWER_BYTES, factor) + times.look_ms * 500
    vain_us = times.window_ms * 1000 * times.tries
    sent_uj = sending_uw * (frame_us + frame_us * (times.tries - 1) // AGAIN) // 1_000_000
    return LORA_UJ + sent_uj + LISTENING_UW * (answer_us + vain_us // AGAIN) // 1_000_000
