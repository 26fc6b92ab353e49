"""The bridge's firmware without its hardware: queues, echoes, airtime, the SX1262's driver on a model of the chip."""

import ast
import math
import random

import pytest
from civicroot_bridge.core import DOWN_LIFE_MS, MAX_DOWN, MAX_UP, TWIN_MS, Core
from civicroot_radio.airtime import MINUTE_MS, Airtime
from civicroot_radio.driver import BUSY, FAILED, SENT
from civicroot_radio.sx1262 import CRC_ERROR, HEADER_ERROR, RX_DONE, TIMEOUT, TX_DONE, Sx1262
from civicroot_wire import bridge_message, lora
from civicroot_wire.bridge_link import BridgeLink
from civicroot_wire.bridge_message import ESPNOW, LORA, Message, Settings
from civicroot_wire.errors import MalformedError

from tests.support.micropython import ROOT
from tests.support.micropython import MicroPython as Device

TAG = bytes(6)
EU = ("EU868", 868_100_000, 9, 14)


class Desk:
    """A core, and its gateway's end of the line."""

    def __init__(self) -> None:
        self.now = 0
        self.core = Core(BridgeLink(b"here", 0), 0)
        self.gateway = BridgeLink(b"peer", 0)
        self.got: list[Message] = []

    def turn(self, ms: int = 20) -> None:
        self.now += ms
        data = self.core.output(self.now)
        self.got += [bridge_message.decode(body) for body in self.gateway.feed(data, self.now)]
        self.core.take_in(self.gateway.output(self.now), self.now)

    def up(self) -> None:
        for _ in range(10):
            self.turn()
        assert self.core.link.up and self.gateway.up

    def say(self, message: bytes) -> None:
        self.gateway.send(message)
        self.turn()
        self.turn()

    def heard(self) -> list[bytes]:
        return [message.payload for message in self.got if message.kind == bridge_message.HEARD]


def test_frames_go_up_as_they_are_and_an_echo_once_but_a_repetition_again() -> None:
    desk = Desk()
    desk.up()
    for payload in (b"a", b"b", b"a"):
        desk.core.heard(ESPNOW, TAG, -60, payload, desk.now)
    desk.now += TWIN_MS
    desk.core.heard(ESPNOW, TAG, -60, b"a", desk.now)
    desk.core.heard(ESPNOW, bytes(5) + b"\1", -60, b"a", desk.now)
    desk.turn()
    assert desk.heard() == [b"a", b"b", b"a", b"a"] and desk.core.counts["twins"] == 1


def test_without_a_gateway_the_newest_frames_are_kept() -> None:
    desk = Desk()
    for number in range(MAX_UP + 30):
        desk.core.heard(ESPNOW, TAG, -60, b"%d" % number, desk.now)
    assert desk.core.counts["dropped"] == 30
    desk.up()
    for _ in range(20):
        desk.turn()
    assert desk.heard() == [b"%d" % number for number in range(30 + 1, MAX_UP + 30)]  # one gave way to the statistics


def test_frames_of_a_length_that_no_radio_has_are_dropped() -> None:
    desk = Desk()
    desk.up()
    for radio, size in ((ESPNOW, 0), (ESPNOW, 251), (LORA, 223)):
        desk.core.heard(radio, TAG, -60, bytes(size), desk.now)
    desk.core.heard(ESPNOW, TAG, -999, bytes(250), desk.now)
    desk.turn()
    assert desk.heard() == [bytes(250)] and desk.core.counts["too-long"] == 3
    assert [message.rssi for message in desk.got if message.kind == bridge_message.HEARD] == [-200]


def test_frames_go_down_once_unless_they_are_late_or_too_many() -> None:
    desk = Desk()
    desk.up()
    for number in range(MAX_DOWN + 3):
        desk.say(bridge_message.send(ESPNOW, TAG, b"%d" % number))
    found = []
    while (frame := desk.core.next_frame(desk.now)) is not None:
        found.append(frame.payload)
        desk.core.sent(frame, SENT, 0, desk.now)
    assert found == [b"%d" % number for number in range(3, MAX_DOWN + 3)] and desk.core.counts["dropped"] == 3
    desk.say(bridge_message.send(ESPNOW, TAG, b"late"))
    assert desk.core.next_frame(desk.now + DOWN_LIFE_MS) is None and desk.core.counts["expired"] == 1


def test_a_busy_channel_is_tried_again_and_a_failed_frame_is_not() -> None:
    desk = Desk()
    desk.up()
    desk.say(bridge_message.send(ESPNOW, TAG, b"x"))
    frame = desk.core.next_frame(desk.now)
    assert frame is not None
    desk.core.sent(frame, BUSY, 200, desk.now)
    assert desk.core.next_frame(desk.now) is None
    again = desk.core.next_frame(desk.now + 50)
    assert again is frame
    desk.core.sent(frame, FAILED, 0, desk.now)
    assert desk.core.next_frame(desk.now + 100) is None
    assert (desk.core.counts["busy"], desk.core.counts["failed"]) == (1, 1)


def test_lora_is_sent_only_with_settings_that_the_region_allows() -> None:
    desk = Desk()
    desk.up()
    desk.say(bridge_message.send(LORA, b"", b"x"))
    assert desk.core.next_frame(desk.now) is None  # nobody said on which channel
    desk.say(bridge_message.settings(Settings(6, ("EU868", 868_100_000, 9, 22))))
    assert desk.core.settings is not None and desk.core.settings.lora is None and desk.core.settings.channel == 6
    desk.say(bridge_message.settings(Settings(None, EU)))
    assert desk.core.settings.lora == EU
    desk.say(bridge_message.send(LORA, b"", b"x"))
    assert desk.core.next_frame(desk.now) is not None
    assert "14" in [message.text for message in desk.got if message.kind == bridge_message.LINE][-1]


def test_a_made_up_message_is_said_and_goes_by() -> None:
    desk = Desk()
    desk.up()
    desk.say(b"\xff")
    desk.say(bridge_message.heard(ESPNOW, TAG, 0, b"x"))
    desk.turn()
    assert [message.text for message in desk.got if message.kind == bridge_message.LINE] != []
    assert desk.core.next_frame(desk.now) is None


def test_statistics_come_every_ten_seconds_and_fit_a_frame() -> None:
    desk = Desk()
    desk.up()
    for name in desk.core.counts:
        desk.core.counts[name] = 1 << 40
    for _ in range(100):
        desk.turn(250)
    found = [message.counts for message in desk.got if message.kind == bridge_message.STATISTICS]
    assert 3 <= len(found) <= 4 and len(found[-1]) == bridge_message.MAX_COUNTS
    assert found[-1]["seconds"] >= 20


# Airtime


@pytest.mark.parametrize("factor", range(7, 13))
def test_airtime_is_that_of_the_makers_formula(factor: int) -> None:
    """Semtech AN1200.13 with floats: 125 kHz, code rate 4/5, preamble of 8, explicit header, CRC."""
    symbol = 2**factor / 125
    slow = symbol >= 16
    for size in range(1, 223):
        blocks = math.ceil((8 * size - 4 * factor + 28 + 16) / (4 * (factor - 2 * slow)))
        assert lora.airtime_us(size, factor) == round(1000 * symbol * (8 + 4.25 + 8 + max(blocks, 0) * 5))


def test_a_frame_of_a_record_takes_a_third_of_a_second_at_the_fastest_and_seconds_at_the_slowest() -> None:
    assert [lora.airtime_us(176, factor) // 1000 for factor in (7, 9, 12)] == [281, 902, 6561]


@pytest.mark.parametrize("region", lora.REGIONS)
def test_in_no_hour_more_than_the_share_and_no_frame_longer_than_allowed(region: str) -> None:
    chance = random.Random(region)
    band = lora.REGIONS[region].bands[0]
    airtime = Airtime(lora.REGIONS[region], band.share, 9)
    sent: list[tuple[int, int]] = []
    now = 0
    for _ in range(20_000):
        now += chance.choice((1, 50, 400, 3_000))
        size = chance.randrange(1, 223)
        if airtime.take(size, now):
            sent.append((now, lora.airtime_us(size, 9)))
    assert max(us for _, us in sent) <= lora.REGIONS[region].longest_ms * 1000
    start = used = 0
    for end, us in sent:
        used += us
        while sent[start][0] <= end - 60 * MINUTE_MS:
            used -= sent[start][1]
            start += 1
        assert used <= 3_600_000 * band.share
    assert used > 3_600_000 * band.share * 0.8  # and nearly all of it


def test_a_frame_that_did_not_go_is_given_back_and_settings_forgive_nothing() -> None:
    airtime = Airtime(lora.REGIONS["EU868"], 1, 12)
    assert airtime.take(51, 0) and not airtime.take(51, 0)
    airtime.give_back(51)
    assert airtime.take(51, 0)
    airtime.change(lora.REGIONS["EU868"], 1, 12)
    assert not airtime.take(51, 59 * MINUTE_MS) and airtime.take(51, 62 * MINUTE_MS)


@pytest.mark.parametrize(
    ("region", "frequency", "power"),
    [("US915", 915_000_000, 1), ("EU868", 868_600_000, 1), ("EU868", 868_100_000, 15), ("KR920", 921_900_000, 14)],
)
def test_what_a_region_does_not_allow_is_refused(region: str, frequency: int, power: int) -> None:
    with pytest.raises(MalformedError):
        lora.band(region, frequency, power)


# The SX1262


class Chip:
    """What the datasheet says an SX1262 answers (§13), for the commands that the driver uses."""

    def __init__(self) -> None:
        self.log: list[bytes] = []
        self.registers = {0x08D8: 0xC8, 0x0736: 0x0D, 0x0740: 0x34, 0x0741: 0x44}
        self.buffer = bytearray(256)
        self.interrupts = 0
        self.packet_type = 0
        self.received = (0, 0)
        self.mode = "sleep"
        self.resets = 0
        self.air: list[bytes] = []
        self.present = True

    def reset(self) -> None:
        self.resets += 1
        self.mode = "standby"

    def transfer(self, out: bytes) -> bytes:
        self.log.append(bytes(out))
        if not self.present:
            return bytes(len(out))
        answer = self._answer(out[0], out[1:])
        return (b"\xa2" + answer + bytes(len(out)))[: len(out)]

    def _answer(self, opcode: int, data: bytes) -> bytes:  # noqa: PLR0912 (a case for each command)
        if opcode == 0x80:
            self.mode = "standby"
        elif opcode == 0x8A:
            self.packet_type = data[0]
        elif opcode == 0x11:
            return bytes([0xA2, self.packet_type])
        elif opcode == 0x0D:
            for at, value in enumerate(data[2:]):
                self.registers[int.from_bytes(data[:2], "big") + at] = value
        elif opcode == 0x1D:
            return b"\xa2\xa2\xa2" + bytes([self.registers[int.from_bytes(data[:2], "big")]])
        elif opcode == 0x0E:
            self.buffer[data[0] : data[0] + len(data) - 1] = data[1:]
        elif opcode == 0x1E:
            return b"\xa2\xa2" + bytes(self.buffer[data[0] : data[0] + len(data) - 2])
        elif opcode == 0x82:
            self.mode = "receive"
        elif opcode == 0x83:
            self.mode = "transmit"
        elif opcode == 0x84:
            self.mode = "sleep"
        elif opcode == 0x8C:
            self.length = data[3]
        elif opcode == 0x12:
            return b"\xa2" + self.interrupts.to_bytes(2, "big")
        elif opcode == 0x02:
            self.interrupts &= ~int.from_bytes(data, "big")
        elif opcode == 0x13:
            return b"\xa2" + bytes(self.received)
        elif opcode == 0x14:
            return b"\xa2" + bytes([160, 20, 158])
        elif opcode == 0x15:
            return b"\xa2" + bytes([131])
        return b""

    def arrives(self, payload: bytes, start: int = 40, flags: int = RX_DONE) -> None:
        self.buffer[start : start + len(payload)] = payload
        self.received = (len(payload), start)
        self.interrupts |= flags


def test_the_chip_is_set_up_as_the_datasheet_says() -> None:
    chip = Chip()
    Sx1262(chip, tcxo=2).configure(868_100_000, 9, 14)
    assert chip.resets == 1
    wanted = (
        "8000",  # standby
        "9702000140",  # oscillator at 1.8 V, 5 ms
        "897f",
        "9601",
        "9d01",
        "8a01",  # LoRa
        "98d7db",  # image calibration of 863-870 MHz (table 9-2)
        "8636419999",  # 868.1 MHz · 2^25 / 32 MHz
        "9502020001",  # +14 dBm amplifier (table 13-21)
        "8e1604",
        "0d08d8de",  # clamp: bits 4 to 1 set (§15.2.2)
        "8f0000",
        "8b09040100",  # SF 9, 125 kHz, 4/5
        "0d07401424",  # a private network
        "08026302630000" + "0000",
    )
    log = [sent.hex() for sent in chip.log]
    assert [text for text in log if text in wanted] == list(wanted)
    assert chip.registers[0x0736] & 4


def test_slow_symbols_and_negative_power_and_the_chinese_band() -> None:
    chip = Chip()
    Sx1262(chip).configure(470_300_000, 12, -3)
    log = [sent.hex() for sent in chip.log]
    assert "8b0c040101" in log and "8e0504" in log and "987581" in log
    assert not any(text.startswith(("97", "89")) for text in log)


@pytest.mark.parametrize(
    ("power", "amplifier", "register"),
    [
        (-9, "0202", "ff"),
        (10, "0202", "12"),
        (14, "0202", "16"),
        (16, "0203", "15"),
        (17, "0203", "16"),
        (20, "0305", "16"),
        (21, "0407", "15"),
        (22, "0407", "16"),
    ],
)
def test_the_amplifier_is_set_to_take_the_least_current(power: int, amplifier: str, register: str) -> None:
    chip = Chip()
    Sx1262(chip).configure(869_525_000, 9, power)
    log = [sent.hex() for sent in chip.log]
    assert f"95{amplifier}0001" in log and f"8e{register}04" in log
    with pytest.raises(OSError, match="22"):
        Sx1262(chip).configure(869_525_000, 9, 23)


def test_no_chip_is_an_error() -> None:
    chip = Chip()
    chip.present = False
    with pytest.raises(OSError, match="19"):
        Sx1262(chip).configure(868_100_000, 9, 14)


def test_frames_are_received_and_damaged_ones_dropped() -> None:
    chip = Chip()
    radio = Sx1262(chip)
    radio.configure(868_100_000, 9, 14)
    radio.listen()
    assert chip.mode == "receive" and chip.log[-1].hex() == "82ffffff" and radio.received() is None
    chip.arrives(b"a record")
    assert radio.received() == (-80, b"a record") and radio.received() is None
    chip.arrives(b"damaged", flags=RX_DONE | CRC_ERROR)
    assert radio.received() is None and chip.interrupts == 0
    chip.interrupts = HEADER_ERROR
    assert radio.received() is None and chip.interrupts == 0
    assert radio.level() == -65


@pytest.mark.parametrize(("flag", "result"), [(TX_DONE, True), (TIMEOUT, False), (0, None)])
def test_a_frame_is_sent_with_a_time_out_of_twice_its_airtime(flag: int, result: bool | None) -> None:
    chip = Chip()
    radio = Sx1262(chip)
    radio.configure(868_100_000, 9, 14)
    radio.transmit(b"an answer")
    assert chip.mode == "transmit" and chip.length == 9 and bytes(chip.buffer[:9]) == b"an answer"
    steps = int.from_bytes(chip.log[-1][1:], "big")
    assert abs(steps * 15.625 - 2 * lora.airtime_us(9, 9)) < 20
    chip.interrupts |= flag
    assert radio.transmitted() is result
    radio.sleep()
    assert chip.mode == "sleep"


# The source


def test_only_drivers_import_hardware_and_they_do_it_late() -> None:
    """So everything else runs here, and a board without a radio does not load its driver."""
    found: dict[str, set[str]] = {}
    folder = ROOT / "firmware" / "lib"
    for path in [*(folder / "civicroot_bridge").glob("*.py"), *(folder / "civicroot_radio").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found.setdefault(path.name, set()).update(alias.name for alias in node.names)
    hardware = {"machine", "network", "espnow", "micropython"}
    assert {name: modules & hardware for name, modules in found.items() if modules & hardware} == {
        "app.py": {"machine", "micropython"},
        "espnow_radio.py": {"espnow", "network"},
        "lora_radio.py": {"machine"},
    }


def test_the_core_runs_on_micropython() -> None:
    source = """
    from civicroot_bridge.core import Core
    from civicroot_wire.bridge_link import BridgeLink
    from civicroot_wire import bridge_message
    from civicroot_wire.bridge_message import Settings
    core, gateway = Core(BridgeLink(b"here", 0), 0), BridgeLink(b"peer", 0)
    core._set(Settings(6, ("EU868", 868100000, 9, 14)))
    core.heard(0, bytes(6), -60, b"record", 0)
    found = []
    for now in range(0, 400, 20):
        found += [bridge_message.decode(body).kind for body in gateway.feed(core.output(now), now)]
        core.take_in(gateway.output(now), now)
        if now == 200:
            gateway.send(bridge_message.send(1, b"", b"answer"))
    frame = core.next_frame(400)
    result = [found, frame.payload, core.settings.channel, core.next_frame(400)]
    """
    with Device() as device:
        assert device.run(source) == [[0, 1], b"answer", 6, None]
