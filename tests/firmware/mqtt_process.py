"""What the tests of the MQTT client drive: a MicroPython device process, a paho peer, a scripted server."""

import contextlib
import json
import queue
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as paho

from tests.support.brokers import HOST
from tests.support.micropython import micropython_binary, micropython_environment

SCRIPT = Path(__file__).with_name("mqtt_device.py")
HEAP = "256k"  # what an ESP32 without PSRAM leaves an application, in the words of a 64-bit port
DEADLINE = 15.0  # seconds for any single event; most take milliseconds, a reconnection one or two seconds

Event = dict[str, Any]


class DeviceProcess:
    """The client in a MicroPython process of its own; options as in mqtt_device.py. A context manager."""

    def __init__(self, port: int, client_id: str = "device", **options: Any) -> None:
        settings = {"port": port, "client_id": client_id, **options}
        self._process = subprocess.Popen(
            [micropython_binary(), "-X", f"heapsize={HEAP}", SCRIPT, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=micropython_environment(),
            text=True,
            bufsize=1,
        )
        self.events: list[Event] = []
        self._arriving: queue.Queue[Event] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                self._arriving.put(json.loads(line))
            except ValueError:
                self._arriving.put({"event": "printed", "line": line})  # a traceback; shown when a test fails
        self._arriving.put({"event": "exit"})

    def resident(self) -> int:
        """Bytes of memory of its own, the whole heap included (proc(5), RssAnon)."""
        self.send("touch")
        self.wait("touched")
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return 1024 * int(status.partition("RssAnon:")[2].split()[0])

    def send(self, name: str, *arguments: Any) -> None:
        """Give the device a command."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([name, arguments]) + "\n")
        self._process.stdin.flush()

    def wait(self, event: str, **fields: Any) -> Event:
        """The next event of this name and with these fields; those before it are passed over (and kept)."""
        while True:
            try:
                arrived = self._arriving.get(timeout=DEADLINE)
            except queue.Empty:
                raise AssertionError(f"no {event} {fields}; events: {self.events}") from None
            self.events.append(arrived)
            if arrived["event"] == event and all(arrived[name] == value for name, value in fields.items()):
                return arrived
            if arrived["event"] == "exit":
                raise AssertionError(f"device ended before {event} {fields}; events: {self.events}")

    def passed(self, event: str) -> None:
        """Return when this event has come, be it before what was waited for last."""
        if not any(seen["event"] == event for seen in self.events):
            self.wait(event)

    def publish(self, topic: str, payload: str, qos: int = 1, retain: bool = False, number: int = 0) -> None:
        """Start a publish; its end is the event `published` or `failed` with this number."""
        self.send("publish", number, topic, payload, qos, retain)

    def state(self) -> Event:
        """connected, beats of alive(), connections tried, bytes allocated."""
        self.send("state")
        return self.wait("state")

    def descriptors(self) -> int:
        """How many files and sockets the process has open."""
        return len(list(Path(f"/proc/{self._process.pid}/fd").iterdir()))

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


class Peer:
    """A paho client subscribed to `topics`; `next` gives what arrives. A context manager."""

    def __init__(self, port: int, *topics: str) -> None:
        self._port = port
        self._topics = topics
        self._messages: queue.Queue[paho.MQTTMessage] = queue.Queue()
        self._ready = threading.Event()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
        self._client.on_message = lambda _client, _data, message: self._messages.put(message)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._ready.set()

    def __enter__(self) -> Self:
        self._client.connect(HOST, self._port)
        self._client.loop_start()
        assert self._ready.wait(DEADLINE), "the peer could not subscribe"
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, *_: object) -> None:
        if self._topics:
            self._client.subscribe([(topic, 1) for topic in self._topics])
        else:
            self._ready.set()

    def publish(self, topic: str, payload: str | bytes, qos: int = 1, retain: bool = False) -> None:
        """Publish and wait for the broker's acknowledgement."""
        sent = self._client.publish(topic, payload, qos, retain)
        sent.wait_for_publish(DEADLINE)
        assert sent.is_published()

    def next(self) -> str:
        """The payload of the next message."""
        try:
            payload: bytes = self._messages.get(timeout=DEADLINE).payload
        except queue.Empty:
            raise AssertionError("nothing arrived") from None
        return payload.decode()

    def collect(self, count: int) -> list[str]:
        """The payloads of the next messages."""
        return [self.next() for _ in range(count)]


Play = Callable[[socket.socket], None]


@contextlib.contextmanager
def scripted_server(*plays: Play) -> Iterator[int]:
    """A TCP server on the port given; connection number n is served by play n, then closed.

    An error in a play, or a play that was not reached, fails the test at the end.
    """
    failures: list[BaseException] = []
    played = 0
    closing = threading.Event()

    def serve() -> None:
        nonlocal played
        for play in plays:
            try:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(DEADLINE)
                    play(connection)
                played += 1
            except OSError as error:
                if not closing.is_set():
                    failures.append(error)
                return
            except AssertionError as error:
                failures.append(error)
                return

    with socket.create_server((HOST, 0)) as listener:
        listener.settimeout(DEADLINE)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
            thread.join(DEADLINE)
        finally:
            closing.set()
            listener.close()
            thread.join(2 * DEADLINE)
    assert not failures, failures
    assert played == len(plays), f"{played} of {len(plays)} connections were made"


def receive_packet(connection: socket.socket) -> bytes:
    """One MQTT packet of fewer than 128 bytes."""
    head = _exactly(connection, 2)
    return head + _exactly(connection, head[1])


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        assert part, "the device closed the connection early"
        data += part
    return data


def accept_mqtt(connection: socket.socket) -> None:
    """Answer CONNECT with CONNACK."""
    assert receive_packet(connection)[0] == 0x10
    connection.sendall(b"\x20\x02\x00\x00")


def silence(connection: socket.socket) -> None:
    """Answer nothing until the device closes."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        pass  # closed with unread bytes: closed all the same


def accept_until_goodbye(connection: socket.socket) -> None:
    """A broker that accepts the connection and takes only DISCONNECT."""
    accept_mqtt(connection)
    assert receive_packet(connection) == b"\xe0\x00"


def accept_then_silence(connection: socket.socket) -> None:
    """A broker that accepts the connection and then hangs."""
    accept_mqtt(connection)
    silence(connection)
