"""Radio devices through real processes: MicroPython's bridge on a terminal, `civicroot gateway run`, a real broker."""

import os
import random
from collections import Counter
from pathlib import Path

from tests.support.brokers import NatsBroker

from .bridging import Air, BridgeProcess, Cable, RadioDevice, pump
from .city import City
from .live import GatewayProcess, LiveBackend, LiveDevice, eventually

SEED = 5
SOAK = bool(os.environ.get("CIVICROOT_SOAK"))
COUNT = 500 if SOAK else 20
KILLS = 60 if SOAK else 4


def with_bridge(gateway: GatewayProcess, port: Path) -> GatewayProcess:
    """The process with a bridge in its configuration."""
    with gateway.config.open("a") as file:
        file.write(f'[[bridge]]\nname = "roof"\nserial = "{port}"\nespnow_channel = 6\n')
    return gateway


def test_kills_noise_and_bad_air_and_every_record_is_committed_once_and_answered(tmp_path: Path) -> None:
    city = City()
    chance = random.Random(SEED)
    with (
        NatsBroker(tmp_path) as broker,
        LiveBackend(city, broker) as backend,
        Cable(tmp_path, SEED, noise=0.05) as cable,
        Air(SEED, loss=0.2, twice=0.1, late=0.1) as air,
    ):
        tags = [RadioDevice(city, air, city.device(), bytes([2, 0, 0, 0, 0, number])) for number in range(3)]
        backend.on_connected()
        with (
            with_bridge(GatewayProcess(city, tmp_path, broker), cable.port) as gateway,
            BridgeProcess(cable, air) as bridge,
        ):
            for tag in tags:
                tag.add(0, COUNT)
            for kill in range(KILLS):
                goal = sum(len(tag.waiting) for tag in tags) - chance.randrange(4, 12)
                pump(tags, lambda goal=goal: sum(len(tag.waiting) for tag in tags) <= goal)
                if kill % 2:
                    bridge.kill()
                    bridge.start()
                else:
                    gateway.kill()
                    gateway.start()
            pump(tags, lambda: not any(tag.waiting for tag in tags))
            expected = Counter(tag.device.record(number) for tag in tags for number in range(COUNT))
            eventually(lambda: len(backend.committed) >= sum(expected.values()), "delivery")
            assert gateway.stop() == 0
        assert Counter(backend.committed) == expected
        for tag in tags:
            assert sorted(tag.acknowledged) == list(range(COUNT))
            assert set(tag.refused) <= {"old-counter"}


def test_a_device_over_mqtt_and_a_tag_over_radio_share_a_gateway(tmp_path: Path) -> None:
    city = City()
    with (
        NatsBroker(tmp_path) as broker,
        LiveBackend(city, broker) as backend,
        Cable(tmp_path, SEED) as cable,
        Air(SEED) as air,
    ):
        bin_, tag = city.device(), RadioDevice(city, air, city.device(), bytes([2, 0, 0, 0, 0, 1]))
        backend.on_connected()
        with (
            with_bridge(GatewayProcess(city, tmp_path, broker), cable.port) as gateway,
            BridgeProcess(cable, air),
            LiveDevice(city, broker, bin_) as live,
            LiveDevice(city, broker, tag.device) as elsewhere,  # hears what is published for the tag
        ):
            tag.add(0, 3)
            live.add(*[bin_.record(number) for number in range(3)], first=0)
            pump([tag], lambda: live.pump() or not (tag.waiting or live.waiting))
            eventually(lambda: len(backend.committed) == 6, "delivery")
            assert all(ack.durable is None for ack in elsewhere.acks)  # only the news of its registration
            elsewhere.say(tag.device.record(3))
            eventually(lambda: any(ack.covers(3) for ack in elsewhere.acks), "an answer over MQTT")
            (report,) = gateway.status()["bridges"]
            assert report["name"] == "roof" and report["up"] is True
            assert "bridge up" in [event["event"] for event in gateway.events()]
