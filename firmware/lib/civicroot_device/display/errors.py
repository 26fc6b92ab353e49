"""Errors of the display."""

from civicroot_device.errors import DeviceError


class DisplayFault(DeviceError):
    """The panel did not show a page. `flag` is one of sensors/sensor.py: it goes into a record's `fault`."""

    def __init__(self, flag: str, detail: str) -> None:
        super().__init__(flag + ": " + detail)
        self.flag = flag
