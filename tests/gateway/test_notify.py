"""What systemd hears of a gateway, over a real datagram socket."""

import os
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from civicroot_gateway.operate import notify, supervision
from civicroot_gateway.operate.notify import Notifier, Watchdog

from .service_manager import ServiceManager
from .supervised import DEVICES_UP, UP, WELL, Supervised, standing

WATCHDOG = 0.2  # seconds that the tests' systemd allows


@pytest.mark.parametrize("abstract", [False, True], ids=["path", "abstract"])
def test_ready_status_and_stopping_are_said_in_this_order(
    tmp_path: Path, abstract: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "FIRST_STATUS", 0.0)
    with ServiceManager(abstract=abstract) as manager:
        with Supervised(tmp_path, manager.environment):
            assert manager.hear(5) == "READY=1\nSTATUS=started"
            assert (
                manager.hear(5)
                == "STATUS=420 records spooled, room for 90 d at the present rate; devices up, uplink up"
            )
        assert manager.hear(5) == "STOPPING=1\nSTATUS=stopping"


def test_status_names_alarms_first() -> None:
    snapshot = replace(standing(alarms=["spool-full"]), links=(DEVICES_UP, replace(UP, up=False, seconds=9.0)))
    assert supervision.summary(snapshot).startswith("ALARM spool-full; 420 records spooled")
    assert supervision.summary(snapshot).endswith("devices up, uplink down")


def test_watchdog_is_pinged_while_the_loop_turns_and_not_while_it_hangs(tmp_path: Path) -> None:
    with ServiceManager(WATCHDOG) as manager, Supervised(tmp_path, manager.environment) as gateway:
        for _ in range(5):
            manager.wait_for("WATCHDOG=1", WATCHDOG * 25)
        gateway.block()
        manager.drain()
        assert manager.hear(WATCHDOG * 5) is None  # the page's threads live on, and say nothing
        gateway.resume()
        manager.wait_for("WATCHDOG=1")


def test_spool_that_fails_for_long_lets_the_watchdog_go_but_a_full_disk_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "FAILING_PATIENCE", 0.0)
    monkeypatch.setattr(supervision, "FIRST_STATUS", 0.0)
    monkeypatch.setattr(supervision, "STATUS_INTERVAL", 0.05)
    with ServiceManager(WATCHDOG) as manager, Supervised(tmp_path, manager.environment) as gateway:
        gateway.snapshot = replace(standing(alarms=["disk-full"]), failing="database or disk is full")
        manager.wait_for("ALARM spool-failing")
        manager.wait_for("WATCHDOG=1")
        gateway.snapshot = replace(WELL, failing="disk I/O error")
        manager.wait_for("STATUS=ALARM spool-failing; ")
        manager.drain()
        manager.wait_for("STATUS=")
        assert not any("WATCHDOG" in said for said in manager.drain())
        gateway.snapshot = WELL
        manager.wait_for("WATCHDOG=1")


def test_reload_is_said(tmp_path: Path) -> None:
    with ServiceManager() as manager, Supervised(tmp_path, manager.environment) as gateway:
        gateway.supervision.reloading()
        manager.wait_for("RELOADING=1\nMONOTONIC_USEC=")
        gateway.supervision.reloaded()
        assert manager.wait_for("READY=1") == "READY=1"


def test_without_systemd_nothing_is_said_and_nothing_fails(tmp_path: Path) -> None:
    notifier = Notifier({})
    notifier.send("READY=1")
    assert not notifier.heard
    watchdog = Watchdog(notifier, {}, lambda: 0.0)
    watchdog.turned(alive=True)
    assert watchdog.wait() == float("inf")


def test_service_manager_that_does_not_listen_stops_nothing(tmp_path: Path) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    notifier.send("READY=1")
    notifier.close()
    notifier.send("READY=1")


@pytest.mark.parametrize(
    ("environment", "interval"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_watchdog_keeps_half_of_what_systemd_allows_this_process(
    environment: dict[str, str], interval: float | None
) -> None:
    assert notify._interval(MappingProxyType(environment)) == interval
