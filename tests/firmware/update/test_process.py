"""Real processes: a device in MicroPython, a real gateway, broker and backend; releases of the whole firmware.

The device starts from the factory's copy, is brought to a release of the same files with another version string, and
then to two broken ones, one that does not boot and one that cannot report. It ends on the one that reports.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
import starter
from civicroot_backend.artefacts.shelf import offer
from civicroot_backend.service import Backend
from civicroot_device import boots
from civicroot_device.storage.flash import Flash
from civicroot_wire import enrolment, record, release, state, topic
from civicroot_wire.cbor import first_item
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.release import Release
from paho.mqtt.enums import CallbackAPIVersion

from tests.backend.city import City
from tests.backend.test_bus import founded, running
from tests.firmware.device_process import DeviceProcess
from tests.gateway.live import eventually
from tests.support.brokers import Broker
from tests.support.micropython import ROOT
from tests.system.test_told_from_the_city import Gateway, brokers

SUBJECT, TARGET = "bin/7", "smart-bin"
NONCE = bytes(16)
FIRST = (0, 3, 0)
TRIAL_S = 4
SETTLED = 'VERSION = "0.2.0"'
VERSION_FILE = "lib/civicroot_device/version.py"
START_FILE = "lib/civicroot_device/start.py"
REPORTER_FILE = "lib/civicroot_device/reporting/reporter.py"


def application() -> dict[str, bytes]:
    """The files of this checkout that a bin's release has, by their paths in a slot."""
    found = {}
    for top, base in (("civicroot_device", ROOT / "firmware" / "lib"), ("civicroot_wire", ROOT / "wire" / "src")):
        for path in sorted((base / top).rglob("*.py")):
            if path.name != "sodium.py" and path.parent.name != "tag":  # of CPython, and of tags
                found["lib/" + path.relative_to(base).as_posix()] = path.read_bytes()
    return found


class Watch:
    """What the device says on its topics: its states, and the measurements of its records."""

    def __init__(self, broker: Broker, gateway: bytes) -> None:
        self.versions: list[str] = []
        self.told: list[tuple[str, Any]] = []
        self._lock = threading.Lock()
        self._prefix = topic.PREFIX + gateway.hex()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="watch")
        self._client.on_connect = self._connected
        self._client.on_message = self._received
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, client: paho.Client, *_: object) -> None:
        client.subscribe([(f"{self._prefix}/+/{leaf}", 1) for leaf in (topic.UP, topic.STATE)])

    def _received(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        _, _, leaf = topic.parse(message.topic)
        with self._lock:
            if leaf == topic.STATE:
                found = state.decode(bytes(message.payload))
                if found.online and found.version is not None:
                    self.versions.append(found.version)
                return
            data = bytes(message.payload)
            while data:
                end = first_item(data, 0)
                self.told += [(one.name, one.value) for one in record.decode(data[:end]).pack.measurements]
                data = data[end:]


class Device(DeviceProcess):
    """Starts again whenever it ends, as a board does."""

    def keep_running(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            self.wait()
        if self._process is None:
            self.start()

    def slots(self) -> starter.State:
        """What starter.py would read."""
        return starter.read(starter.Disk(str(self.folder))) or starter.State()


class Town:
    """A city, its gateway and one device."""

    def __init__(self, city: City, backend: Backend, gateway: Gateway, device: Device, watch: Watch) -> None:
        self.city, self.backend, self.gateway, self.device, self.watch = city, backend, gateway, device, watch
        self.releaser = city.enrolled(backend, "release/1", "release")

    def enrol(self) -> None:
        """The device's own key, with its request."""
        found = self.device.command("--possession", NONCE.hex(), SUBJECT)
        request, public = bytes.fromhex(found["possession"]), bytes.fromhex(found["public"])
        city = self.city
        about = Enrolment(SUBJECT, public, "device", request)
        self.backend.submit(enrolment.sign(about, city.registrar.kid, "the registrar", city.realm, city.registrar))

    def release(self, version: tuple[int, int, int], files: dict[str, bytes]) -> None:
        """Make the release of these files and offer it."""
        for data in files.values():
            if data:
                offer(self.backend.store, data)
        items = [(path, len(data), hashlib.sha256(data).digest()) for path, data in sorted(files.items())]
        about = Release(SUBJECT, version, TARGET, (0, 2, 0), items)
        signed = release.sign(about, self.releaser.kid, "release/1", self.city.realm, self.releaser)
        self.backend.submit(signed)

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Keep the device running until it is so."""

        def holds() -> object:
            self.device.keep_running()
            return condition()

        eventually(holds, what)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with brokers(tmp_path, one=False) as (devices, uplink):
        city = founded(tmp_path, uplink)
        city.now = int(time.time())
        with running(city) as backend:
            key = city.enrolled(backend, "gateway/1", "gateway")
            (tmp_path / "gateway").mkdir()
            device = Device(
                tmp_path / "device",
                devices.port,
                gateway=key.kid.hex(),
                subject=SUBJECT,
                target=TARGET,
                trial_s=TRIAL_S,
                interval_s=0.5,
                sample_s=0.2,
            )
            watch = Watch(devices, key.kid)
            try:
                with Gateway(city, key, tmp_path / "gateway", devices, uplink) as gateway, device:
                    found = Town(city, backend, gateway, device, watch)
                    device.configuration["release"] = found.releaser.public.hex()
                    found.enrol()
                    yield found
            finally:
                watch.close()


def changed(version: str, **files: bytes) -> dict[str, bytes]:
    """The application with another version string, and some other files."""
    found = application()
    found[VERSION_FILE] = found[VERSION_FILE].replace(SETTLED.encode(), f'VERSION = "{version}"'.encode())
    assert found[VERSION_FILE] != application()[VERSION_FILE]
    return found | files


@pytest.mark.system
def test_releases_of_the_firmware_itself_by_real_processes(town: Town) -> None:
    device, watch = town.device, town.watch
    town.until(lambda: "0.2.0" in watch.versions and ("boots", 1) in watch.told, "it reports")

    # 1. The same firmware with another version string, and a larger file that is fetched in many pieces.
    good = changed("0.3.0")
    good[REPORTER_FILE] += b"# " + b"larger " * 2000 + b"\n"
    town.release((0, 3, 0), good)
    town.until(lambda: ("update", "0.3.0 committed") in watch.told, "0.3.0 is kept")
    assert "0.3.0" in watch.versions
    assert ("reset", "update") in watch.told
    assert (device.slots().followed, device.slots().trial) == (1, starter.FACTORY)
    assert device.folder.joinpath("a", VERSION_FILE).read_bytes() == good[VERSION_FILE]

    # 2. One that does not boot.
    town.release((0, 4, 0), changed("0.4.0", **{START_FILE: b'raise ValueError("this version does not boot")\n'}))
    town.until(lambda: ("update", "0.4.0 rolled-back") in watch.told, "0.4.0 is rolled back")
    assert "0.4.0" not in watch.versions
    assert device.log.read_text().count("this version does not boot") == starter.TRIAL_STARTS

    # 3. One that boots and connects, but whose records never leave.
    files = changed("0.5.0")
    files[REPORTER_FILE] = files[REPORTER_FILE].replace(b"return self._delivery.poll(now_ms)", b"return None")
    assert files[REPORTER_FILE] != good[REPORTER_FILE]
    town.release((0, 5, 0), files)
    town.until(lambda: ("update", "0.5.0 rolled-back") in watch.told, "0.5.0 is rolled back")
    assert "0.5.0" in watch.versions
    assert "0.5.0 is rolled back: nothing delivered in 4 s" in device.log.read_text()

    # 4. It still reports, as the version that worked.
    seen = len(watch.told)
    town.until(lambda: len(watch.told) > seen + 10, "it reports on")
    assert watch.versions[-1] == "0.3.0"

    # 5. Safe mode takes an update too, and it may well be what the device was waiting for.
    device.kill()
    for _ in range(boots.SAFE_AFTER):
        boots.Boots(Flash(device.configuration["data"])).begin(boots.POWER_ON)
    town.until(lambda: ("fault", "device:safe-mode") in watch.told, "it is in safe mode")
    town.release((0, 6, 0), changed("0.6.0"))
    town.until(lambda: ("update", "0.6.0 committed") in watch.told, "0.6.0 is kept")
    assert (device.slots().followed, device.slots().previous) == (2, 1)
    town.until(lambda: any(name == "fill" for name, _ in watch.told[-20:]), "it measures again")
    device.kill()
    assert device.command("--info")["version"] == "0.6.0"
