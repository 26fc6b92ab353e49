"""The gateway as a process, with a real broker: killed, stopped, cut off, and fed bad input."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.brokers import Broker, MosquittoBroker, NatsBroker

from .bad_input import CASES
from .city import City, Device
from .live import GatewayProcess, LiveBackend, LiveDevice, eventually

RECORDS = 300  # of each of two devices
KILLS = 10
BROKERS = [NatsBroker, MosquittoBroker]


@pytest.fixture(params=BROKERS, ids=lambda kind: kind.name)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    with request.param(tmp_path) as found:
        yield found


def _pump(devices: list[LiveDevice], stop: threading.Event) -> None:
    while not stop.wait(0.02):  # the devices' own clock
        for device in devices:
            device.pump()


def _check_delivery(backend: LiveBackend, devices: list[Device], gateway: GatewayProcess) -> None:
    """Every record in exactly one batch, and no batch number with two contents, nor one left out."""
    assert all(len(contents) == 1 for contents in backend.batches.values())
    assert sorted(backend.batches) == list(range(len(backend.batches)))
    expected = Counter(device.record(number) for device in devices for number in range(RECORDS))
    assert Counter(backend.committed) == expected
    status = gateway.status()
    assert (status["records_spooled"], status["batches_waiting"], status["batches_refused"]) == (0, 0, 0)


def _settled(gateway: GatewayProcess) -> bool:
    status = gateway.status()
    return status["records_spooled"] == 0 and status["batches_waiting"] == 0


@pytest.mark.parametrize("kind", BROKERS, ids=lambda kind: kind.name)
def test_killed_ten_times_while_records_flow_it_loses_and_repeats_nothing(kind: type[Broker], tmp_path: Path) -> None:
    seed = 20261121
    print("seed", seed)
    chance = random.Random(seed)
    city = City()
    devices = [city.device(), city.device()]
    stop = threading.Event()
    with ExitStack() as stack:
        broker = stack.enter_context(kind(tmp_path))
        backend = stack.enter_context(LiveBackend(city, broker))
        live = [stack.enter_context(LiveDevice(city, broker, device)) for device in devices]
        gateway = stack.enter_context(GatewayProcess(city, tmp_path, broker))
        pump = threading.Thread(target=_pump, args=(live, stop))
        stack.callback(pump.join)
        stack.callback(stop.set)
        pump.start()
        share = RECORDS // (KILLS + 1) + 1
        for life in range(KILLS + 1):
            numbers = range(life * share, min((life + 1) * share, RECORDS))
            for one in live:
                one.add(*[one.device.record(number) for number in numbers], first=numbers.start)
            if life == KILLS:
                break
            wanted = _heard(live, backend) + chance.randrange(
                1, 8
            )  # or all: few large groups need few acknowledgements
            eventually(lambda wanted=wanted: _heard(live, backend) >= wanted or not _waiting(live), "progress")
            threading.Event().wait(chance.uniform(0, 0.03))  # a random point, not a rendezvous
            gateway.kill()
            gateway.start()
        eventually(lambda: not any(one.waiting for one in live), "every record acknowledged")
        eventually(lambda: _settled(gateway), "every batch committed")
        _check_delivery(backend, devices, gateway)
        assert all(sorted(one.acknowledged) == list(range(RECORDS)) for one in live)
        assert all(not one.refused for one in live)


def _heard(live: list[LiveDevice], backend: LiveBackend) -> int:
    return sum(len(one.acks) for one in live) + backend.seen


def _waiting(live: list[LiveDevice]) -> bool:
    return any(one.waiting for one in live)


def test_broker_killed_while_records_flow_nothing_is_lost(tmp_path: Path) -> None:
    city = City()
    devices = [city.device(), city.device()]
    stop = threading.Event()
    with ExitStack() as stack:
        broker = stack.enter_context(NatsBroker(tmp_path))
        backend = stack.enter_context(LiveBackend(city, broker))
        live = [stack.enter_context(LiveDevice(city, broker, device)) for device in devices]
        gateway = stack.enter_context(GatewayProcess(city, tmp_path, broker))
        pump = threading.Thread(target=_pump, args=(live, stop))
        stack.callback(pump.join)
        stack.callback(stop.set)
        pump.start()
        for one in live:
            one.add(*[one.device.record(number) for number in range(RECORDS)], first=0)
        for part in (1, 2):
            eventually(lambda part=part: len(live[0].acknowledged) >= part * RECORDS // 3, "progress")
            broker.restart()
        eventually(lambda: not any(one.waiting for one in live), "every record acknowledged")
        eventually(lambda: _settled(gateway), "every batch committed")
        _check_delivery(backend, devices, gateway)


def test_state_is_online_then_offline_after_a_clean_stop_and_after_a_kill(broker: Broker, tmp_path: Path) -> None:
    city = City()
    with LiveBackend(city, broker) as backend, GatewayProcess(city, tmp_path, broker) as gateway:
        eventually(lambda: backend.states[-1:] == [True], "online")
        assert gateway.stop() == 0
        eventually(lambda: backend.states[-1:] == [False], "offline")
        gateway.start()
        eventually(lambda: backend.states[-1:] == [True], "online again")
        gateway.kill()
        eventually(lambda: backend.states[-1:] == [False], "offline by the will")


def test_bad_input_through_the_broker_is_refused_counted_and_harms_nothing_else(broker: Broker, tmp_path: Path) -> None:
    city = City()
    device = city.device()
    payloads = [(case, case.make(city, device)) for case in CASES if case.name not in ("33-records", "empty")]
    with (
        LiveBackend(city, broker) as backend,
        LiveDevice(city, broker, device) as live,
        GatewayProcess(city, tmp_path, broker) as gateway,
    ):
        eventually(lambda: gateway.is_ready(city), "links and enrolments")
        for _, payload in payloads:
            live.say(payload)
        live.say(device.record(0) + device.record(0) + device.record(0, fill=99))
        expected = Counter(case.reason for case, _ in payloads) + Counter(["equivocation"])
        eventually(lambda: gateway.status()["refusals"].get("record") == dict(expected), f"refusals {expected}")
        eventually(lambda: backend.committed == [device.record(0)], "the good record")
        eventually(lambda: live.refused.get(0) == "equivocation", "the device hears of it")
        assert gateway.status()["counters"]["record.duplicate"] == 1


def test_batch_without_a_verdict_is_sent_again_and_a_refused_one_is_kept(tmp_path: Path) -> None:
    city = City()
    device = city.device()
    with (
        NatsBroker(tmp_path) as broker,
        LiveBackend(city, broker) as backend,
        LiveDevice(city, broker, device) as live,
        GatewayProcess(city, tmp_path, broker) as gateway,
    ):
        backend.answering = False
        eventually(lambda: gateway.is_ready(city), "links and enrolments")
        live.say(device.record(0))
        eventually(lambda: backend.seen >= 2, "the batch comes again by itself")
        ((message,),) = backend.batches.values()
        backend.refuse(message, "bad-time")
        eventually(lambda: gateway.status()["batches_refused"] == 1, "dead letter")
        assert gateway.status()["batches_waiting"] == 0
        assert any(event["event"].startswith("batch refused") for event in gateway.events())


@pytest.mark.parametrize("outage", ["killed", "frozen"])
def test_devices_are_served_while_the_uplink_is_down(tmp_path: Path, outage: str) -> None:
    city = City()
    device = city.device()
    (tmp_path / "up").mkdir()
    with (
        NatsBroker(tmp_path) as broker,
        NatsBroker(tmp_path / "up") as uplink,
        LiveBackend(city, uplink) as backend,
        LiveDevice(city, broker, device) as live,
        GatewayProcess(city, tmp_path, broker, uplink) as gateway,
    ):
        eventually(lambda: gateway.is_ready(city), "links and enrolments")
        if outage == "killed":
            uplink.kill()
        else:
            uplink.pause()
        live.say(device.record(0) + device.record(1))
        eventually(lambda: any(ack.covers(1) for ack in live.acks), "acknowledgement without an uplink")
        gateway.kill()
        gateway.start()
        live.add(device.record(2), first=2)
        eventually(lambda: live.pump() or not live.waiting, "enrolments are remembered without a backend")
        if outage == "killed":
            uplink.start()
        else:
            uplink.resume()
        eventually(lambda: sorted(backend.committed) == sorted(device.record(n) for n in range(3)), "delivery")


@pytest.mark.parametrize("kind", BROKERS, ids=lambda kind: kind.name)
def test_disk_that_takes_no_writes_for_a_while_costs_nothing(kind: type[Broker], tmp_path: Path) -> None:
    city = City()
    device = city.device()
    with (
        kind(tmp_path) as broker,
        LiveBackend(city, broker) as backend,
        LiveDevice(city, broker, device, chunk=1) as live,
        GatewayProcess(city, tmp_path, broker) as gateway,
    ):
        eventually(lambda: gateway.is_ready(city), "links and enrolments")
        gateway.limit_files(64 << 10)  # beyond its log, below the room that the journal makes ahead
        live.add(*[device.record(number) for number in range(4)], first=0)
        live.pump()
        eventually(lambda: any("does not take" in event["event"] for event in gateway.events()), "a failing disk")
        assert (live.acknowledged, backend.committed) == ([], [])
        gateway.limit_files(None)
        eventually(lambda: live.pump() or not live.waiting, "acknowledgement")
        eventually(lambda: Counter(backend.committed) == Counter(map(device.record, range(4))), "delivery")
        eventually(lambda: not live.waiting, "acknowledgement")


@pytest.mark.parametrize(("login", "event"), [("pi:s%40me@", "link up"), ("pi:wrong@", "link down"), ("", "link down")])
def test_broker_that_asks_for_a_password_gets_the_configured_one(tmp_path: Path, login: str, event: str) -> None:
    city = City()
    extra = 'authorization { users: [ { user: "pi", password: "s@me" } ] }'
    with NatsBroker(tmp_path, extra) as broker, GatewayProcess(city, tmp_path, broker, login=login) as gateway:
        first = eventually(lambda: [row for row in gateway.events() if row["event"].startswith("link")], "an answer")[0]
        assert first["event"] == event
        assert "s@me" not in gateway.log.read_text()


def test_second_process_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    city = City()
    with NatsBroker(tmp_path) as broker, LiveBackend(city, broker) as backend:
        gateway = GatewayProcess(city, tmp_path, broker)
        with gateway:
            eventually(lambda: backend.states[-1:] == [True], "online")
            first = gateway._process
            gateway.start()
            assert gateway._process is not None
            assert gateway._process.wait(10) == 2
            gateway._process = first
            assert "another gateway process" in gateway.log.read_text()
