"""Fifty simulated devices of a real backend: told by its own roll, judging by the firmware's own rules.

What is simulated is what happens on a device: it fetches nothing and starts nothing, but says in signed records, in
batches of an enrolled gateway, what the firmware would say. No broker is needed: what a gateway is told is read from
the roll, by which the backend's announcer goes.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from civicroot_backend import realm
from civicroot_backend.announce.roll import Roll
from civicroot_backend.log import kinds
from civicroot_device.update.manifest import Rules, judge
from civicroot_wire import release
from civicroot_wire.errors import TrustError
from civicroot_wire.senml import Measurement
from civicroot_wire.sodium import Signer

from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.city import City
from tests.support.brokers import free_port

DEVICES, TARGET = 50, "smart-bin-s3"
OLD, NEW = (0, 2, 0), (0, 3, 0)
GOOD, BAD, SILENT = "good", "bad", "silent"
LOOK = 0.02  # seconds between two looks into the log


class Device:
    """A bin that runs `version`; `turns_out` says what the new version does on it."""

    def __init__(self, city: OpenCity, subject: str, releaser: bytes) -> None:
        self.subject = subject
        self.turns_out = GOOD
        self.version = OLD
        self.told: list[bytes] = []
        self._city = city
        self._key = city.enrol_device(subject)
        self._rules = Rules(city.city.realm, subject, TARGET, releaser)
        self._seq = 0

    @property
    def kid(self) -> bytes:
        return self._key.kid

    def says(self, name: str, value: str) -> bytes:
        """A signed record, the next one."""
        self._seq += 1
        return self._city.report(self._key, self._seq - 1, [Measurement(name, value)])

    def reports(self) -> bytes:
        """A record that says which version made it."""
        return self.says("version", text(self.version))

    def follow(self, manifest: bytes) -> list[bytes]:
        """The records in which the device says what became of it, as `updates.py` of the firmware does."""
        try:
            found = judge(manifest, self._rules, self.version, self.version)
        except TrustError as error:
            return [self.says("update", "refused " + error.reason)]
        assert found is not None
        if self.turns_out == SILENT:
            return []
        if self.turns_out == BAD:
            return [self.says("update", text(found.version) + " rolled-back"), self.reports()]
        self.version = found.version
        return [self.reports(), self.says("update", text(found.version) + " committed"), self.reports()]


class Street:
    """The devices; a thread of their own follows what the backend tells them."""

    def __init__(self, city: OpenCity, releaser: Signer) -> None:
        self.city = city
        self.devices = {name: Device(city, name, releaser.public) for name in (f"bin/{n}" for n in range(DEVICES))}
        self.answering = threading.Event()  # cleared: they are told, but say nothing yet
        self.answering.set()
        self.hold_at = 0  # when so many have been told, `answering` is cleared
        self.failed: list[BaseException] = []
        self._by_kid = {device.kid: device for device in self.devices.values()}
        self._roll = Roll()
        self._waiting: list[tuple[Device, bytes]] = []
        self._moved = threading.Condition()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="street")
        city.commit([device.reports() for device in self.devices.values()])

    def told(self) -> set[str]:
        """Which devices were told anything."""
        return {device.subject for device in self.devices.values() if device.told}

    def until(self, done: Callable[[], bool]) -> None:
        """Wait until it is so; asked again whenever a device is told or says something."""
        with self._moved:
            assert self._moved.wait_for(lambda: bool(self.failed) or done(), 60), "it never came to that"
        assert not self.failed

    def turn_out(self, how: str, *subjects: str) -> None:
        """What the new version does on some."""
        for subject in subjects:
            self.devices[subject].turns_out = how

    def settled(self, told: set[str]) -> None:
        """Wait until all of these have heard it, and said what they have to say."""
        self.until(lambda: self.told() == told and not self._waiting)

    @contextmanager
    def awake(self) -> Iterator[None]:
        """They follow what they are told until the block ends."""
        self._thread.start()
        try:
            yield
        finally:
            self._end.set()
            self._thread.join()
        assert not self.failed

    def _run(self) -> None:
        try:
            while not self._end.wait(LOOK):
                self._step()
        except BaseException as error:  # the test says what it was
            self.failed.append(error)
            with self._moved:
                self._moved.notify_all()
            raise

    def _step(self) -> None:
        published = self.city.backend.published
        assert published is not None
        if not self._roll.covers(published.size):
            with self.city.backend.database.read() as connection:
                news = list(self._roll.take_up(connection, published.size))
            for notice, index in news:
                if notice.kind == kinds.RELEASE:
                    self._hears(self._by_kid[notice.kid], self.city.backend.receipts.entry(index))
        if self.answering.is_set() and self._waiting:
            waiting = list(self._waiting)
            records = [found for device, manifest in waiting for found in device.follow(manifest)]
            if records:
                self.city.commit(records)
            with self._moved:
                self._waiting = self._waiting[len(waiting) :]
                self._moved.notify_all()

    def _hears(self, device: Device, manifest: bytes) -> None:
        assert release.decode(manifest).subject == device.subject
        with self._moved:
            device.told.append(manifest)
            self._waiting.append((device, manifest))
            if len(self.told()) == self.hold_at:
                self.answering.clear()
            self._moved.notify_all()


class Scene:
    """A served city with its street, and a release key in a file."""

    def __init__(self, served: Served, releaser: Signer, street: Street, key: Path) -> None:
        self.served, self.releaser, self.street, self.key = served, releaser, street, key

    @property
    def town(self) -> City:
        return self.served.city.city

    def logged(self) -> list[str]:
        """The subjects of all releases in the log, in its order, one for each entry."""
        found: list[str] = []
        cursor = ""
        while True:
            page = self.served.client.get(f"/api/v1/entries?kind=release&limit=200{cursor}").json()
            found += [item["subject"] for item in page["entries"]]
            if page["next"] is None:
                return found[::-1]
            cursor = f"&cursor={page['next']}"


@contextmanager
def made(folder: Path) -> Iterator[Scene]:
    """A running city; its devices are awake."""
    city = OpenCity(folder, realm.Addresses(f"mqtt://127.0.0.1:{free_port()}"))
    failed: list[bool] = []
    releaser = city.city.enrolled(city.backend, "release/1", "release")
    key = folder / "release.key"
    key.write_bytes(releaser.seed)
    key.chmod(0o600)
    street = Street(city, releaser)
    city.publish()
    city.backend.start(lambda: failed.append(True))
    try:
        with serve(city) as served, street.awake():
            yield Scene(served, releaser, street, key)
    finally:
        city.close()
    assert not failed


def text(version: tuple[int, ...]) -> str:
    """As devices say it."""
    return ".".join(map(str, version))
