"""The object "radio" of a tag's configuration."""

from typing import Any

import pytest
from civicroot_device.errors import ConfigurationError
from civicroot_device.tag import timing
from civicroot_device.tag.settings import RadioSettings
from civicroot_wire import acknowledgement, lora, radio
from civicroot_wire.acknowledgement import Acknowledgement

KEY = "ab" * 32
ESPNOW = {"kind": "espnow", "gateway": KEY, "channel": 6}
LORA = {
    "kind": "lora",
    "gateway": KEY,
    "region": "EU868",
    "frequency": 868_100_000,
    "factor": 9,
    "power": 14,
    "wiring": {"spi": 1},
}
UDP = {"kind": "udp", "gateway": KEY, "port": 4000, "address": "020000000001"}


def test_each_kind_is_taken() -> None:
    assert RadioSettings(ESPNOW | {"motion": 4}).motion == 4
    found = RadioSettings(LORA)
    assert (found.region, found.frequency, found.factor, found.power, found.share) == ("EU868", 868_100_000, 9, 14, 10)
    assert found.gateway == b"\xab" * 32
    found = RadioSettings(UDP | {"as": "lora", "sleep": "end"})
    assert (found.port, found.address, found.acts_as, found.sleep) == (4000, bytes([2, 0, 0, 0, 0, 1]), "lora", "end")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "kind"),
        ({"kind": "zigbee"}, "kind"),
        ({"kind": "espnow", "channel": 6}, "gateway is missing"),
        (ESPNOW | {"gateway": "ab" * 31}, "gateway"),
        (ESPNOW | {"gateway": "xy" * 32}, "gateway"),
        (ESPNOW | {"channel": 14}, "channel"),
        (ESPNOW | {"channel": "6"}, "channel is of a wrong type"),
        (ESPNOW | {"port": 1}, "port is unknown"),
        (ESPNOW | {"motion": True}, "motion"),
        (LORA | {"region": "US915"}, "US915"),
        (LORA | {"frequency": 868_600_000}, "no channel"),
        (LORA | {"power": 20}, "20 dBm"),
        (LORA | {"factor": 6}, "factor"),
        (LORA | {"factor": 12}, "on the air for longer"),
        (LORA | {"region": "CN470", "frequency": 470_300_000, "factor": 9}, "on the air for longer"),
        (UDP | {"address": "0200000000010203ff"}, "address"),
        (UDP | {"as": "zigbee"}, "radio.as"),
        (UDP | {"sleep": "never"}, "radio.sleep"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(fields: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigurationError, match=text):
        RadioSettings(fields)


@pytest.mark.parametrize("factor", range(7, 13))
def test_a_window_is_long_enough_for_the_commit_and_an_answer_behind_another_one(factor: int) -> None:
    found = timing.of_lora(factor)
    assert found.window_ms >= 400 + 2 * lora.airtime_us(70, factor) // 1000
    assert found.gap_ms >= lora.airtime_us(176, factor) // 1000
    assert 5 < found.look_ms <= min(100, lora.airtime_us(1, factor) // 1000)  # no frame is overwritten before a look
    shortest = radio.protect(bytes(8), 0, acknowledgement.encode(Acknowledgement(None, None)), "c", bytes(32))
    assert 40 < found.first_ms <= lora.airtime_us(len(shortest), factor) // 1000 < found.window_ms
    assert found.window_ms < 9_000 and found.awake_ms < 100_000


def test_an_espnow_wake_is_bounded_by_what_two_cells_can_give() -> None:
    found = timing.espnow()
    assert found.awake_ms * 90 <= 0.15 * 3_600_000 and found.tries * found.window_ms * 2 < found.awake_ms
