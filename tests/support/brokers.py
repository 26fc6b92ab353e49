"""Real MQTT brokers for tests: nats-server (from its wheel) and Mosquitto (Debian), one process each.

    with NatsBroker(tmp_path) as broker:
        client.connect("127.0.0.1", broker.port)
        broker.kill()      # SIGKILL
        broker.restart()   # same port, same store

A broker is usable when a start method returns: it has answered an MQTT CONNECT. Both take anonymous clients
unless `extra` configuration says otherwise. What a broker loses on SIGKILL is its own affair and part of the
tests: Mosquitto writes its retained messages and sessions only on a clean end, NATS as they come.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

HOST = "127.0.0.1"
START_DEADLINE = 20.0  # seconds; both start in well under one, JetStream recovery of a full store takes longer
STOP_DEADLINE = 10.0  # seconds for a clean end; NATS waits for its clients for a moment
START_ATTEMPTS = 3  # another process may take the free port between its choice and the broker's bind
LOG_TAIL = 4000  # characters of the broker's log shown when it does not start

# CONNECT: protocol MQTT level 4, clean session, keep-alive 10 s, empty client id (the broker makes one up).
_CONNECT = bytes.fromhex("100c 0004 4d515454 04 02 000a 0000")
_CONNACK = 0x20
_DISCONNECT = b"\xe0\x00"


class BrokerUnavailable(Exception):
    """The broker is not installed. Tests fail on this; they never skip."""


class BrokerFailed(Exception):
    """The broker ended, or did not answer before its deadline; the message holds the end of its log."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Broker:
    """A broker process with its configuration, log and store in `folder`. A context manager; starts on entry.

    Attributes: host, port (fixed for the life of the object), folder, log (file).
    """

    name = ""

    def __init__(self, folder: Path, extra: str = "") -> None:
        self.host = HOST
        self.folder = folder / self.name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / "broker.log"
        self.port = free_port()
        self._extra = extra
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        for attempt in range(START_ATTEMPTS):
            try:
                self.start()
                return self
            except BrokerFailed:
                self.kill()
                if attempt == START_ATTEMPTS - 1:
                    raise
                self.port = free_port()
        raise AssertionError("unreachable")

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        """Whether the process runs (a paused one does)."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id of the running broker."""
        return self._running().pid

    def start(self) -> None:
        """Start on the same port and store, and return when it answers. Raises BrokerFailed."""
        if self.running:
            raise BrokerFailed(f"{self.name} runs already")
        arguments = self._arguments()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        self._wait_until_it_answers()

    def stop(self) -> None:
        """End it cleanly (SIGTERM, then SIGKILL after a deadline)."""
        if self._process is None:
            return
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """SIGKILL if it runs, then start on the same port and store."""
        self.kill()
        self.start()

    def pause(self) -> None:
        """Freeze it (SIGSTOP): connections stay open and nothing is answered. It is frozen when this returns."""
        process = self._running()
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)  # every thread has stopped

    def resume(self) -> None:
        """Undo pause."""
        self._running().send_signal(signal.SIGCONT)

    def _arguments(self) -> list[str | Path]:
        """Write the configuration; the command line that uses it."""
        raise NotImplementedError

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            raise BrokerFailed(f"{self.name} does not run\n{self._log_tail()}")
        return self._process

    def _signal(self, number: signal.Signals) -> None:
        if self.running:
            self._running().send_signal(number)

    def _wait_until_it_answers(self) -> None:
        until = time.monotonic() + START_DEADLINE
        while not _answers(self.host, self.port):
            self._running()
            if time.monotonic() > until:
                raise BrokerFailed(f"{self.name} does not answer on port {self.port}\n{self._log_tail()}")
            time.sleep(0.01)  # between two polls
        self._running()  # it was this process that answered, not another one on its port

    def _log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-LOG_TAIL:] if self.log.exists() else ""


class NatsBroker(Broker):
    """nats-server with JetStream and MQTT 3.1.1; `nats_port` takes NATS clients.

    `extra` goes to the top level of its configuration, `mqtt_extra` into the block `mqtt`.
    """

    name = "nats"

    def __init__(self, folder: Path, extra: str = "", mqtt_extra: str = "") -> None:
        super().__init__(folder, extra)
        self._mqtt_extra = mqtt_extra
        self.nats_port = free_port()

    def _arguments(self) -> list[str | Path]:
        configuration = self.folder / "nats.conf"
        configuration.write_text(
            f"""
            server_name: "civicroot-test"  # MQTT needs a name that outlives a restart
            listen: "{HOST}:{self.nats_port}"
            jetstream {{
                store_dir: "{self.folder / "store"}"
                max_memory_store: 64MB
                max_file_store: 1GB
            }}
            mqtt {{
                listen: "{HOST}:{self.port}"
                {self._mqtt_extra}
            }}
            {self._extra}
            """
        )
        return [_executable("nats-server", str(Path(sys.executable).parent)), "-c", configuration]


class MosquittoBroker(Broker):
    """Debian's Mosquitto with persistence."""

    name = "mosquitto"

    def _arguments(self) -> list[str | Path]:
        store = self.folder / "store"
        store.mkdir(exist_ok=True)
        configuration = self.folder / "mosquitto.conf"
        lines = [
            f"listener {self.port} {HOST}",
            "allow_anonymous true",
            "persistence true",
            f"persistence_location {store}/",
            "log_dest stdout",
            *(["user root"] if os.geteuid() == 0 else []),  # else root becomes a user who may not write here
            self._extra,
        ]
        configuration.write_text("\n".join(lines) + "\n")
        return [_executable("mosquitto", "/usr/sbin:/usr/local/sbin"), "-c", configuration]


def _executable(name: str, folders: str) -> str:
    found = shutil.which(name, path=f"{folders}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise BrokerUnavailable(f"{name} is not installed")
    return found


def _answers(host: str, port: int) -> bool:
    """Whether a broker answers CONNECT with CONNACK (whatever its code) on the port."""
    try:
        with socket.create_connection((host, port), timeout=1.0) as link:
            link.sendall(_CONNECT)
            answer = link.recv(4)
            if answer[:1] != bytes([_CONNACK]):
                return False
            link.sendall(_DISCONNECT)
            return True
    except OSError:
        return False  # not yet; the caller polls until its deadline
