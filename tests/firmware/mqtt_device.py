"""Runs in MicroPython: the device's MQTT client, driven by JSON lines on standard input (see mqtt_process.py).

The one argument is JSON: port, client_id, and optionally the other arguments of MqttClient, `subscriptions`,
`online` (what on_up publishes, retained, on the will's topic), `ca` (DER file; makes it TLS to "localhost").
Every event is one JSON line on standard output. A message "poison" makes on_message raise.
"""

import asyncio
import gc
import json
import ssl
import sys
import time

from civicroot_device.mqtt.client import MqttClient
from civicroot_device.mqtt.errors import MqttError
from civicroot_device.mqtt.packet import PacketIds

HOST = "127.0.0.1"


def emit(event, **fields):
    fields["event"] = event
    print(json.dumps(fields))


def read_file(path):
    with open(path, "rb") as file:  # noqa: PTH123 (MicroPython has no pathlib)
        return file.read()


class Device:
    def __init__(self, options):
        self.port = options.pop("port")
        self.online = options.pop("online", None)
        self.ca = options.pop("ca", None)
        subscriptions = options.pop("subscriptions", [])
        last_id = options.pop("last_id", 0)
        if "will" in options:
            topic, payload, qos, retain = options["will"]
            options["will"] = (topic, payload.encode(), qos, retain)
            self.will_topic = topic
        if "password" in options:
            options["password"] = options["password"].encode()
        self.beats = 0
        self.connections = 0
        self.tasks = []
        self.stop = asyncio.Event()
        self.client = MqttClient(
            connect=self.connect,
            on_message=self.on_message,
            on_up=self.on_up,
            on_down=self.on_down,
            alive=self.alive,
            random=lambda: 0.0,  # the shortest back-off: tests wait for reconnections
            ticks=time.ticks_ms,
            **options,
        )
        self.client._ids = PacketIds(last_id)  # as after so many publishes
        for topic, qos in subscriptions:
            self.client.subscribe(topic, qos)

    async def connect(self):
        self.connections += 1
        if self.ca is None:
            return await asyncio.open_connection(HOST, self.port)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=read_file(self.ca))
        return await asyncio.open_connection(HOST, self.port, ssl=context, server_hostname="localhost")

    def on_message(self, topic, payload):
        emit("message", topic=topic, size=len(payload), payload=payload[:80].decode())
        if payload == b"poison":
            raise RuntimeError("poisoned")

    async def on_up(self):
        if self.online is not None:
            await self.client.publish(self.will_topic, self.online.encode(), 1, True)
        emit("up")

    def on_down(self, error):
        emit("down", error=type(error).__name__, reason=error.reason, connected=self.client.connected)

    def alive(self):
        self.beats += 1

    async def publish(self, number, topic, payload, qos, retain):
        try:
            await self.client.publish(topic, payload.encode(), qos, retain)
        except MqttError as error:
            emit("failed", number=number, error=type(error).__name__, reason=error.reason)
        except ValueError as error:
            emit("failed", number=number, error="ValueError", reason=str(error))
        else:
            emit("published", number=number)

    async def flood(self, count, topic):
        for number in range(count):
            await self.client.publish(topic, b"%d" % number)
        emit("flooded")

    async def abandon(self, count, topic):
        """Start publishes and cancel each at another moment of its life."""
        for number in range(count):
            task = asyncio.create_task(self.client.publish(topic, b"%d" % number))
            for _ in range(number % 7):
                await asyncio.sleep(0)
            task.cancel()
            while not task.done():
                await asyncio.sleep(0)
        emit("abandoned")

    async def touch(self):
        """Write to every free page of the heap, so that what the process holds beside it can be told."""
        blocks = []
        try:
            while True:
                blocks.append(bytearray(512))
        except MemoryError:
            blocks = None
        gc.collect()
        emit("touched")

    def state(self):
        self.tasks = [task for task in self.tasks if not task.done()]
        gc.collect()
        emit(
            "state",
            connected=self.client.connected,
            beats=self.beats,
            connections=self.connections,
            allocated=gc.mem_alloc(),
        )

    async def commands(self):
        lines = asyncio.StreamReader(sys.stdin)
        while True:
            line = await lines.readline()
            if not line:
                return
            name, arguments = json.loads(line)
            if name == "stop":
                self.stop.set()
            elif name == "cancel":
                self.running.cancel()
            elif name == "state":
                self.state()
            elif name == "subscribe":
                self.client.subscribe(*arguments)
            else:
                self.tasks.append(asyncio.create_task(getattr(self, name)(*arguments)))

    async def main(self):
        self.tasks.append(asyncio.create_task(self.commands()))
        emit("started")
        try:
            self.running = asyncio.create_task(self.client.run(self.stop))
            await self.running
        except asyncio.CancelledError:
            emit("cancelled", connected=self.client.connected)
            await asyncio.sleep(3600)  # the process lives on: only `run` can have closed the connection
        except Exception as error:  # noqa: BLE001 (the test judges it)
            emit("ended", error=type(error).__name__, reason=str(error))
        else:
            emit("ended", error=None, reason=None)


asyncio.run(Device(json.loads(sys.argv[1])).main())
