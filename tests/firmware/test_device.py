"""The whole device: real firmware in MicroPython, a real broker, a gateway that verifies and acknowledges."""

import json
import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_wire import keys, possession, record
from civicroot_wire.sodium import verify

from tests.firmware.device_process import REALM, DeviceProcess
from tests.firmware.test_mqtt_tls import make_certificate, tls_listener
from tests.firmware.tiny_gateway import BEACON, TinyGateway
from tests.support.brokers import Broker, MosquittoBroker, NatsBroker, free_port

KILLS = 12
INTERRUPTS = 200 if os.environ.get("CIVICROOT_SOAK") else 8
SEED = 20260
STARTED = ("boots", "reset")  # what the first record tells beside the values


@pytest.fixture(params=[NatsBroker, MosquittoBroker], ids=["nats", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    with request.param(tmp_path) as running:
        yield running


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Broker]:
    with NatsBroker(tmp_path) as running:
        yield running


def public_of(device: DeviceProcess) -> bytes:
    return bytes.fromhex(device.command("--info")["public"])


def accounted(records: dict[int, bytes]) -> set[int]:
    """Numbers that were received, or that a received record declares skipped or thinned."""
    found = set(records)
    for data in records.values():
        sequence = record.decode(data).sequence
        assert found.isdisjoint(range(sequence.seq - sequence.skip, sequence.seq))
        for first, last in sequence.thinned:
            found.update(range(first, last + 1))
    for data in records.values():
        sequence = record.decode(data).sequence
        found.update(range(sequence.seq - sequence.skip, sequence.seq))
    return found


def test_every_number_arrives_once_although_device_is_killed_at_random(broker: Broker, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with DeviceProcess(tmp_path / "bin", broker.port) as device:
        public = public_of(device)
        kid = keys.kid(public)
        with TinyGateway(broker.port, REALM, {kid: public}) as gateway:
            for _ in range(KILLS):
                device.start()
                goal = len(gateway.records[kid]) + chance.randrange(1, 12)
                gateway.silent = chance.random() < 0.3
                gateway.wait(lambda goal=goal: len(gateway.records[kid]) >= goal)
                time.sleep(chance.random() * 0.1)  # not to wait for anything: the moment of the kill is random
                device.kill()
            gateway.silent = False
            made = device.command("--info")["made"]
            device.configuration["limit"] = made + 5
            device.start()
            gateway.wait(lambda: len(gateway.records[kid]) >= made + 5)
            assert device.interrupt() == 0
            records = gateway.records[kid]
            info = device.command("--info")
        assert not gateway.faults
        assert not gateway.conflicts
        assert len(records) == info["made"] == made + 5
        assert accounted(records) == set(range(max(records) + 1))
        assert info["next"] >= max(records) + 1


def test_backlog_goes_out_many_records_to_a_message_and_leaves_the_device(nats: Broker, tmp_path: Path) -> None:
    with DeviceProcess(tmp_path / "tree", nats.port, kind="tree", limit=100) as device:
        public = public_of(device)
        kid = keys.kid(public)
        nats.kill()
        device.start()
        until = time.monotonic() + 20
        while _made(device) < 100:
            assert time.monotonic() < until
            time.sleep(0.05)  # between two looks
        nats.restart()
        with TinyGateway(nats.port, REALM, {kid: public}) as gateway:
            gateway.wait(lambda: len(gateway.records[kid]) == 100)
            gateway.wait(lambda: gateway.waiting[kid] == 0)
            assert max(map(len, gateway.messages)) == 32
            assert device.interrupt() == 0
        assert device.command("--info")["waiting"] == 0


def test_broker_that_cuts_large_messages_off_gets_the_records_singly(tmp_path: Path) -> None:
    """It takes the connection with the message: no acknowledgement misses its deadline, the link does."""
    with (
        MosquittoBroker(tmp_path, "max_packet_size 1000") as broker,
        DeviceProcess(tmp_path / "bin", broker.port, limit=10, answer_s=0.1) as device,
    ):
        public = public_of(device)
        kid = keys.kid(public)
        broker.kill()
        device.start()
        until = time.monotonic() + 20
        while _made(device) < 10:
            assert time.monotonic() < until
            time.sleep(0.05)  # between two looks
        broker.restart()
        with TinyGateway(broker.port, REALM, {kid: public}) as gateway:
            gateway.wait(lambda: len(gateway.records[kid]) == 10)
            assert max(map(len, gateway.messages)) == 1


def turns(states: list[bool]) -> list[bool]:
    """Without repetitions: the will may say again what a clean exit has said."""
    return [value for at, value in enumerate(states) if at == 0 or states[at - 1] is not value]


def _made(device: DeviceProcess) -> int:
    return int(device.command("--info")["made"])


def test_interrupt_says_offline_and_sigkill_leaves_it_to_the_will(broker: Broker, tmp_path: Path) -> None:
    with DeviceProcess(tmp_path / "bin", broker.port) as device:
        public = public_of(device)
        kid = keys.kid(public)
        with TinyGateway(broker.port, REALM, {kid: public}) as gateway:
            states = gateway.states[kid]
            device.start()
            gateway.wait(lambda: turns(states) == [True])
            assert device.interrupt() == 0
            gateway.wait(lambda: turns(states) == [True, False])
            device.start()
            gateway.wait(lambda: turns(states) == [True, False, True])
            device.kill()
            gateway.wait(lambda: turns(states) == [True, False, True, False])


def test_an_interrupt_at_any_moment_ends_it_cleanly(nats: Broker, tmp_path: Path) -> None:
    """From the interpreter's start on: the moment does not matter, nor whether garbage is collected just then."""
    chance = random.Random(SEED)
    with DeviceProcess(tmp_path / "bin", nats.port) as device:
        public = public_of(device)
        kid = keys.kid(public)
        with TinyGateway(nats.port, REALM, {kid: public}) as gateway:
            for _ in range(INTERRUPTS):
                device.start()
                time.sleep(chance.random() * 0.8)  # not to wait for anything: the moment is random
                assert device.interrupt() == 0, device.log.read_text()
            device.start()
            gateway.wait(lambda: turns(gateway.states[kid])[-1:] == [True])
            assert device.interrupt() == 0
            gateway.wait(lambda: gateway.states[kid][-1] is False)


def test_closed_standard_input_ends_a_device_that_was_asked_to_watch_it(nats: Broker, tmp_path: Path) -> None:
    with DeviceProcess(tmp_path / "bin", nats.port) as device:
        public = public_of(device)
        kid = keys.kid(public)
        with TinyGateway(nats.port, REALM, {kid: public}) as gateway:
            device.start("--until-eof")
            gateway.wait(lambda: turns(gateway.states[kid]) == [True])
            assert device.close_input() == 0
            gateway.wait(lambda: turns(gateway.states[kid]) == [True, False])


def test_refused_record_is_set_aside_and_blocks_nothing(nats: Broker, tmp_path: Path) -> None:
    with DeviceProcess(tmp_path / "bin", nats.port, limit=20) as device:
        public = public_of(device)
        kid = keys.kid(public)
        with TinyGateway(nats.port, REALM, {kid: public}) as gateway:
            gateway.refused[kid, 3] = "too-large"
            device.start()
            gateway.wait(lambda: len(gateway.records[kid]) == 19)
            device.kill()
            gateway.wait(lambda: gateway.waiting[kid] is None)  # the will: what is said after it is of the next life
            device.start()
            gateway.wait(lambda: gateway.waiting[kid] == 0)
            assert device.interrupt() == 0
            gateway.wait(lambda: gateway.waiting[kid] is None)
        info = device.command("--info")
        assert (info["waiting"], info["refused"]) == (0, [[3, "too-large"]])


def test_beacon_of_the_acknowledgement_is_in_later_records(nats: Broker, tmp_path: Path) -> None:
    with DeviceProcess(tmp_path / "bin", nats.port) as device:
        public = public_of(device)
        kid = keys.kid(public)
        with TinyGateway(nats.port, REALM, {kid: public}) as gateway:
            device.start()
            gateway.wait(lambda: len(gateway.records[kid]) > 5)
        newest = record.decode(gateway.records[kid][max(gateway.records[kid])])
        assert newest.sequence.beacon == BEACON
        assert abs((newest.pack.base_time or 0) - time.time()) < 60


def test_device_reports_over_tls_to_the_broker_of_its_authority_alone(tmp_path: Path) -> None:
    der, port = make_certificate(tmp_path, "localhost"), free_port()
    (tmp_path / "foreign").mkdir()
    stranger = make_certificate(tmp_path / "foreign", "localhost")
    with MosquittoBroker(tmp_path, extra=tls_listener(tmp_path, port)) as broker:
        tls = {"host": "127.0.0.1", "port": port, "tls": {"ca": str(stranger), "name": "localhost"}}
        with DeviceProcess(tmp_path / "bin", port, broker=tls) as device:
            public = public_of(device)
            kid = keys.kid(public)
            with TinyGateway(broker.port, REALM, {kid: public}) as gateway:
                device.start()
                wait_for_log(device, "not correctly signed")
                device.kill()
                assert gateway.records[kid] == {}
                tls["tls"] = {"ca": str(der), "name": "localhost"}
                device.start()
                gateway.wait(lambda: len(gateway.records[kid]) > 5)


def test_device_whose_flash_fails_ends_with_status_1_and_goes_on_after_a_restart(nats: Broker, tmp_path: Path) -> None:
    with DeviceProcess(tmp_path / "bin", nats.port) as device:
        public = public_of(device)
        kid = keys.kid(public)
        with TinyGateway(nats.port, REALM, {kid: public}) as gateway:
            device.start()
            gateway.wait(lambda: len(gateway.records[kid]) > 3)
            flash = tmp_path / "bin" / "flash" / kid.hex()
            flash.rename(flash.with_name("elsewhere"))
            assert device.wait() == 1
            # Whoever touches the flash first finds it gone: who writes a record, or who reads one to send it.
            assert any(error in device.log.read_text() for error in ("StorageFailed", "ENOENT"))
            flash.with_name("elsewhere").rename(flash)
            device.start()
            before = len(gateway.records[kid])
            gateway.wait(lambda: len(gateway.records[kid]) > before + 3)
        assert not gateway.conflicts
        assert accounted(gateway.records[kid]) == set(range(max(gateway.records[kid]) + 1))


def wait_for_log(device: DeviceProcess, text: str) -> None:
    """Return when the device has printed the text."""
    until = time.monotonic() + 20
    while text not in device.log.read_text():
        assert time.monotonic() < until, device.log.read_text()
        time.sleep(0.02)  # between two looks


def test_possession_is_signed_by_the_device_for_its_registrar(tmp_path: Path) -> None:
    with DeviceProcess(tmp_path / "bin", 1) as device:
        answer = device.command("--possession", "00112233445566778899", "bin/12")
        public = bytes.fromhex(answer["public"])
        found = possession.decode(bytes.fromhex(answer["possession"]))
        possession.verify(found, REALM, public, verify)
        assert (found.subject, found.role, found.nonce.hex()) == ("bin/12", "device", "00112233445566778899")
        assert answer["kid"] == keys.kid(public).hex() == device.command("--info")["kid"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"realm": "No Realm"}, "not a realm"),
        ({"kind": "lamp"}, "kind: lamp"),
        ({"colour": 1}, "colour is unknown"),
        ({"gateway": "00"}, "16 hex digits"),
        ({"interval_s": 0}, "interval_s is not positive"),
        ({"broker": {"host": "127.0.0.1"}}, "broker.port is missing"),
        ({"samples": "/nowhere.csv"}, "nowhere.csv"),
    ],
)
def test_unusable_configuration_ends_with_status_2_and_names_the_key(
    change: dict[str, object], message: str, tmp_path: Path
) -> None:
    device = DeviceProcess(tmp_path / "bin", 1, **change)
    with pytest.raises(subprocess.CalledProcessError) as caught:
        device.command("--info")
    assert caught.value.returncode == 2
    assert message in caught.value.stderr.decode()


def test_samples_of_another_kind_are_refused_and_not_passed_over_in_silence(tmp_path: Path) -> None:
    samples = tmp_path / "samples.csv"
    samples.write_text("seconds,soil,girth\n0,0.25,0.1\n")
    with DeviceProcess(tmp_path / "bin", 1, samples=str(samples)) as device:
        device.start()
        assert device.wait() == 2
        assert "no sensor of this kind" in device.log.read_text()


def test_samples_of_a_file_are_replayed_and_empty_cells_are_faults(nats: Broker, tmp_path: Path) -> None:
    samples = tmp_path / "samples.csv"
    samples.write_text("seconds,fill,temp\n0,0.25,3.5\n3600,0.5,\n7200,1.7,-3.04\n")
    with DeviceProcess(tmp_path / "bin", nats.port, samples=str(samples)) as device:
        public = public_of(device)
        kid = keys.kid(public)
        with TinyGateway(nats.port, REALM, {kid: public}) as gateway:
            device.start()
            seen: set[str] = set()

            def all_three() -> bool:
                for data in gateway.records[kid].values():
                    pack = record.decode(data).pack
                    told = [item for item in pack.measurements if item.name not in STARTED]
                    seen.add(json.dumps([[item.name, str(item.value)] for item in told]))
                return len(seen) >= 3

            gateway.wait(all_three)
    assert seen == {
        '[["fill", "0.25"], ["temp", "3.5"]]',
        '[["fill", "0.50"], ["fault", "temp:no-answer"]]',
        '[["temp", "-3.0"], ["fault", "fill:out-of-range"]]',
    }


def test_a_sample_is_of_one_line_of_the_file_however_fast_the_street_is(nats: Broker, tmp_path: Path) -> None:
    samples = tmp_path / "samples.csv"
    samples.write_text("seconds,fill,temp\n0,0.25,10\n3600,0.5,20\n7200,0.75,30\n")
    fast = {"speed": 20_000_000, "epoch": int(time.time()) - 10}  # a line holds for 180 µs
    with DeviceProcess(tmp_path / "bin", nats.port, samples=str(samples), **fast) as device:
        public = public_of(device)
        kid = keys.kid(public)
        with TinyGateway(nats.port, REALM, {kid: public}) as gateway:
            device.start()
            gateway.wait(lambda: len(gateway.records[kid]) >= 60)
            packs = [record.decode(data).pack for data in gateway.records[kid].values()]
    seen = {tuple(str(item.value) for item in pack.measurements if item.name not in STARTED) for pack in packs}
    assert seen == {("0.25", "10.0"), ("0.50", "20.0"), ("0.75", "30.0")}
