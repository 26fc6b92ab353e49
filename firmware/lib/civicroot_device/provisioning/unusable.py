"""A provisioned device whose config.json cannot be used, as after a worn block of flash: it reports nothing.

It still says on USB who it is and what is wrong, and is unlocked by whom it still knows: realm, subject and public keys
are taken from the file one by one, as far as it is JSON. Nobody is given the prompt for less. Then it starts again, for
the fault may have been of the moment, or of the release that runs: a minute after the last request (awake.py).
"""

import asyncio
import json

from civicroot_device.boots import COMMAND, RETRY, SLEEP
from civicroot_device.buses import usb_host
from civicroot_device.config import Configuration
from civicroot_device.errors import ConfigurationError
from civicroot_device.provisioning import awake, usb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from civicroot_device.device import Device
    from civicroot_device.provisioning.factory import Factory

    Fields = dict[str, Any]

_KEYS = ("subject", "operator", "registrar")  # in this order: an operator is none without a subject


class _Plugged:
    """The port of a device that does not sleep: whoever comes is not waited for."""

    def seen(self) -> bool:
        return True


def serve(path: str, why: str) -> None:
    """Answer on USB, then start again. `path`: the configuration's; `why` it cannot be used. Raises OSError."""
    factory, _ = usb.factory_of(path)
    device = usb.unconfigured(factory)
    port = usb.Port()
    session, browser = usb.provisioned(device, path, port)
    provisional, device.configuration = device.configuration, known(factory, _read(path))
    session.unusable = why
    device.log("config.json is unusable: " + why)
    try:
        asyncio.run(usb.serve(port, session, browser, usb.TURN_S, device.board.feed, _stay(device)))
    except usb.Closed:
        return
    if factory.tag and not session.over:
        from civicroot_device.tag import app as tag  # noqa: PLC0415 (a tag alone goes to sleep)

        tag.rest(provisional)
    device.board.restart(COMMAND if session.over else RETRY)


def known(factory: "Factory", found: "Fields") -> Configuration:
    """Nobody's configuration, with what is still good of whom the device belongs to: without its realm, nothing."""
    fields = factory.provisional_fields()
    for name in ("realm",) + _KEYS:
        tried = dict(fields)
        tried[name] = found.get(name)
        try:
            Configuration(tried)
        except ConfigurationError:
            if name == "realm":
                break
            continue
        fields = tried
    return Configuration(fields)


def _read(path: str) -> "Fields":
    """What the file says, as far as it is a JSON object."""
    try:
        with open(path) as file:
            found = json.load(file)
    except (OSError, ValueError, RuntimeError, MemoryError):  # the last two: MicroPython's limits of depth and size
        return {}
    return found if isinstance(found, dict) else {}


def _stay(device: "Device") -> awake.Awake:
    """A tag, which lives on a battery, sleeps again unless a computer is at its port."""
    host: "awake.Host" = _Plugged()
    if device.configuration.radio is not None:
        port = usb_host.of(device.board, device.configuration.data)
        port.seen_within(0 if device.board.reset_reason() == SLEEP else awake.LINGER_MS)
        host = port
    return awake.Awake(host, device.ms, True, awake.PAUSE_MS)
