"""How long a tag stays awake for a computer at its port, and that a wake without one costs nothing."""

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from civicroot_device.buses import usb_host
from civicroot_device.buses.usb_host import UsbHost
from civicroot_device.provisioning import awake, visit
from civicroot_device.provisioning.awake import GONE_MS, LINGER_MS, LONGEST_MS, PAUSE_MS, QUIET_MS, Awake
from civicroot_device.tag.cycle import MOTION, POWER, TIMER, Sleep

TURN_MS = 100
HEAVY = "civicroot_device.provisioning.usb"


class Port:
    """A port with a clock; a computer is there while `plugged`, and sends a frame a millisecond."""

    def __init__(self, plugged: bool) -> None:
        self.now = 0
        self.plugged = plugged
        self.frames = 0
        self.pauses: list[int] = []

    def pass_by(self, ms: int) -> None:
        self.now += ms
        self.frames = (self.frames + (ms if self.plugged else 0)) % 2048

    def pause(self, ms: int) -> None:
        self.pauses.append(ms)
        self.pass_by(ms)

    def host(self) -> UsbHost:
        return UsbHost(lambda: self.frames, self.pause)


def lasts(port: Port, provisioned: bool, quiet_ms: int, heard: Callable[[int], bool] = lambda _: False) -> int:
    """Milliseconds until it no longer stays awake; LONGEST_MS * 2 if it does not end."""
    stay = Awake(port.host(), lambda: port.now, provisioned, quiet_ms)
    while port.now < LONGEST_MS * 2 and stay(heard(port.now)):
        port.pass_by(TURN_MS)
    return port.now


def test_a_provisioned_tag_stays_a_minute_after_the_last_word_and_a_quarter_of_an_hour_at_most() -> None:
    assert lasts(Port(True), True, PAUSE_MS) == PAUSE_MS
    assert lasts(Port(True), True, PAUSE_MS, lambda now: now == 30_000) == 30_000 + PAUSE_MS
    assert lasts(Port(True), True, PAUSE_MS, lambda _: True) == LONGEST_MS


def test_a_provisioned_tag_sleeps_when_the_computer_is_gone_whatever_is_heard() -> None:
    assert lasts(Port(False), True, PAUSE_MS, lambda _: True) == GONE_MS


def test_a_new_tag_stays_while_a_computer_is_there_and_ten_minutes_without_one() -> None:
    assert lasts(Port(True), False, QUIET_MS) == LONGEST_MS * 2
    assert lasts(Port(False), False, QUIET_MS) == QUIET_MS
    assert lasts(Port(False), False, QUIET_MS, lambda now: now == 5_000) == 5_000 + QUIET_MS
    assert lasts(Port(False), False, 0) == GONE_MS  # at a wake: LINGER_MS before it, and this


def test_a_computer_is_seen_by_its_frames_alone() -> None:
    port = Port(False)
    port.frames = 77  # of a computer that is gone
    host = port.host()
    assert not host.seen() and not host.seen_within(0)
    port.plugged = True
    assert host.seen_within(LINGER_MS) and sum(port.pauses) == usb_host.LOOK_MS
    assert not host.seen()
    port.pass_by(3)
    assert host.seen()


@pytest.mark.parametrize(("why", "waited"), [(TIMER, 0), (MOTION, 0), (POWER, LINGER_MS)])
def test_a_wake_without_a_computer_neither_waits_nor_loads_anything_but_after_power(
    monkeypatch: pytest.MonkeyPatch, why: str, waited: int
) -> None:
    """So the power table of hardware/power holds: its wakes are the timer's and motion's."""
    port = Port(False)
    monkeypatch.setattr(usb_host, "of", lambda _board, _data: port.host())
    monkeypatch.delitem(sys.modules, HEAVY, raising=False)
    # Neither board nor store is touched: they are none.
    made = visit.Visit(SimpleNamespace(data="/data"), None, "/config.json")  # type: ignore[arg-type]
    port.pass_by(700)  # a long wake
    sleep = Sleep(3_600_000, True)
    made(None, sleep, why)  # type: ignore[arg-type]
    assert (sum(port.pauses), sleep.ms, sleep.motion) == (waited, 3_600_000, True)
    assert HEAVY not in sys.modules


def test_a_visit_shortens_the_sleep_by_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    port = Port(True)
    served: list[str] = []
    monkeypatch.setattr(usb_host, "of", lambda _board, _data: port.host())

    class Device:
        def __init__(self, *_: Any) -> None:
            self.ms = lambda: 40_000

    modules: dict[str, dict[str, Any]] = {
        "civicroot_device.boots": {"Boots": lambda _: None},
        "civicroot_device.device": {"Device": Device},
        "civicroot_device.storage.flash": {"Flash": lambda _: None},
        HEAVY: {"visited": lambda _device, path, _host: served.append(path)},
    }
    for name, content in modules.items():
        monkeypatch.setitem(sys.modules, name, SimpleNamespace(**content))
    import civicroot_device.provisioning as package  # noqa: PLC0415 (`from … import usb` looks there first)

    monkeypatch.setattr(package, "usb", sys.modules[HEAVY], raising=False)
    made = visit.Visit(SimpleNamespace(data="/data"), None, "/config.json")  # type: ignore[arg-type]
    port.pass_by(700)
    for before, after in ((3_600_000, 3_560_000), (10_000, visit.LEAST_SLEEP_MS)):
        sleep = Sleep(before, False)
        made(None, sleep, TIMER)  # type: ignore[arg-type]
        port.pass_by(5)
        assert sleep.ms == after
    assert served == ["/config.json", "/config.json"]
    assert awake.PAUSE_MS < awake.LONGEST_MS
