"""Safe mode: what a device does after boots that came to nothing, and how it gets out again."""

import asyncio
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from civicroot_device.boots import SAFE_AFTER, Boots
from civicroot_device.reporting.kinds import KINDS
from civicroot_device.safe_mode import RETRY_MS, SafeMode
from civicroot_device.storage.flash import Flash
from civicroot_wire import keys, record

from tests.firmware.device_process import REALM, DeviceProcess
from tests.firmware.test_device import public_of, wait_for_log
from tests.firmware.test_homes import OPERATOR, SUBJECT, signed
from tests.firmware.test_tuning import signed as tuned
from tests.firmware.tiny_gateway import TinyGateway
from tests.support.brokers import Broker, NatsBroker
from tests.support.micropython import ROOT, micropython_binary

NOBODY = 1  # a port on which no broker listens
BOARD = ROOT / "firmware" / "boards" / "smart_bin.json"


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Broker]:
    with NatsBroker(tmp_path) as running:
        yield running


def fail(device: DeviceProcess, times: int = SAFE_AFTER) -> None:
    """Boots that end before they come to anything: nobody answers, and the process is killed."""
    for _ in range(times):
        before = device.command("--info")["boots"]
        device.start()
        wait_for_log(device, f"boot {before + 1} ")
        device.kill()


def told(data: bytes) -> dict[str, Any]:
    """name -> value of a record."""
    return {item.name: item.value for item in record.decode(data).pack.measurements}


def test_after_failed_boots_a_device_says_how_it_is_and_measures_nothing_else(nats: Broker, tmp_path: Path) -> None:
    with DeviceProcess(tmp_path / "bin", NOBODY, limit=0) as device:
        fail(device, SAFE_AFTER - 1)
        assert not device.command("--info")["safe_mode"]
        fail(device, 1)
        assert device.command("--info")["safe_mode"]
        device.configuration["broker"]["port"] = nats.port
        del device.configuration["limit"]
        public = public_of(device)
        kid = keys.kid(public)
        with TinyGateway(nats.port, REALM, {kid: public}) as gateway:
            device.start()
            gateway.wait(lambda: len(gateway.records[kid]) >= 4)
            assert device.interrupt() == 0
            records = [told(gateway.records[kid][seq]) for seq in sorted(gateway.records[kid])]
        assert records[0]["boots"] == SAFE_AFTER + 1
        assert records[0]["reset"] == "power-on"
        assert set().union(*records) <= {"boots", "reset", "fault", "battery"}
        assert all("device:safe-mode" in found["fault"] for found in records)
        assert all("battery" in found for found in records)
        assert device.command("--info")["reset"] == "power-on"
        assert device.command("--info")["safe_mode"]  # that it delivered says nothing of the rest


def test_a_boot_that_delivers_is_good_and_forgets_those_before(nats: Broker, tmp_path: Path) -> None:
    with DeviceProcess(tmp_path / "bin", nats.port) as device:
        fail(device, 0)
        device.configuration["broker"]["port"] = NOBODY
        fail(device, SAFE_AFTER - 1)
        device.configuration["broker"]["port"] = nats.port
        public = public_of(device)
        kid = keys.kid(public)
        with TinyGateway(nats.port, REALM, {kid: public}) as gateway:
            device.start()
            gateway.wait(lambda: gateway.waiting.get(kid) == 0)
            gateway.wait(lambda: device.command("--info")["failed_boots"] == 0)
            assert device.interrupt() == 0
        info = device.command("--info")
        assert (info["boots"], info["failed_boots"], info["safe_mode"]) == (SAFE_AFTER, 0, False)


def test_the_operators_configuration_gives_it_another_chance(nats: Broker, tmp_path: Path) -> None:
    operator = {"subject": SUBJECT, "operator": OPERATOR.public.hex()}
    with DeviceProcess(tmp_path / "bin", NOBODY, **operator) as device:
        fail(device)
        device.configuration["broker"]["port"] = nats.port
        public = public_of(device)
        kid = keys.kid(public)
        with TinyGateway(nats.port, REALM, {kid: public}) as gateway:
            device.start()
            gateway.wait(lambda: len(gateway.records[kid]) >= 1)
            gateway.command(kid, signed(1))
            assert device.wait() == 1  # whoever watches it starts it again
            device.start()
            wait_for_log(device, f"boot {SAFE_AFTER + 2} (command)")
            gateway.wait(lambda: any("fill" in told(data) for data in gateway.records[kid].values()))


def test_what_the_operator_set_is_not_followed_in_safe_mode_but_kept_and_said(nats: Broker, tmp_path: Path) -> None:
    """The interval is the file's: 50 ms here, and an hour by the operator's word (docs/devices.md)."""
    operator = {"subject": SUBJECT, "operator": OPERATOR.public.hex()}
    with DeviceProcess(tmp_path / "bin", nats.port, **operator) as device:
        public = public_of(device)
        kid = keys.kid(public)
        with TinyGateway(nats.port, REALM, {kid: public}) as gateway:
            gateway.command(kid, tuned(3, {"report.interval_s": 3600}))
            device.start()
            gateway.wait(lambda: gateway.standing.get(kid) == (3, None))
            assert device.interrupt() == 0
            device.configuration["broker"]["port"] = NOBODY
            fail(device)
            device.configuration["broker"]["port"] = nats.port
            device.start()
            gateway.wait(
                lambda: sum("device:safe-mode" in told(one).get("fault", "") for one in data_of(gateway, kid)) > 2
            )
            assert gateway.standing[kid] == (3, None)
            assert device.interrupt() == 0


def data_of(gateway: TinyGateway, kid: bytes) -> list[bytes]:
    """Its records so far."""
    return list(gateway.records[kid].values())


def test_after_a_day_it_tries_again() -> None:
    """With time that the test moves: a day in steps of a second is for nobody to wait."""

    class Said(Exception):
        pass

    def retry() -> None:
        raise Said

    moments = iter([0, 0, 0, RETRY_MS - 1, RETRY_MS - 1, RETRY_MS])
    made: list[list[str]] = []
    device = SimpleNamespace(
        configuration=SimpleNamespace(kind=KINDS["bin"], interval_s=60),
        board=SimpleNamespace(wiring=None, names=["lid"]),  # it has no gauge either
        calibration=None,
        boots=SimpleNamespace(failed=SAFE_AFTER),
        log=lambda line: None,
        exhausted=lambda: False,
        ms=lambda: next(moments),
    )
    reporter = SimpleNamespace(report=lambda items, priority, now: made.append([item.name for item in items]))
    mode = SafeMode(device, reporter, lambda name: None, lambda: None, retry)  # type: ignore[arg-type]
    with pytest.raises(Said):
        asyncio.run(mode.works()["health"])
    assert made == [["fault"], ["fault"]]


def test_when_it_tries_again_one_failure_is_enough_for_safe_mode(tmp_path: Path) -> None:
    with DeviceProcess(tmp_path / "bin", NOBODY) as device:
        fail(device)
        Boots(Flash(str(tmp_path / "bin" / "flash"))).try_again()
        assert not device.command("--info")["safe_mode"]
        fail(device, 1)
        assert device.command("--info")["safe_mode"]


LOADED = """
    import sys
    sys.path[:0] = ["{lib}", "{wire}"]
    from civicroot_device.start import main
    try:
        main(["{configuration}", "--until-eof"])
    finally:
        print("loaded", *sorted(sys.modules))
"""


def loaded(device: DeviceProcess) -> set[str]:
    """Which modules a device with a board file has loaded when its standard input ends."""
    device.command("--info")  # writes the configuration
    script = textwrap.dedent(LOADED).format(
        configuration=device.folder / "config.json",
        lib=ROOT / "firmware" / "lib",
        wire=ROOT / "wire" / "src",
    )
    done = subprocess.run([micropython_binary(), "-c", script], input=b"", capture_output=True, timeout=60, check=True)
    (line,) = [line for line in done.stdout.decode().splitlines() if line.startswith("loaded ")]
    return set(line.split()[1:])


DRIVERS = {
    f"civicroot_device.{name}"
    for name in ("smart_bin", "claim.flow", "claim.scanner", "display.ssd1681", "display.qr", "lamp.ring")
} | {f"civicroot_device.sensors.{name}" for name in ("vl53l1x", "a02yyuw", "hx711", "reed", "lis3dh")}
GAUGE = "civicroot_device.sensors.battery"


def test_no_driver_but_the_batterys_is_loaded(tmp_path: Path) -> None:
    with DeviceProcess(tmp_path / "bin", NOBODY, board=str(BOARD)) as device:
        assert DRIVERS | {GAUGE} <= loaded(device)
        fail(device)
        safe = loaded(device)
        assert GAUGE in safe
        assert DRIVERS.isdisjoint(safe)


def test_a_crash_is_the_reason_of_the_next_start(nats: Broker, tmp_path: Path) -> None:
    with DeviceProcess(tmp_path / "bin", nats.port) as device:
        public = public_of(device)
        kid = keys.kid(public)
        with TinyGateway(nats.port, REALM, {kid: public}) as gateway:
            device.start()
            gateway.wait(lambda: len(gateway.records[kid]) >= 2)
            flash = tmp_path / "bin" / "flash" / kid.hex()
            flash.rename(flash.with_name("elsewhere"))
            assert device.wait() == 1
            flash.with_name("elsewhere").rename(flash)
            device.start()
            gateway.wait(lambda: any(told(data).get("reset") == "crash" for data in gateway.records[kid].values()))
