"""A real backend process, ended by its own handle, and a gateway's side of the broker."""

import itertools
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from civicroot_wire import topic, verdict
from civicroot_wire.sodium import Signer
from civicroot_wire.verdict import Verdict
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.backend.audit import digest
from tests.support.brokers import Broker

DEADLINE = 60.0  # seconds for anything that should happen at once, on a busy machine
# The command line without its dispatcher, so that these tests need no installed entry points.
_MAIN = (
    "import argparse, sys; from civicroot_backend.cli import add_commands; parser = argparse.ArgumentParser();"
    "add_commands(parser.add_subparsers()); arguments = parser.parse_args(); sys.exit(arguments.func(arguments))"
)


def command(*arguments: str | Path) -> list[str]:
    """The command line of a `civicroot` sub-command."""
    return [sys.executable, "-c", _MAIN, *map(str, arguments)]


def wait_until(condition: Callable[[], bool], what: str, deadline: float = DEADLINE) -> None:
    """Poll until the condition holds; fails the test after the deadline."""
    until = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < until, f"not within {deadline} s: {what}"
        time.sleep(0.01)  # between two polls


class BackendProcess:
    """`civicroot backend run`; a context manager that leaves no process behind."""

    def __init__(self, config_file: Path, port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._config_file = config_file
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it; it may not serve yet."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command("backend", "run", "--config", self._config_file),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={name: value for name, value in os.environ.items() if not name.startswith("CIVICROOT_")},
            )

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """The exit status, once it ends by itself."""
        assert self._process is not None
        status = self._process.wait(DEADLINE)
        self._process = None
        return status

    @property
    def pid(self) -> int:
        """The running process."""
        assert self._process is not None
        return self._process.pid

    def wait_until_serving(self) -> None:
        """Return when it answers HTTP and the broker is connected."""
        wait_until(self._healthy, f"healthy backend\n{self._tail()}")

    def get(self, path: str) -> bytes:
        """What it answers; raises HTTPError."""
        with urllib.request.urlopen(self.url + path, timeout=DEADLINE) as answer:
            found: bytes = answer.read()
            return found

    def _healthy(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._tail()
        try:
            self.get("/healthz")
        except urllib.error.HTTPError as error:
            error.close()
            return False
        except OSError:
            return False
        return True

    def _tail(self) -> str:
        return self._log.read_text(errors="replace")[-4000:] if self._log.exists() else ""


class GatewayLink:
    """A gateway's connection: publishes batches, keeps verdicts by message digest and retained messages by topic."""

    _numbers = itertools.count()

    def __init__(self, broker: Broker, gateway: Signer) -> None:
        self.gateway = gateway
        self.verdicts: dict[bytes, Verdict] = {}
        self.retained: dict[str, bytes] = {}
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, f"test-gateway-{next(self._numbers)}")
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._connected
        self._client.on_message = self._received
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as closing:
            closing.callback(self._client.loop_stop)
            self._client.disconnect()

    def send(self, message: bytes) -> None:
        """Publish a batch message."""
        self._client.publish(topic.of_gateway(self.gateway.kid, topic.BATCH), message, 1)

    def publish(self, name: str, payload: bytes, retain: bool = False) -> None:
        """Publish anything."""
        self._client.publish(name, payload, 1, retain)

    def verdict(self, message: bytes) -> Verdict | None:
        """The verdict on a message, if it has come."""
        return self.verdicts.get(digest(message))

    def _connected(self, client: mqtt.Client, *_: object) -> None:
        prefix = topic.PREFIX + self.gateway.kid.hex()
        client.subscribe([(f"{prefix}/{topic.ACK}", 1), (f"{prefix}/{topic.CHECKPOINT}", 1)])
        client.subscribe([(f"{prefix}/+/{leaf}", 1) for leaf in (topic.ENROLMENT, topic.REVOCATION, topic.CMD)])

    def _received(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.topic.endswith("/" + topic.ACK):
            found = verdict.decode(bytes(message.payload))
            self.verdicts[found.digest] = found
        else:
            self.retained[message.topic] = bytes(message.payload)
