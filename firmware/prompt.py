"""Who gets MicroPython's prompt on a board's USB port: whoever holds it, until the device is provisioned; then nobody.

The prompt would read the key off the flash. It comes back when the operator has unlocked the device, which wipes the
key (civicroot_device/provisioning/unlock.py). What is left for someone with a soldering iron says docs/provisioning.md.
"""

import os


def closed() -> bool:
    """Whether this board is provisioned. An unlock removes the configuration last, when the key is gone."""
    found = os.listdir("/")
    return "factory.json" in found and "config.json" in found


def keep_out() -> None:
    """Ctrl-C is a byte like any other from now on."""
    import micropython  # noqa: PLC0415 (this module is read on CPython, too)

    micropython.kbd_intr(-1)


def restart_instead() -> None:
    """Where a program that ended would leave the prompt: start again."""
    import machine  # noqa: PLC0415 (only on a board)

    machine.reset()
