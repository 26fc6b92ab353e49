"""Whole MQTT packets over a pair of asyncio streams: every wait has a deadline, every fault is an MqttError.

This is the only place where the errors of sockets and TLS become errors of the client.
"""

import asyncio

from civicroot_device.mqtt.errors import MqttDown, MqttError, MqttTimeout
from civicroot_device.mqtt.packet import DISCONNECT, Decoder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeVar

    from civicroot_device.mqtt.packet import Packet

    Result = TypeVar("Result")

READ_SIZE = 512  # bytes; the read buffer is allocated anew by each read, and most packets are shorter
# MicroPython's TLS says ValueError of a certificate that the CA did not sign: the network chooses it, so it is no
# programming error, and an impostor must not be able to end the client's task.
NETWORK_FAULTS = (OSError, EOFError, ValueError)
FAREWELL_MS = 1_000  # how long a clean end waits for the broker to close, so that DISCONNECT is not overtaken


async def within(awaitable: "Awaitable[Result]", ms: int, what: str) -> "Result":
    """The result of a network operation. Raises MqttTimeout(what) after `ms`, MqttDown when it fails."""
    try:
        return await asyncio.wait_for(awaitable, ms / 1000)
    except asyncio.TimeoutError:  # first: on CPython it is an OSError
        raise MqttTimeout(what)
    except NETWORK_FAULTS as error:
        raise MqttDown("%s: %r" % (what, error))


class Link:
    """One connection. `ms` bounds each write and the close. One task writes and one reads at a time."""

    def __init__(self, reader: "asyncio.StreamReader", writer: "asyncio.StreamWriter", ms: int) -> None:
        self._reader = reader
        self._writer = writer
        self._ms = ms
        self._decoder = Decoder()
        self._broken = False  # part of a packet may be out: nothing can follow it on this connection

    async def send(self, data: bytes) -> None:
        """Write one packet. Raises MqttDown, MqttTimeout."""
        if self._broken:
            raise MqttDown("an earlier write was interrupted")
        self._broken = True  # stays so when the write fails or is cancelled
        await within(self._write(data), self._ms, "write")
        self._broken = False

    async def _write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def receive(self) -> "Packet":
        """The next packet; waits without end, so the caller bounds it. Raises MqttDown, MalformedPacket."""
        while True:
            packet = self._decoder.next()
            if packet is not None:
                return packet
            data = await self._read()
            if not data:
                raise MqttDown("closed by the broker")
            self._decoder.feed(data)

    async def _read(self) -> bytes:
        try:
            return await self._reader.read(READ_SIZE)
        except NETWORK_FAULTS as error:
            raise MqttDown("read: %r" % (error,))

    async def disconnect(self) -> None:
        """Say goodbye, so that the broker drops the will (§3.14), and let it close. Raises MqttDown, MqttTimeout.

        Closing at once could reset the connection and take the DISCONNECT with it if bytes from the broker
        lie unread.
        """
        await self.send(DISCONNECT)
        await within(self._read_to_end(), FAREWELL_MS, "close by the broker")

    async def _read_to_end(self) -> None:
        while await self._reader.read(READ_SIZE):
            pass

    async def close(self) -> None:
        """Free the socket, whatever state it is in."""
        try:
            self._writer.close()
            await within(self._writer.wait_closed(), self._ms, "close")
        except (MqttError,) + NETWORK_FAULTS:
            pass  # the peer is gone already; the descriptor is freed all the same and nobody can act on it


class _Outgoing:
    """A packet on its way, and the event that tells its sender."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.written = False
        self.settled = asyncio.Event()


class SendLine:
    """Lets several tasks send over one Link while a single task touches the socket.

    A sender that is cancelled can thus not leave half a packet behind, and no sender is left waiting on a socket
    that has been closed. Its length is the number of packets not yet written; whoever sends bounds it.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._line: "list[_Outgoing]" = []
        self._filled = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        return len(self._line)

    async def send(self, data: bytes) -> None:
        """Return when the packet is written; it is written also if the sender is cancelled while it waits.

        Raises MqttDown when the line closes first.
        """
        if self._closed:
            raise MqttDown("the connection ended")
        item = _Outgoing(data)
        self._line.append(item)
        self._filled.set()
        await item.settled.wait()  # bounded: each write before it has a deadline, and a failed one closes
        if not item.written:
            raise MqttDown("lost before it was written")

    async def run(self, on_written: "Callable[[], None]") -> None:
        """Write what is sent, in order, until cancelled; `on_written()` after each. Raises MqttDown, MqttTimeout."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._line:
                item = self._line[0]  # stays in the line meanwhile, so that `close` tells its sender too
                await self._link.send(item.data)
                self._line.pop(0)
                item.written = True
                item.settled.set()
                on_written()

    def close(self) -> None:
        """Tell every waiting sender that its packet is lost."""
        self._closed = True
        for item in self._line:
            item.settled.set()
