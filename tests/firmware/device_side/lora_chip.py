"""LoRa's driver over a stand-in for the SX1262, in MicroPython, whose time it needs."""

import time

from civicroot_device.tag.allowance import Allowance
from civicroot_device.tag.radio import PolledRadio
from civicroot_radio.lora_radio import LoraRadio
from tag_world import Memory, Retained

EU = ("EU868", 868_100_000, 7, 14)
KOREA = ("KR920", 922_300_000, 7, 14)


class Chip:
    """Sends in no time; `levels` are what is on the channel, one after the other, then silence."""

    def __init__(self) -> None:
        self.log = []
        self.frames = []
        self.levels = []
        self.sends = True

    def configure(self, frequency, factor, power):
        self.log.append(("configure", frequency, factor, power))

    def listen(self):
        self.log.append("listen")

    def received(self):
        return self.frames.pop(0) if self.frames else None

    def level(self):
        return self.levels.pop(0) if self.levels else -120

    def transmit(self, payload):
        self.log.append(("transmit", len(payload)))

    def transmitted(self):
        return self.sends

    def sleep(self):
        self.log.append("sleep")


def radio(chip, settings=EU, share=10):
    kept = Retained(Memory(), b"device-1", b"gateway1")
    allowance = Allowance(kept, settings[0], share, settings[2])
    start = time.ticks_ms()
    return PolledRadio(
        lambda: LoraRadio(chip, settings),
        lambda: time.ticks_diff(time.ticks_ms(), start),
        time.sleep_ms,
        lambda: 0.5,
        b"",
        allowance,
    )


def exchange():
    """A frame, an answer, a silence: (what was done to the chip, answers)."""
    chip = Chip()
    tag = radio(chip)
    tag.on()
    found = [tag.send(bytes(176))]
    chip.frames.append((-90, b"answer"))
    found += [tag.receive(20), tag.receive(20)]
    tag.off()
    return chip.log, found


def busy(times):
    """A channel on which somebody talks at the first so many looks: (whether it went, transmissions)."""
    chip = Chip()
    chip.levels = [-50] * times
    tag = radio(chip, KOREA, 100)
    tag.on()
    sent = tag.send(bytes(100))
    return sent, len([item for item in chip.log if item == ("transmit", 100)])


def broken():
    """A chip that gives up."""
    chip = Chip()
    chip.sends = False
    tag = radio(chip)
    tag.on()
    return tag.send(bytes(10)), chip.log[-1]
