"""Many devices, each the real firmware in a MicroPython process with a folder for its flash.

A thread starts a device again whenever it ends, as a board does, and cuts the power of those that are to lose it.
"""

import json
import os
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import starter

from tests.firmware.device_process import DeviceProcess

LOOK_SECONDS = 0.02  # between two looks at all of them
AT_ONCE = 2  # commands of devices
NONCE = bytes(16)
PACKAGE = "lib/civicroot_device"
FIRST_SLOT = "a"
ON_TRIAL, OVER = 1000, 2000  # after any number of files


class Device(DeviceProcess):
    """One bin. Its power is cut once, when its first update is at `cut_at`; `was_cut`: where it was at that moment."""

    cut_at: int | None = None
    was_cut: int | None = None

    @property
    def subject(self) -> str:
        return str(self.configuration["subject"])

    def request(self) -> dict[str, Any]:
        """What the registrar enrols: the device's own signed request."""
        answer = self.command("--possession", NONCE.hex(), self.subject)
        proof = {"public": answer["public"], "possession": answer["possession"]}
        return {"subject": self.subject, "role": "device", "simulated": True, **proof}

    def slots(self) -> starter.State:
        """What starter.py would read."""
        return starter.read(starter.Disk(str(self.folder))) or starter.State()

    def look(self) -> None:
        """Start it if it does not run; cut its power if it is time for that."""
        if self._process is not None and self._process.poll() is not None:
            self.wait()
        if self._process is None:
            self.start()
        elif self.cut_at is not None and self.place() >= self.cut_at:
            self.kill()
            self.was_cut = self.place()
            self.cut_at = None

    def place(self) -> int:
        """How far its first update is: how many files it has of the largest folder; ON_TRIAL; OVER."""
        state = self.slots()
        if state.followed != starter.FACTORY:
            return OVER
        if state.trial != starter.FACTORY:
            return ON_TRIAL
        try:
            return sum(1 for item in os.scandir(self.folder / FIRST_SLOT / PACKAGE) if item.is_file())
        except FileNotFoundError:
            return 0


class Street:
    """All devices, by subject."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self.devices = {device.subject: device for device in devices}
        self._lock = threading.Lock()
        self._failed: list[BaseException] = []
        self._end = threading.Event()

    def requests(self) -> str:
        """For `civicroot enrol --from`."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(Device.request, self.devices.values()))
        return "".join(json.dumps(request) + "\n" for request in found)

    def configure(self, subjects: Iterable[str], **more: Any) -> None:
        """Give some devices another configuration: they end cleanly, and start with it."""
        with self._lock:
            for subject in subjects:
                device = self.devices[subject]
                device.configuration |= more
                device.interrupt()

    @contextmanager
    def awake(self) -> Iterator[None]:
        """They run until the block ends."""
        thread = threading.Thread(target=self._run, name="street")
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join()
            for device in self.devices.values():
                device.kill()
        assert not self._failed, self._failed

    def _run(self) -> None:
        try:
            while not self._end.wait(LOOK_SECONDS):
                for device in self.devices.values():
                    with self._lock:
                        device.look()
        except BaseException as error:  # the test says what it was
            self._failed.append(error)
            raise
