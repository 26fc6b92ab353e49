"""From the box to the first reading that anybody can verify: board, cable, laptop, gateway and city, all real."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from civicroot_backend.demo import devices
from civicroot_backend.demo.broker import free_port
from civicroot_backend.demo.city import City
from civicroot_backend.demo.processes import Processes
from civicroot_backend.demo.settings import REALM, Settings, find_firmware

from tests.support import labels
from tests.support.micropython import ROOT
from tests.support.plugged_board import WIFI, PluggedBoard

pytestmark = pytest.mark.system

WAITING_SECONDS = 20.0  # what a crew may have to wait in all
BOARD = ROOT / "firmware" / "boards" / "smart_bin.json"


def write_site(folder: Path, city: City) -> Path:
    """The crew's site file."""
    gateway = json.loads((city.settings.directory / "gateway" / "identity.json").read_text())["kid"]
    ssid, password = next(iter(WIFI.items()))
    site = folder / "site.toml"
    site.write_text(
        f'realm = "{REALM}"\nurl = "{city.local_url}"\npolicy = "{city.settings.directory}/realm/policy.json"\n'
        f'support = "+82 2 120"\nlanguage = "ko"\noperator = "{"11" * 32}"\n'
        f'[gateway]\nkid = "{gateway}"\nhost = "127.0.0.1"\nport = {city._mqtt_port}\n'
        f'[wifi]\nssid = "{ssid}"\npassword = "{password}"\n'
        '[firmware]\nmodel = "smart-bin"\n'
    )
    return site


def test_a_board_out_of_the_box_is_provisioned_labelled_and_seen_alive(tmp_path: Path) -> None:
    firmware = find_firmware(Path(devices.__file__))
    assert firmware is not None
    settings = Settings(directory=tmp_path / "city", firmware=firmware, port=free_port(), devices=1, batch_age=0.5)
    with Processes(tmp_path / "logs") as processes:
        city = City(settings, processes, print)
        city.start_outside()
        city.start_broker()
        city.start_backend()
        city.start_gateway()
        with PluggedBoard(tmp_path / "board", tmp_path / "ttyUSB", BOARD) as board:
            out = tmp_path / "out"
            command = [sys.executable, "-m", "civicroot_cli", "provision", "--site", str(write_site(tmp_path, city))]
            options = ["--port", str(board.port), "--out", str(out), "--subject", "bin/12", "--asset", "A-0012"]
            options += ["--label", "서울광장", "--latitude", "37.5665", "--longitude", "126.9780"]
            options += ["--registrar-key", str(settings.directory / "realm" / "registrar.key")]
            options += ["--calibrate", "fill:empty", "--calibrate", "weight:tare", "--wait", "60"]
            began = time.monotonic()
            done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=120, check=False)
            took = time.monotonic() - began
            print(done.stdout, done.stderr, f"{took:.1f} s")
            assert done.returncode == 0, done.stdout + done.stderr
            assert "its proof holds" in done.stdout
            assert took < WAITING_SECONDS
            again = subprocess.run([*command, *options], capture_output=True, text=True, timeout=120, check=False)
            assert again.returncode == 0, again.stderr
            assert "1 of 1 devices are done" in again.stdout
        address = f"{city.local_url}/b/12"
        pdf = (out / "labels.pdf").read_bytes()
        assert labels.size_mm(pdf) == (50.0, 30.0)
        (page,) = labels.pages(pdf)
        assert labels.read_code(page, tmp_path) == address.upper()
        text = labels.text_of(pdf)
        kid = json.loads((out / "journal.jsonl").read_text().splitlines()[0])["kid"]
        for wanted in ("bin/12", "A-0012", "서울광장", "+82 2 120", kid[:4], kid[-4:]):
            assert wanted in text
        secrets = [next(iter(WIFI.values())), (tmp_path / "board" / "flash" / "identity").read_bytes()[4:36].hex()]
        for file in out.iterdir():
            assert not [secret for secret in secrets if secret in file.read_text(errors="replace")], file
