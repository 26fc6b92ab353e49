"""Devices that are provisioned, for the power cuts of kept.py: step n tells device n all it needs, and commits it.

Each device has a folder of its own; the one before the last is thrown away. What a cut left is gone on with, as a crew
does that plugs the device in again.
"""

import json

from civicroot_device.config import Configuration
from civicroot_device.provisioning.draft import AUTHORITY, CONFIGURATION, FILE, Draft
from civicroot_device.provisioning.factory import Factory

FACTORY = Factory({"model": "smart-bin", "configuration": {"data": "/data", "kind": "bin", "interval_s": 600}})
WIFI = {"ssid": "street", "password": "secret"}
AUTHORITIES = {"MAMCAQE=": bytes([0x30, 3, 2, 1, 1]), "MAMCAQI=": bytes([0x30, 3, 2, 1, 2])}


def _told(number):
    authority = sorted(AUTHORITIES)[number % 2]
    return [
        ("realm", "city.example"),
        ("subject", "bin/" + str(number + 1)),
        ("keys", {"operator": "11" * 32, "registrar": "22" * 32}),
        ("gateway", {"kid": "0011223344556677", "host": "gateway.local", "port": 8883, "ca": authority}),
        ("wifi", WIFI),
    ]


def step(flash, number):
    """Device `number` is provisioned."""
    devices = flash.folder("commit")
    throw_away(devices, number - 2)
    draft = Draft(devices.folder(str(number)), FACTORY, "")
    for group, value in _told(number):
        draft.set(group, value)
    draft.commit({"wifi": WIFI})


def found(flash):
    """How many devices are provisioned; each is wholly, or not at all."""
    devices = flash.folder("commit")
    number = last(devices)
    if number < 0:
        return 0
    device, told = devices.folder(str(number)), dict(_told(number))
    authority = AUTHORITIES[told["gateway"]["ca"]]
    if CONFIGURATION not in device.names():
        values = Draft(device, FACTORY, "").values
        if values not in [dict(_told(number)[:count]) for count in range(len(told) + 1)]:
            raise AssertionError(f"a mixture: {values!r}")
        if "gateway" in values and read(device, AUTHORITY) != authority:
            raise AssertionError("told, and its authority is not there")
        return number
    options = Configuration(json.loads(read(device, CONFIGURATION)))
    if (options.subject, options.wifi["ssid"], options.registrar) != (told["subject"], "street", b"\x22" * 32):
        raise AssertionError("it is not what was told")
    if read(device, AUTHORITY) != authority:
        raise AssertionError("committed without its authority")
    if FILE in device.names():
        device.remove(FILE)  # as usb.py does at a start
    return number + 1


def last(devices):
    """The number of the last device's folder; -1 if there is none."""
    return max([int(name) for name in devices.folders()] + [-1])


def read(folder, name):
    """All of a file."""
    with folder.open(name) as file:
        return file.read()


def throw_away(folder, number):
    """A device's folder and all in it, if it is there."""
    if str(number) not in folder.folders():
        return
    inside = folder.folder(str(number))
    for name in inside.folders():
        throw_away(inside, name)
    for name in inside.names():
        inside.remove(name)
    folder.remove_folder(str(number))
