"""The gateway as a process on a bad line: cut, slow, capped; and its certificate is renewed while records flow."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from civicroot_wire import record
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sequence import Sequence

from tests.support.brokers import HOST, Broker, MosquittoBroker, NatsBroker
from tests.support.certificates import Authority
from tests.support.tcp_proxy import TcpProxy

from .city import NOW, REALM, City, Device
from .live import GatewayProcess, LiveBackend, LiveDevice, eventually
from .tls_brokers import TlsMosquitto

BROKERS = [NatsBroker, MosquittoBroker]
CUTS = 30 if os.environ.get("CIVICROOT_SOAK") else 3  # the pauses after each grow to four seconds
A_CUT = 40  # records before each: more than the bytes after which the line is cut
RECORDS = 120
RATE = 10_000  # bytes/s


def _deposit(device: Device, seq: int) -> bytes:
    """A record that somebody waits for at the bin."""
    pack = Pack([Measurement("deposit", DecimalFraction(-1, 12), "kg")], NOW)
    return record.sign(device.kid, Sequence(seq), pack, REALM, device.key)


@contextmanager
def _pumped(*devices: LiveDevice) -> Iterator[None]:
    """The devices send what is due meanwhile."""
    stop = threading.Event()

    def pump() -> None:
        while not stop.wait(0.02):  # the devices' own clock
            for device in devices:
                device.pump()

    thread = threading.Thread(target=pump)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


class Street:
    """A devices' broker, an uplink broker behind a line, one device, and the gateway's configuration."""

    def __init__(self, stack: ExitStack, kind: type[Broker], folder: Path, extra: str = "", **limits: float) -> None:
        (folder / "up").mkdir()
        self.city = City()
        self.device = self.city.device()
        near, far = stack.enter_context(kind(folder)), stack.enter_context(kind(folder / "up"))
        self.line = stack.enter_context(TcpProxy(far.host, far.port))
        self.backend = stack.enter_context(LiveBackend(self.city, far))
        self.live = stack.enter_context(LiveDevice(self.city, near, self.device, chunk=16))
        gateway = GatewayProcess(self.city, folder, near, self.line, extra=extra, **limits)
        self.gateway = stack.enter_context(gateway)
        eventually(lambda: self.gateway.is_ready(self.city), "links and enrolments")

    def send(self, *records: bytes, first: int) -> None:
        """The device's records, until they are acknowledged."""
        self.live.add(*records, first=first)
        with _pumped(self.live):
            eventually(lambda: not self.live.waiting, "acknowledgements")

    def delivered(self, count: int) -> None:
        """So many records arrive at the backend, none twice, and the gateway forgets them."""
        eventually(lambda: len(self.backend.committed) >= count, f"{count} records at the backend")
        assert len(self.backend.committed) == len(set(self.backend.committed)) == count
        assert all(len(contents) == 1 for contents in self.backend.batches.values())
        eventually(lambda: self.gateway.status()["batches_waiting"] == 0, "every verdict")


@pytest.mark.parametrize("kind", BROKERS, ids=lambda kind: kind.name)
def test_uplink_cut_in_the_middle_of_batches_delivers_each_record_once(kind: type[Broker], tmp_path: Path) -> None:
    with ExitStack() as stack:
        street = Street(stack, kind, tmp_path)
        street.line.delay, street.line.loss = 0.02, 0.05
        with _pumped(street.live):
            for cut in range(CUTS):
                numbers = range(cut * A_CUT, (cut + 1) * A_CUT)
                street.live.add(*[street.device.record(number) for number in numbers], first=numbers.start)
                seen = street.backend.seen
                street.line.cut_after(1000)
                eventually(lambda seen=seen: street.backend.seen > seen, "a batch in spite of the cut")
        eventually(lambda: not street.live.waiting, "acknowledgements")
        street.delivered(CUTS * A_CUT)
        assert street.line.connections > CUTS // 2


@pytest.mark.parametrize("kind", BROKERS, ids=lambda kind: kind.name)
def test_backlog_leaves_oldest_first_and_a_deposit_before_it(kind: type[Broker], tmp_path: Path) -> None:
    with ExitStack() as stack:
        street = Street(stack, kind, tmp_path, f"[uplink]\nbytes_per_second = {RATE}\n", urgent_age=0.1)
        street.line.refuse()
        ordinary = [street.device.record(number) for number in range(RECORDS)]
        street.send(*ordinary, first=0)
        deposit = _deposit(street.device, RECORDS)
        street.send(deposit, first=RECORDS)
        eventually(lambda: street.gateway.status()["batches_waiting"] == RECORDS // 20 + 1, "the deposit's batch")
        assert not street.backend.committed
        street.line.restore()
        street.delivered(RECORDS + 1)
        found = street.backend.committed
        assert found[0] == deposit
        assert found[1:] == ordinary
        street.send(_deposit(street.device, RECORDS + 1), first=RECORDS + 1)
        street.delivered(RECORDS + 2)


def test_bandwidth_cap_is_kept_and_deposits_pass_it(tmp_path: Path) -> None:
    with ExitStack() as stack:
        street = Street(stack, NatsBroker, tmp_path, f"[uplink]\nbytes_per_second = {RATE}\n", max_records=10)
        street.line.refuse()
        ordinary = [street.device.record(number) for number in range(2 * RECORDS)]
        street.send(*ordinary, first=0)
        street.line.restore()
        eventually(lambda: street.backend.committed, "the first batch")
        before, began = street.line.sent_up, time.monotonic()
        eventually(lambda: len(street.backend.committed) > RECORDS, "half of them")
        waits = time.monotonic()
        deposit = _deposit(street.device, 2 * RECORDS)
        street.send(deposit, first=2 * RECORDS)
        eventually(lambda: deposit in street.backend.committed, "the deposit")
        assert len(street.backend.committed) < 2 * RECORDS  # it did not wait for the others
        print(f"deposit after {time.monotonic() - waits:.2f} s")
        street.delivered(2 * RECORDS + 1)
        sent, seconds = street.line.sent_up - before, time.monotonic() - began
        octets = sum(map(len, ordinary))
        print(f"{octets} bytes of records, {sent} sent in {seconds:.2f} s")
        assert sent <= RATE * seconds + RATE + 6000  # a bucket, a batch, and all that is not batches
        assert sent > 0.7 * octets and seconds < 3 * octets / RATE


def test_certificate_is_renewed_while_records_flow_and_the_process_stays(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    own = authority.issue("gateway")
    files = f'ca = "{authority.pem}"\ncertificate = "{own[0]}"\nkey = "{own[1]}"\n'
    with ExitStack() as stack:
        broker = stack.enter_context(TlsMosquitto(tmp_path, authority.pem, *authority.issue("server")))
        city = City()
        devices = [city.device(), city.device()]
        backend = stack.enter_context(LiveBackend(city, broker))
        live = [stack.enter_context(LiveDevice(city, broker, device)) for device in devices]
        gateway = GatewayProcess(city, tmp_path, broker, extra=f"[devices.tls]\n{files}[uplink.tls]\n{files}")
        plain = f"mqtt://{HOST}:{broker.port}"
        secure = f"mqtts://{HOST}:{broker.tls_port}"
        gateway.config.write_text(gateway.config.read_text().replace(plain, secure))
        stack.enter_context(gateway)
        eventually(lambda: gateway.is_ready(city), "links and enrolments")
        pid = gateway.pid
        with _pumped(*live):
            for one in live:
                one.add(*[one.device.record(number) for number in range(RECORDS)], first=0)
            for renewal in (1, 2):
                goal = renewal * RECORDS // 3
                eventually(lambda goal=goal: len(live[0].acknowledged) >= goal, "progress")
                authority.issue("gateway", lasts=timedelta(days=10 * renewal))
                os.kill(pid, signal.SIGHUP)
                wanted = 2 * renewal
                eventually(lambda wanted=wanted: _renewals(gateway) == wanted, "both links with the new certificate")
            eventually(lambda: not any(one.waiting for one in live), "acknowledgements")
        eventually(lambda: len(backend.committed) >= 2 * RECORDS, "delivery")
        expected = Counter(device.record(number) for device in devices for number in range(RECORDS))
        assert Counter(backend.committed) == expected
        assert gateway.pid == pid and gateway.stop() == 0
        ending = [event for event in gateway.events() if event["event"] == "TLS certificate ends"]
        assert ending and all(event["days"] <= 10 for event in ending)  # of ten days, less than two weeks


def _renewals(gateway: GatewayProcess) -> int:
    return sum(event["event"] == "link changes to its new certificate" for event in gateway.events())
