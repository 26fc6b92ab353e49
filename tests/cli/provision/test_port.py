"""Which port a device is at."""

from types import SimpleNamespace

import pytest
from civicroot_cli.main import CommandError
from civicroot_cli.provision import port
from serial.tools import list_ports


def there_are(monkeypatch: pytest.MonkeyPatch, *ports: tuple[str, int | None]) -> None:
    """Ports of this machine: (name, who made its USB side)."""
    monkeypatch.setattr(list_ports, "comports", lambda: [SimpleNamespace(device=name, vid=vid) for name, vid in ports])


def test_the_only_board_is_taken_and_several_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    there_are(monkeypatch, ("/dev/ttyS0", None), ("/dev/ttyUSB7", 0x1234))
    with pytest.raises(CommandError, match="there is no board at any port: plug one in, or say --port"):
        port.choose(None)
    there_are(monkeypatch, ("/dev/ttyS0", None), ("/dev/ttyACM0", 0x303A))
    assert port.choose(None) == "/dev/ttyACM0"
    there_are(monkeypatch, ("/dev/ttyUSB0", 0x10C4), ("/dev/ttyACM0", 0x303A))
    with pytest.raises(CommandError, match="there are boards at /dev/ttyACM0, /dev/ttyUSB0: say --port"):
        port.choose(None)
    assert port.choose("/dev/ttyUSB0") == "/dev/ttyUSB0"
