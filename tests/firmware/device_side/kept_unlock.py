"""Devices that are unlocked, for the power cuts of kept.py: even steps make a provisioned one, odd ones unlock it.

Each device has a folder of its own; the one before the last is thrown away.
"""

from civicroot_device.claim import openings
from civicroot_device.provisioning import unlock
from civicroot_device.provisioning.draft import AUTHORITY, CONFIGURATION
from civicroot_device.storage import identity
from kept_commit import last, read, throw_away

KID = "0011223344556677"
RECORDS = "00000000.seg"  # signed, and no secret: they stay


def _secrets(number):
    """(folders on the way, file, content); the configuration is last, as at a commit."""
    own = b" of device %d" % number
    return [
        (("data",), identity.FILE, b"key" + own),
        (("data", KID), "link", b"radio key" + own),
        (("data", KID), openings.FILE, b"a citizen's card" + own),
        ((), AUTHORITY, b"authority" + own),
        ((), CONFIGURATION, b"wifi's password" + own * 60),  # too long to lie inline
    ]


def _inside(device, way):
    for name in way:
        device = device.folder(name)
    return device


def step(flash, number):
    """Device number // 2 is provisioned, then unlocked."""
    devices = flash.folder("unlock")
    throw_away(devices, number // 2 - 2)
    device = devices.folder(str(number // 2))
    if number % 2:
        unlock.begin(device)
        unlock.wipe(device, device.folder("data"))
        return
    _inside(device, ("data", KID)).replace(RECORDS, [b"signed records"])
    for way, name, content in _secrets(number // 2):
        _inside(device, way).replace(name, [content])


def found(flash):
    """How many steps; what is provisioned has all its secrets, and whoever gets the prompt finds none."""
    devices = flash.folder("unlock")
    number = last(devices)
    if number < 0:
        return 0
    device = devices.folder(str(number))
    if unlock.begun(device):
        if CONFIGURATION not in device.names():  # main.provisioned(): from here on the prompt is open
            _is_bare(device, number)
        unlock.wipe(device, device.folder("data"))  # as a start does
        _is_bare(device, number)
        return 2 * number + 2
    if CONFIGURATION not in device.names():
        return 2 * number
    for way, name, content in _secrets(number):
        if read(_inside(device, way), name) != content:
            raise AssertionError(name + " is not what it was")
    return 2 * number + 1


def _is_bare(device, number):
    for way, name, _ in _secrets(number):
        if name in _inside(device, way).names():
            raise AssertionError(name + " is there, and the prompt is open")
    if read(_inside(device, ("data", KID)), RECORDS) != b"signed records":
        raise AssertionError("signed records are gone")
