"""A tag whose wakes do not end: it looks at its battery alone, says so, and tries its sensors again after a day."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from civicroot_device.config import Configuration
from civicroot_device.tag.retained import Retained
from civicroot_device.tag.safe_wake import SAFE_AFTER, Senses
from civicroot_wire import record
from tag_world import Memory

from tests.firmware.tag.test_process import KEY, lines, public_of, tag
from tests.firmware.tag.udp_gateway import UdpGateway
from tests.support.micropython import ROOT

BOARD = ROOT / "firmware" / "boards" / "tree_tag.json"
BROKEN = """
import sys
sys.path[:0] = ["{lib}", "{lib}/..", "{wire}"]
from civicroot_device.sensors import sht3x
def start(self):
    raise ValueError("what no driver should raise")
sht3x.Sht3x.start = start
from civicroot_device.start import main
main(sys.argv[1:])
"""

RESET = """
import sys
sys.path[:0] = ["{lib}", "{lib}/..", "{wire}"]
from civicroot_device.tag import unix_port
unix_port.UnixPort.why = lambda self: "power"
from civicroot_device.start import main
main(sys.argv[1:])
"""


def senses(memory: Memory, names: tuple[str, ...] = ("soil", "temp", "battery")) -> Senses:
    """Of a tag without drivers, whose made-up sensors are those names."""
    fields: dict[str, Any] = {"realm": "test.example", "data": "/", "kind": "tree", "interval_s": 3600}
    board: Any = SimpleNamespace(wiring=None, names=list(names), look=lambda: {"soil": 0.3, "battery": 80}.__getitem__)
    kept = Retained(memory, b"device-1", b"gateway1")
    return Senses(Configuration({**fields, "radio": {"kind": "espnow"}}), board, SimpleNamespace(), kept)  # type: ignore[arg-type]


def test_five_wakes_that_did_not_end_lead_to_a_day_of_the_battery_alone_and_then_to_another_try() -> None:
    memory = Memory()
    assert [senses(memory).safe for _ in range(SAFE_AFTER)] == [False] * SAFE_AFTER
    for _ in range(24):
        found = senses(memory)
        assert found.safe and [item.name for item in found.kind] == ["battery"]
        sample = found.look(lambda _: None)
        assert (sample.values, sample.faults) == ({"battery": 80}, {"device": "safe-mode"})
        found.ended()
    assert not senses(memory).safe  # and it hangs again
    assert senses(memory).safe


def test_a_wake_that_ends_forgets_those_that_did_not_and_so_does_a_new_battery() -> None:
    memory = Memory()
    for _ in range(SAFE_AFTER - 1):
        senses(memory)
    senses(memory).ended()
    assert not any(senses(memory).safe for _ in range(SAFE_AFTER))
    assert senses(memory).safe
    memory.data = b""
    assert not senses(memory).safe


def test_a_tag_without_a_gauge_says_that_it_is_in_safe_mode_all_the_same() -> None:
    memory = Memory()
    for _ in range(SAFE_AFTER):
        senses(memory, ("soil",))
    sample = senses(memory, ("soil",)).look(lambda _: None)
    assert (sample.values, sample.faults) == ({}, {"device": "safe-mode"})


@pytest.mark.timeout(120)
def test_a_tag_whose_driver_fails_as_none_should_is_heard_again_after_five_wakes(tmp_path: Path) -> None:
    program = tmp_path / "broken.py"
    program.write_text(BROKEN.format(lib=ROOT / "firmware" / "lib", wire=ROOT / "wire" / "src"))
    with (
        tag(tmp_path / "tag", 1, sleep="end", board=str(BOARD)) as process,
        UdpGateway(KEY, public_of(process)) as gateway,
    ):
        process.configuration["radio"]["port"] = gateway.port
        process.main = program
        for _ in range(SAFE_AFTER):
            process.start()
            assert process.wait() == 1
        assert not gateway.records
        process.start()
        assert process.wait() == 0
        (told,) = [record.decode(data).pack.measurements for data in gateway.records.values()]
        names = {item.name for item in told} - {"alarm"}  # of the battery, as the street has it
        assert names == {"reset", "battery", "fault"}
        assert "device:safe-mode" in [item.value for item in told]
        assert "answered, 0 waiting" in lines(process)[-1]


def test_a_start_that_is_no_wake_from_sleep_is_told_also_if_the_memory_outlived_it(tmp_path: Path) -> None:
    """As after the watchdog's reset, which a board tells from deep sleep (esp32_sleep.py)."""
    program = tmp_path / "reset.py"
    program.write_text(RESET.format(lib=ROOT / "firmware" / "lib", wire=ROOT / "wire" / "src"))
    with tag(tmp_path / "tag", 1, sleep="end") as process, UdpGateway(KEY, public_of(process)) as gateway:
        process.configuration["radio"]["port"] = gateway.port
        usual = process.main
        for process.main in (usual, usual, program):
            process.start()
            assert process.wait() == 0
        told = [
            [item.name for item in record.decode(gateway.records[seq]).pack.measurements if item.name == "reset"]
            for seq in sorted(gateway.records)
        ]
    assert told[0] == told[-1] == ["reset"] and not any(told[1:-1])
