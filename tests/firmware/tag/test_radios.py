"""A tag's radios over made-up drivers: address and channel that are learned, busy air, LoRa's share of an hour."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from civicroot_device.tag.allowance import Allowance
from civicroot_device.tag.espnow import CHANNELS, EVERYBODY, EspNow
from civicroot_device.tag.radio import BUSY_TRIES, PolledRadio
from civicroot_device.tag.retained import Retained
from civicroot_radio.driver import BUSY, FAILED, SENT
from civicroot_wire import lora
from tag_world import HOUR_MS, Memory

from tests.support.micropython import MicroPython

BRIDGE = bytes([2, 0, 0, 0, 0, 9])


class Time:
    def __init__(self) -> None:
        self.ms = 0

    def now(self) -> int:
        self.ms += 1
        return self.ms

    def pause(self, ms: int) -> None:
        self.ms += ms


class Driver:
    """Says `results` of what is sent, one after the other, then SENT; hears `frames`."""

    def __init__(self) -> None:
        self.results: list[int] = []
        self.sent: list[tuple[bytes, bytes]] = []
        self.frames: list[tuple[bytes, int, bytes]] = []
        self.channels: list[int] = []
        self.closed = 0

    def open(self, channel: int = 0) -> "Driver":
        self.channels.append(channel)
        return self

    def receive(self) -> tuple[bytes, int, bytes] | None:
        return self.frames.pop(0) if self.frames else None

    def send(self, address: bytes, payload: bytes) -> int:
        self.sent.append((address, payload))
        return self.results.pop(0) if self.results else SENT

    def close(self) -> None:
        self.closed += 1


def kept(memory: Memory) -> Retained:
    return Retained(memory, b"device-1", b"gateway1")


def espnow(driver: Driver, memory: Memory, channel: int = 6) -> EspNow:
    clock = Time()
    return EspNow(driver.open, clock.now, clock.pause, lambda: 0.5, kept(memory), channel)


def test_espnow_speaks_to_everybody_until_a_bridge_is_known_and_keeps_it_over_sleep() -> None:
    driver, memory = Driver(), Memory()
    radio = espnow(driver, memory)
    radio.on()
    assert radio.send(b"one")
    driver.frames = [(BRIDGE, -60, b"answer")]
    assert radio.receive(10) == b"answer"
    radio.confirm()
    assert radio.send(b"two")
    radio._kept.save()
    radio.off()
    radio = espnow(driver, memory)
    radio.on()
    radio.send(b"three")
    assert [address for address, _ in driver.sent] == [EVERYBODY, BRIDGE, BRIDGE] and driver.closed == 1


def test_what_is_not_ours_does_not_move_the_address() -> None:
    driver = Driver()
    radio = espnow(driver, Memory())
    radio.on()
    driver.frames = [(bytes(6), -60, b"forged")]
    assert radio.receive(10) == b"forged"
    radio.send(b"x")
    assert driver.sent[-1][0] == EVERYBODY


def test_a_bridge_that_does_not_confirm_is_not_asked_alone_any_more() -> None:
    driver = Driver()
    radio = espnow(driver, Memory())
    radio.on()
    radio.heard_from = BRIDGE
    radio.confirm()
    driver.results = [FAILED]
    assert radio.send(b"x")
    assert [address for address, _ in driver.sent] == [BRIDGE, EVERYBODY]
    driver.results = [FAILED]
    assert not radio.send(b"x") and driver.sent[-1][0] == EVERYBODY


def test_all_channels_are_tried_from_the_configured_one_on() -> None:
    driver = Driver()
    radio = espnow(driver, Memory(), 11)
    radio.on()
    for _ in range(CHANNELS):
        assert radio.elsewhere()
    assert driver.channels == [11, 12, 13, *range(1, 12)] and driver.closed == CHANNELS


@pytest.mark.parametrize(("busy", "sent"), [(BUSY_TRIES - 1, True), (BUSY_TRIES, False)])
def test_a_busy_channel_is_waited_for_a_few_times(busy: int, sent: bool) -> None:
    driver, clock = Driver(), Time()
    radio = PolledRadio(driver.open, clock.now, clock.pause, lambda: 0.5)
    radio.on()
    driver.results = [BUSY] * busy
    assert radio.send(b"x") is sent and clock.ms > 25 * (BUSY_TRIES - 1)
    assert radio.receive(50) is None and not radio.elsewhere()
    radio.confirm()
    radio.off()
    radio.off()
    assert driver.closed == 1


def test_it_sleeps_between_two_looks_never_beyond_the_window_and_looks_once_more_at_its_end() -> None:
    driver, clock = Driver(), Time()
    rests: list[int] = []

    def rest(ms: int) -> None:
        rests.append(ms)
        clock.ms += ms

    radio = PolledRadio(driver.open, lambda: clock.ms, rest, lambda: 0.5, look_ms=100)
    radio.on()
    assert radio.receive(250) is None and rests == [100, 100, 50]
    driver.frames = [(b"", -90, b"answer")]
    assert radio.receive(250) == b"answer" and len(rests) == 3
    rests.clear()

    def arrives(ms: int) -> None:
        rest(ms)
        if clock.ms == 500:
            driver.frames = [(b"", -90, b"late")]

    radio = PolledRadio(driver.open, lambda: clock.ms, arrives, lambda: 0.5, look_ms=100)
    radio.on()
    assert radio.receive(250) == b"late" and rests == [100, 100, 50]


def test_after_a_frame_it_does_not_look_before_an_answer_can_have_ended_and_then_as_often_as_ever() -> None:
    driver, clock = Driver(), Time()
    rests: list[int] = []

    def rest(ms: int) -> None:
        rests.append(ms)
        clock.ms += ms
        if clock.ms == 950:
            driver.frames = [(b"", -90, b"answer")]

    radio = PolledRadio(driver.open, lambda: clock.ms, rest, lambda: 0.5, look_ms=100, first_ms=450)
    radio.on()
    assert radio.send(b"x") and radio.receive(300) is None and rests == [300]
    assert radio.receive(700) == b"answer" and rests == [300, 150, 100, 100, 100, 100, 100]


def hours(region: str, take: Callable[[int, int], bool]) -> list[tuple[int, int]]:
    chance = random.Random(region)
    sent = []
    now = 0
    for _ in range(20_000):
        now += chance.choice((1, 50, 400, 3_000))
        size = chance.randrange(1, 223)
        if take(size, now):
            sent.append((now, lora.airtime_us(size, 9)))
    return sent


@pytest.mark.parametrize("region", lora.REGIONS)
def test_in_no_hour_more_than_the_share_also_if_every_frame_follows_a_sleep(region: str) -> None:
    memory = Memory()
    share = lora.REGIONS[region].bands[0].share

    def take(size: int, now: int) -> bool:
        return Allowance(kept(memory), region, share, 9).take(size, now)

    sent = hours(region, take)
    start = used = 0
    for end, us in sent:
        used += us
        while sent[start][0] <= end - HOUR_MS:
            used -= sent[start][1]
            start += 1
        assert used <= 3_600_000 * share
    assert sum(us for _, us in sent) > 3_600_000 * share / 2
    assert max(us for _, us in sent) <= lora.REGIONS[region].longest_ms * 1000


def test_after_a_loss_of_power_two_frames_go_and_no_frame_longer_than_the_region_has() -> None:
    memory = Memory()
    allowance = Allowance(kept(memory), "EU868", 10, 9)
    assert [allowance.take(176, 0) for _ in range(3)] == [True, True, False]
    assert not Allowance(kept(Memory()), "EU868", 10, 12).take(176, 0)  # 6.6 s, four are allowed
    assert Allowance(kept(memory), "EU868", 10, 9).take(176, HOUR_MS)


def test_a_frame_without_allowance_is_not_sent() -> None:
    driver, clock = Driver(), Time()
    allowance = Allowance(kept(Memory()), "EU868", 1, 9)
    radio = PolledRadio(driver.open, clock.now, clock.pause, lambda: 0.5, b"", allowance)
    radio.on()
    assert [radio.send(bytes(176)) for _ in range(3)] == [True, False, False]
    assert len(driver.sent) == 1


@pytest.fixture(scope="module")
def device() -> Iterator[MicroPython]:
    with MicroPython([Path(__file__).resolve().parents[1] / "device_side"]) as process:
        yield process


def test_lora_is_set_up_sends_listens_and_sleeps(device: MicroPython) -> None:
    log, found = device.call("lora_chip.exchange")
    assert log == [("configure", 868_100_000, 7, 14), "listen", ("transmit", 176), "listen", "sleep"]
    assert found == [True, b"answer", None]


def test_lora_waits_for_a_free_channel_where_it_must(device: MicroPython) -> None:
    assert device.call("lora_chip.busy", 2) == (True, 1)
    assert device.call("lora_chip.busy", BUSY_TRIES) == (False, 0)
    assert device.call("lora_chip.broken") == (False, "listen")
