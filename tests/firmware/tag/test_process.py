"""A tag as a process on the Unix port: it sleeps within the process or by ending, and wakes by time or by motion."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from civicroot_wire import record
from civicroot_wire.sodium import Signer

from tests.firmware.device_process import DeviceProcess
from tests.firmware.tag.udp_gateway import REALM, UdpGateway
from tests.firmware.test_device import accounted
from tests.support.micropython import ROOT

KEY = Signer(b"\x07" * 32)


def tag(folder: Path, port: int, gateway: bytes = KEY.public, **options: Any) -> DeviceProcess:
    """Its configuration, with a port that may be told later."""
    radio = {"kind": "udp", "gateway": gateway.hex(), "port": port, "address": "020000000001"}
    radio.update({name: options.pop(name) for name in ("sleep",) if name in options})
    found = DeviceProcess(folder, 0, **options)
    for name in ("gateway", "broker", "answer_s"):
        del found.configuration[name]
    found.configuration.update({"realm": REALM, "kind": "tree", "interval_s": 0.3, "sample_s": 0.3, "radio": radio})
    found.configuration.update(options)
    return found


def public_of(process: DeviceProcess) -> bytes:
    return bytes.fromhex(process.command("--info")["public"])


def lines(process: DeviceProcess) -> list[str]:
    return process.log.read_text().splitlines()


def until(process: DeviceProcess, text: str, deadline: float = 20.0) -> None:
    """Until its log has the text."""
    end = time.monotonic() + deadline
    while text not in process.log.read_text():
        assert time.monotonic() < end, lines(process)
        time.sleep(0.01)  # between two looks


def test_it_wakes_again_and_again_within_a_process_and_ends_with_its_input(tmp_path: Path) -> None:
    with tag(tmp_path / "tag", 1) as process, UdpGateway(KEY, public_of(process)) as gateway:
        process.configuration["radio"]["port"] = gateway.port
        process.start("--until-eof")
        gateway.wait(4)
        until(process, "wake 5 (timer)")
        assert process.close_input() == 0
        assert all("answered" in line for line in lines(process) if "0 sent" not in line)
        first, *others = (record.decode(gateway.records[seq]) for seq in sorted(gateway.records))
        assert first.pack.base_time is None and others[-1].pack.base_time is not None
        assert others[-1].sequence.beacon == b"beacon!!"
        assert sorted(gateway.records) == list(range(len(gateway.records)))


def test_it_goes_on_in_a_new_process_from_flash_and_rtc_memory(tmp_path: Path) -> None:
    with tag(tmp_path / "tag", 1, sleep="end") as process, UdpGateway(KEY, public_of(process)) as gateway:
        process.configuration["radio"]["port"] = gateway.port
        for _ in range(3):
            process.start()
            assert process.wait() == 0
        assert [line.split(":")[0] for line in lines(process)] == ["wake 1 (power)", "wake 2 (timer)", "wake 3 (timer)"]
        assert sorted(gateway.records) == list(range(len(gateway.records)))


def test_motion_wakes_it_at_once_and_a_silent_gateway_costs_it_no_record(tmp_path: Path) -> None:
    with tag(tmp_path / "tag", 1, sample_s=60, speed=1e6) as process, UdpGateway(KEY, public_of(process)) as gateway:
        process.configuration["radio"]["port"] = gateway.port
        gateway.answering = False
        process.start("--until-eof")
        until(process, "not answered")
        (tmp_path / "tag" / "flash" / "motion").touch()
        until(process, "(motion)")
        assert process.close_input() == 0
        assert sorted(gateway.records) == list(range(len(gateway.records)))
        made = process.command("--info")
        assert made["waiting"] == made["made"] >= 1


@pytest.mark.parametrize(
    ("radio", "text"),
    [
        ({"gateway": "01" + "00" * 31}, "radio.gateway: weak-key"),
        ({"gateway": "00"}, "radio.gateway"),
        ({"kind": "lora"}, "radio."),
    ],
)
def test_a_radio_that_cannot_be_meant_ends_it_with_status_2(tmp_path: Path, radio: dict[str, str], text: str) -> None:
    with tag(tmp_path / "tag", 1) as process:
        process.configuration["radio"].update(radio)
        with pytest.raises(subprocess.CalledProcessError) as caught:
            process.command()
    assert caught.value.returncode == 2 and text in caught.value.stderr.decode()


def test_the_configuration_of_a_tag_needs_no_broker(tmp_path: Path) -> None:
    with tag(tmp_path / "tag", 1) as process:
        assert "broker" not in json.loads(json.dumps(process.configuration))
        assert process.command("--info")["made"] == 0


def test_a_wake_that_fails_ends_the_process_with_status_1_and_the_next_goes_on(tmp_path: Path) -> None:
    with tag(tmp_path / "tag", 1, sleep="end") as process, UdpGateway(KEY, public_of(process)) as gateway:
        process.configuration["radio"]["port"] = gateway.port
        memory = tmp_path / "tag" / "flash" / "rtc.new"
        memory.mkdir()
        process.start()
        assert process.wait() == 1
        memory.rmdir()
        process.start()
        assert process.wait() == 0
        assert "answered, 0 waiting" in lines(process)[-1]
        assert accounted(gateway.records) == set(range(max(gateway.records) + 1))


def test_a_tag_with_the_drivers_of_its_board_file_and_the_models_of_their_chips(tmp_path: Path) -> None:
    board = str(ROOT / "firmware" / "boards" / "tree_tag.json")
    with tag(tmp_path / "tag", 1, sleep="end", board=board) as process, UdpGateway(KEY, public_of(process)) as gateway:
        process.configuration["radio"]["port"] = gateway.port
        process.start()
        assert process.wait() == 0
        packs = [record.decode(data).pack for data in gateway.records.values()]
        told = {item.name: item.value for pack in packs for item in pack.measurements}
        assert {"soiltemp", "temp", "humidity", "battery", "reset"} <= set(told)
        assert "no-answer" not in str(told.get("fault"))
        assert all(len(data) <= record.MAX_FRAME_BYTES for data in gateway.records.values())
