"""The USB serial port: standard input and output. Nothing but the protocol is spoken there (session.py)."""

import asyncio
import random
import select
import sys

from civicroot_device import board as boards
from civicroot_device.boots import COMMAND, SLEEP, Boots
from civicroot_device.buses import usb_host
from civicroot_device.config import Configuration
from civicroot_device.device import Device
from civicroot_device.errors import ConfigurationError
from civicroot_device.provisioning import awake, stream, unlock, wifi
from civicroot_device.provisioning import draft as drafts
from civicroot_device.provisioning import factory as factories
from civicroot_device.provisioning.draft import Draft
from civicroot_device.provisioning.improv_service import ImprovService
from civicroot_device.provisioning.session import Session
from civicroot_device.storage.flash import Flash
from civicroot_device.storage.store import Store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.buses.usb_host import UsbHost
    from civicroot_device.provisioning.factory import Factory

# Between two looks at the port: while somebody speaks (a UART at 115,200 baud fills MicroPython's 260 bytes in 22 ms),
# and while nobody has for a while and the device has other things to do.
TURN_S, IDLE_TURN_S = 0.01, 0.2
SPEAKING_TURNS = 500  # 5 s: longer than a laptop takes from one request to the next
MAX_AT_ONCE = 512  # bytes in one turn
DRAIN_S = 0.3  # for USB to carry the last answer away before the chip starts again


class Closed(Exception):
    """Nobody is at the other end any more (only on the Unix port)."""


class Interrupted(Exception):
    """Whoever holds a device that is not provisioned asked for the prompt."""


class Port:
    """Reads what is there and never waits for more; not beyond Ctrl-C, for what follows it is the prompt's."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)

    def read(self) -> bytes:
        """What has come. Raises Closed."""
        found = bytearray()
        while len(found) < MAX_AT_ONCE and self._poll.poll(0):
            try:
                byte = sys.stdin.buffer.read(1)  # one at a time: MicroPython's read(n) waits for all n
            except OSError:
                raise Closed  # a terminal whose other end is gone
            if not byte:
                raise Closed
            found.extend(byte)
            if byte == stream.CTRL_C:
                break
        return bytes(found)

    def write(self, data: bytes) -> None:
        """All of it. Somebody who went away does not read it: that is no fault of the device."""
        try:
            sys.stdout.buffer.write(data)
        except OSError:
            return


def first(path: str) -> None:
    """The device is not provisioned, or no longer: be told what it is, then start again. `path`: the configuration's.

    Returns if it was unlocked, or at Ctrl-C: the prompt, or the end of the process, comes next. Raises
    ConfigurationError, OSError.
    """
    factory, flash = factory_of(path)
    if unlock.begun(flash):
        unlock.wipe(flash, Flash(factory.fields["data"]))
        return
    radio = wifi.choose(factory.networks)
    device = unconfigured(factory)
    port = Port()
    told = Draft(flash, factory, flash.root)
    session = Session(factory, flash, device, told, radio, port.write)
    browser = ImprovService(factory.model, device.store.identity.kid, told, radio, port.write)
    device.log = session.log
    _ignore_ctrl_c()
    try:
        asyncio.run(serve(port, session, browser, TURN_S, device.board.feed, _first_stay(device)))
    except (Closed, Interrupted):
        return
    if not session.over:
        from civicroot_device.tag import app as tag  # noqa: PLC0415 (a tag alone goes to sleep)

        tag.rest(device.configuration)
        return
    device.board.restart(COMMAND)


def unconfigured(factory: "Factory") -> Device:
    """The device as its firmware alone makes it: nobody's. Raises ConfigurationError, OSError."""
    configuration = Configuration(factory.provisional_fields())
    board = boards.choose(configuration)
    random.seed(int.from_bytes(board.random(4), "big"))  # for jitter alone
    store = Store(configuration.data, board.secret, configuration.outbox_bytes)
    return Device(configuration, board, store, Boots(Flash(configuration.data)), print)


async def beside(device: "Device", path: str, restart: "Callable[[str], None]") -> None:
    """Answer while the device runs. Raises ConfigurationError, OSError."""
    port = Port()
    session, browser = provisioned(device, path, port)
    try:
        await serve(port, session, browser, IDLE_TURN_S, lambda: None, lambda _: True)
    except Closed:
        return
    restart(COMMAND)


def visited(device: "Device", path: str, host: "UsbHost") -> None:
    """Answer while a tag is awake for it (awake.py). Raises ConfigurationError, OSError."""
    port = Port()
    session, browser = provisioned(device, path, port)
    stay = awake.Awake(host, device.ms, True, awake.PAUSE_MS)
    try:
        asyncio.run(serve(port, session, browser, TURN_S, device.board.feed, stay))
    except Closed:
        return
    if session.over:
        device.board.restart(COMMAND)


def provisioned(device: "Device", path: str, port: Port) -> "tuple[Session, ImprovService]":
    """Who answers on a device that is told nothing more. Raises ConfigurationError, OSError."""
    factory, flash = factory_of(path)
    if drafts.FILE in flash.names():
        flash.remove(drafts.FILE)  # a power cut came between the configuration and the draft's end
    session = Session(factory, flash, device, None, None, port.write)
    browser = ImprovService(factory.model, device.store.identity.kid, None, None, port.write)
    device.log = session.log
    return session, browser


def _first_stay(device: "Device") -> "Callable[[bool], bool]":
    """A tag lives on a battery."""
    if device.configuration.radio is None:
        return lambda _: True
    host = usb_host.of(device.board, device.configuration.data)
    woke = device.board.reset_reason() == SLEEP and not host.seen_within(awake.LINGER_MS)
    return awake.Awake(host, device.ms, False, 0 if woke else awake.QUIET_MS)


async def serve(
    port: Port,
    session: Session,
    browser: ImprovService,
    idle_s: float,
    feed: "Callable[[], None]",
    stay: "Callable[[bool], bool]",
) -> None:
    """Until a request needs a new start, or `stay` says no. Raises Closed, Interrupted."""
    incoming = stream.Stream()
    silent = SPEAKING_TURNS
    while not session.over:
        feed()
        heard = port.read()
        if not stay(bool(heard)):
            return
        silent = 0 if heard else silent + 1
        for kind, data in incoming.feed(heard):
            if kind == stream.FRAME:
                await browser.frame(data)
            elif kind == stream.LONG:
                session.too_long()
            elif kind == stream.INTERRUPT:
                if not session.provisioned:
                    raise Interrupted
            else:
                await session.line(data)
        await asyncio.sleep(TURN_S if silent < SPEAKING_TURNS else idle_s)
    await asyncio.sleep(DRAIN_S)


def _ignore_ctrl_c() -> None:
    """On a board: stream.py looks for it from now on, since frames of a browser have that byte."""
    if sys.platform not in ("linux", "darwin"):
        import micropython  # noqa: PLC0415 (only on boards)

        micropython.kbd_intr(-1)


def factory_of(path: str) -> "tuple[Factory, Flash]":
    """What came with the firmware, and the folder in which it lies. Raises ConfigurationError, OSError."""
    root = path.rpartition("/")[0]
    found = factories.load(root + "/" + factories.FILE)
    if found is None:
        raise ConfigurationError("there is no " + factories.FILE)
    return found, Flash(root)
