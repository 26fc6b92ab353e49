"""What a running bin shows on its e-paper: which bin it is, and that it could not weigh what was thrown in."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from civicroot_wire import keys, record

from tests.firmware.bin_day import BOARD
from tests.firmware.device_process import REALM, DeviceProcess
from tests.firmware.display.draw_pictures import Pages
from tests.firmware.test_device import public_of
from tests.firmware.tiny_gateway import TinyGateway
from tests.support.brokers import NatsBroker
from tests.support.micropython import MicroPython

NAME = "Bin 12"
SECONDS, LOOK_S = 60.0, 0.05  # a scale that is not calibrated is given up after ten


@pytest.fixture
def pages() -> Iterator[Pages]:
    with MicroPython([]) as process:
        yield Pages(process)


def until(seen: Callable[[], bool]) -> None:
    """Look at the bin's folder until something is seen in it: the bin tells nobody else what it shows."""
    deadline = time.monotonic() + SECONDS
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(LOOK_S)


def hold(stage: Path, **hand: object) -> None:
    """What somebody does with the bin."""
    new = stage / "hand.new"
    new.write_text(json.dumps(hand))
    new.replace(stage / "hand.json")


def shown(stage: Path) -> bytes:
    """The e-paper's pixels, 1 for white; nothing before the first page."""
    path = stage / "e-paper.pbm"
    if not path.is_file():
        return b""
    return bytes(255 - byte for byte in path.read_bytes().split(b"200 200\n", 1)[1])


def test_a_bin_that_cannot_weigh_says_so_on_its_page_instead_of_offering_the_deposit_before(
    pages: Pages, tmp_path: Path
) -> None:
    stage = tmp_path / "stage"
    stage.mkdir()
    hold(stage, lid=False, grams=5000)
    options = {"board": str(BOARD), "label": NAME, "stage": str(stage), "claim_host": "city.example", "speed": 1}
    with (
        NatsBroker(tmp_path) as broker,
        DeviceProcess(tmp_path / "bin", broker.port, lid_ms=50, interval_s=3600, sample_s=3600, **options) as device,
    ):
        public = public_of(device)
        kid = keys.kid(public)
        idle, trouble = (draw(NAME, REALM, kid.hex(), "en") for draw in (pages.idle, pages.trouble))
        with TinyGateway(broker.port, REALM, {kid: public}) as gateway:
            device.start()
            until(lambda: shown(stage) == idle)
            hold(stage, lid=True, grams=5000)
            until(lambda: _is_lit(stage))
            hold(stage, lid=False, grams=5400)  # nobody has calibrated its scale
            until(lambda: shown(stage) == trouble)
            gateway.wait(lambda: gateway.waiting.get(kid) == 0)
            faults = [
                item.value
                for data in gateway.records[kid].values()
                for item in record.decode(data).pack.measurements
                if item.name == "fault"
            ]
    assert "deposit:uncalibrated" in faults


def _is_lit(stage: Path) -> bool:
    """Whether the lamp shows that the lid is open: all white."""
    path = stage / "lamp.jsonl"
    if not path.is_file():
        return False
    *_, last = [json.loads(line) for line in path.read_text().split("\n")[:-1]] or [[0, []]]
    return bool(last[1]) and len({tuple(colour) for colour in last[1]}) == 1 and any(last[1][0])
