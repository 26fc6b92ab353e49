"""From a reading to a cosigned checkpoint, with a real gateway, a real broker and three real witness processes.

The device signs and sends one record; the gateway makes a batch of it at once; the backend commits it, signs a
checkpoint, and publishes it with two of three cosignatures. Wall time, until the published checkpoint covers it.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from civicroot_backend.genesis import Outside, Witness
from civicroot_backend.realm import Addresses
from civicroot_backend.service import Backend
from civicroot_wire import topic
from civicroot_wire.note import VerifierKey
from civicroot_wire.sodium import Signer

from tests.backend.city import REALM, City, signed_record
from tests.backend.processes import wait_until
from tests.gateway.live import GatewayProcess, LiveDevice
from tests.support.brokers import NatsBroker
from tests.witness import processes

READINGS, WARM = 100, 10  # the first ones open connections
QUORUM = 2
POLL_SECONDS = 0.001


@dataclass
class Side:
    """A gateway of this city, and a device, as the gateway's tests take them."""

    gateway: Signer
    key: Signer
    policy_file: Path

    @property
    def kid(self) -> bytes:
        """The device's."""
        return self.key.kid

    def write_policy(self, path: Path) -> None:
        """The city's policy."""
        path.write_bytes(self.policy_file.read_bytes())

    def topic(self, leaf: str, device: bytes) -> str:
        """The device's topics at this gateway."""
        return topic.of_device(self.gateway.kid, device, leaf)


def measure(folder: Path) -> list[float]:
    """Milliseconds of each reading, one after the other."""
    with _running(folder) as (backend, live, device):
        return [_one(backend, live, device, seq) for seq in range(READINGS + WARM)][WARM:]


def _one(backend: Backend, live: LiveDevice, device: Signer, seq: int) -> float:
    before = _size(backend)
    begun = time.perf_counter()
    live.add(signed_record(device, seq, base_time=None), first=seq)
    live.pump()
    while _size(backend) == before:
        if time.perf_counter() - begun > processes.SECONDS:
            raise AssertionError(f"reading {seq} is not covered by a cosigned checkpoint")
        time.sleep(POLL_SECONDS)
        live.pump()
    return 1000 * (time.perf_counter() - begun)


def _size(backend: Backend) -> int:
    found = backend.log.witnessed
    return 0 if found is None else found.size


@contextmanager
def _running(folder: Path) -> Iterator[tuple[Backend, LiveDevice, Signer]]:
    with ExitStack() as stack:
        witnesses = []
        for number in (1, 2, 3):
            place, name = folder / f"witness-{number}", f"w{number}.example"
            vkey = processes.init(place, name)
            witnesses.append((place, Witness(vkey, name, stack.enter_context(processes.WitnessProcess(place)).url)))
        broker = stack.enter_context(NatsBroker(folder / "broker"))
        addresses = Addresses(f"mqtt://{broker.host}:{broker.port}")
        city = City(folder / "city", addresses, REALM, Outside(tuple(item for _, item in witnesses), QUORUM))
        for place, _ in witnesses:
            processes.add_log(place, str(VerifierKey(f"{REALM}/log", city.log_key.public)))
        backend = Backend(city.config)
        stack.callback(backend.stop)
        gateway, device = city.enrolled(backend, "gateway/1", "gateway"), city.enrolled(backend, "bin/12", "device")
        backend.start(lambda: None)
        side = Side(gateway, device, city.config.policy_file)
        (folder / "gateway").mkdir()
        stack.enter_context(GatewayProcess(side, folder / "gateway", broker, max_records=1))  # type: ignore[arg-type]
        live = stack.enter_context(LiveDevice(side, broker, side))  # type: ignore[arg-type]
        wait_until(lambda: _size(backend) == 4 and live.client.is_connected(), "everything enrolled and connected")
        yield backend, live, device
