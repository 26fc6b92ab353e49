"""What a device says at its port, for the front end's tests: `python -m tests.web.record_serial` asks the firmware.

Sensors that answer at once, no broker, Wi-Fi of the simulated radio. The key is another one in each recording.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from civicroot_cli.provision.conversation import parse
from civicroot_cli.provision.port import SerialLine

from tests.support.plugged_board import WIFI, PluggedBoard
from tests.web.tools import WEB

OUT = WEB / "test/fixtures/serial.json"
NONCE = "00112233445566778899aabbccddeeff"
SSID, PASSWORD = next(iter(WIFI.items()))
REQUESTS: list[dict[str, Any]] = [
    {"do": "identity"},
    {"do": "status"},
    {"do": "set_realm", "realm": "city.example"},
    {"do": "set_subject", "subject": "bin/12"},
    {"do": "set_keys", "operator": "11" * 32, "registrar": "22" * 32},
    {"do": "set_gateway", "kid": "0011223344556677", "host": "127.0.0.1", "port": 1},
    {"do": "set_wifi", "ssid": SSID, "password": PASSWORD},
    {"do": "set_place", "label": "서울광장", "language": "ko"},
    {"do": "calibrate", "sensor": "weight", "values": {"tare": 5}},
    {"do": "self_test"},
    {"do": "possession", "nonce": NONCE},
    {"do": "nonsense"},
    {"do": "commit"},
]


def record(line: SerialLine, request: dict[str, Any], number: int) -> dict[str, Any]:
    """The lines that come up to the answer."""
    line.write(json.dumps(request | {"id": number}).encode() + b"\n")
    buffer, came = b"", []
    while True:
        buffer += line.read(10.0)
        *lines, buffer = buffer.split(b"\n")
        for one in lines:
            came.append(one.decode())
            found = parse(one)
            if found is not None and found.get("id") == number and ("ok" in found or "error" in found):
                return {"sent": request, "came": came}


def main() -> None:
    """Write the recording."""
    with (
        tempfile.TemporaryDirectory() as name,
        PluggedBoard(Path(name) / "board", Path(name) / "tty") as board,
        SerialLine(str(board.port)) as line,
    ):
        found = [record(line, request, number) for number, request in enumerate(REQUESTS, start=1)]
        # It starts again, as what it was told that it is.
        found.append(record(line, {"do": "status"}, len(REQUESTS) + 1) | {"committed": True})
    OUT.write_text(json.dumps({"nonce": NONCE, "exchanges": found}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
