"""Both real brokers with the configuration that `civicroot gateway broker-config` writes, and clients that log in.

Folder, accounts and certificates are made by the commands themselves.
"""

import argparse
import contextlib
import io
import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as paho
from civicroot_gateway.install import cli, mosquitto, nats
from paho.mqtt.enums import CallbackAPIVersion

from tests.support import brokers
from tests.support.brokers import HOST, START_DEADLINE, Broker, BrokerFailed, MosquittoBroker, NatsBroker, free_port

DEADLINE = 15.0  # seconds for anything to happen on a busy machine
SERVER = "broker.example"  # in the certificate; clients expect it whatever address they connect to


def civicroot(*arguments: str | Path) -> list[Any]:
    """Run `civicroot gateway …` in this process; the lines that it prints, those of JSON parsed."""
    parser = argparse.ArgumentParser()
    cli.add_commands(parser.add_subparsers(required=True))
    parsed = parser.parse_args([str(argument) for argument in arguments])
    with contextlib.redirect_stdout(io.StringIO()) as output:
        assert parsed.func(parsed) == 0
    return [json.loads(line) if line.startswith("{") else line for line in output.getvalue().splitlines()]


class SecuredBroker(Broker):
    """A broker whose `port` has TLS and whose `local_port` has not. `passwords`: by account."""

    kind: type[Broker]

    def __init__(self, folder: Path, **options: str | int) -> None:
        super().__init__(folder)
        self.local_port = free_port()
        self.settings = folder / "broker"
        self.authority = folder / "authority"
        self.passwords: dict[str, str] = {}
        self._process_id = folder / "broker.pid"
        (folder / "store").mkdir(exist_ok=True)
        ports = {"port": self.port, "local_port": self.local_port}
        if self.kind is MosquittoBroker and os.geteuid() == 0:
            options = {"user": "root", **options}  # else root becomes a user who may not read here
        self.configure(broker=self.kind.name, host=HOST, store=folder / "store", **ports, **options)
        self._certificate("server", SERVER)

    @property
    def arguments(self) -> list[str | Path]:
        """Its executable and the option with the generated file."""
        raise NotImplementedError

    def start(self) -> None:
        super().start()
        self._process_id.write_text(str(self.pid))

    def configure(self, **options: object) -> None:
        """Write the configuration, with these options changed."""
        given = [
            text for name, value in options.items() for text in ("--" + name.replace("_", "-"), *str(value).split())
        ]
        civicroot("broker-config", "--folder", self.settings, *given)

    def add(self, *names: str, role: str = "device", replace: bool = False) -> None:
        """Make accounts, and tell the broker if it runs."""
        for line in self._account("add", "--role", role, *names, *(["--replace"] if replace else [])):
            self.passwords[line["username"]] = line["password"]

    def remove(self, *names: str) -> None:
        """Take accounts away, and tell the broker."""
        self._account("remove", *names)

    def renew_certificate(self) -> None:
        """Replace the certificate, and tell the broker."""
        self._certificate("renew", "--now")

    def tls(self) -> ssl.SSLContext:
        """What a client believes: the authority's certificate, and nothing else."""
        return ssl.create_default_context(cafile=str(self.settings / "ca.pem"))

    def served_certificate(self) -> bytes:
        """The certificate that the listener shows now, in DER."""
        link = socket.create_connection((HOST, self.port), DEADLINE)
        with link, self.tls().wrap_socket(link, server_hostname=SERVER) as wrapped:
            return wrapped.getpeercert(binary_form=True) or b""

    def gets_in(self, name: str) -> bool:
        """Whether the account is let in, without a client that minds being hung up on in the middle of a handshake."""
        parts = [field.encode() for field in ("raw-" + name, name, self.passwords[name])]
        content = b"\0\4MQTT\4\xc2\0\x1e" + b"".join(len(part).to_bytes(2, "big") + part for part in parts)
        assert len(content) < 0x80  # one byte of length
        try:
            link = socket.create_connection((HOST, self.port), DEADLINE)
            with link, self.tls().wrap_socket(link, server_hostname=SERVER) as wrapped:
                wrapped.sendall(bytes((0x10, len(content))) + content)
                return wrapped.recv(4) == b"\x20\2\0\0"
        except OSError:
            return False

    def text(self) -> str:
        """Its log."""
        return self.log.read_text(errors="replace")

    def _account(self, action: str, *arguments: str) -> list[Any]:
        return civicroot("account", action, "--folder", self.settings, *arguments, *self._reload())

    def _certificate(self, action: str, *arguments: str) -> None:
        folders = ("--folder", self.settings, "--authority", self.authority)
        civicroot("certificate", action, *arguments, *folders, *self._reload())

    def _reload(self) -> tuple[str | Path, ...]:
        return ("--reload-pid", self._process_id) if self.running else ()

    def _arguments(self) -> list[str | Path]:
        return self.arguments

    def _wait_until_it_answers(self) -> None:
        until = time.monotonic() + START_DEADLINE
        while True:
            self._running()
            try:
                self.served_certificate()
                return
            except OSError as error:
                if time.monotonic() > until:
                    raise BrokerFailed(f"{self.name} does not answer\n{self._log_tail()}") from error
            time.sleep(0.01)  # between two polls


class SecuredMosquitto(SecuredBroker):
    name = "secured-mosquitto"
    kind = MosquittoBroker

    @property
    def arguments(self) -> list[str | Path]:
        executable = brokers._executable("mosquitto", "/usr/sbin:/usr/local/sbin")
        return [executable, "-c", self.settings / mosquitto.MAIN_FILE]


class SecuredNats(SecuredBroker):
    name = "secured-nats"
    kind = NatsBroker

    @property
    def arguments(self) -> list[str | Path]:
        executable = brokers._executable("nats-server", str(Path(brokers.sys.executable).parent))
        return [executable, "-c", self.settings / nats.MAIN_FILE]


SECURED: list[type[SecuredBroker]] = [SecuredNats, SecuredMosquitto]


@dataclass(frozen=True)
class Will:
    """What the broker is to publish when the connection dies."""

    topic: str
    payload: bytes


class Login:
    """A client's connection; a context manager. `messages` are (topic, payload) in the order they came.

    `code`: of CONNACK, or None if the broker closed the connection without one. It does not come back by itself.
    """

    def __init__(
        self,
        broker: SecuredBroker,
        name: str,
        *,
        password: str | None = None,
        port: int | None = None,
        tls: bool = True,
        client_id: str | None = None,
        clean: bool = True,
        will: Will | None = None,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self.code: int | None = None
        self.down = False
        self._changed = threading.Condition()
        self._granted: dict[int, list[int]] = {}
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id or name or "nobody",
            clean_session=clean,
            reconnect_on_failure=False,
        )
        if name:
            known = broker.passwords.get(name, "none")
            self._client.username_pw_set(name, known if password is None else password)
        if tls:
            context = broker.tls()
            context.check_hostname = False  # paho expects the address; the name is tested by `served_certificate`
            if certificate is not None:
                context.load_cert_chain(*certificate)
            self._client.tls_set_context(context)
        if will is not None:
            self._client.will_set(will.topic, will.payload, qos=1)
        self._client.on_connect = lambda _client, _data, _flags, code, _more: self._change("code", code.value)
        self._client.on_disconnect = lambda *_: self._change("down", True)
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.connect(HOST, port or broker.port, keepalive=30)
        self._client.loop_start()
        self.wait(lambda: self.code is not None or self.down, "CONNACK")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        link = self._client.socket()
        if link is not None:
            link.close()

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """Until the condition is true; AssertionError after the deadline."""
        with self._changed:
            assert self._changed.wait_for(condition, DEADLINE), f"never happened: {what}"

    def subscribe(self, *filters: str, qos: int = 1) -> list[bool]:
        """Whether each was granted."""
        codes = [self._subscribe(name, qos) for name in filters]  # one by one: a wrong one must not spoil others
        return [code < 0x80 for code in codes]

    def publish(self, name: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Returns when the broker has acknowledged it (which says nothing about permission)."""
        info = self._client.publish(name, payload, qos, retain)
        info.wait_for_publish(DEADLINE)
        assert info.is_published()

    def send(self, name: str, payload: bytes, qos: int = 1) -> paho.MQTTMessageInfo:
        """Publish without waiting for an answer."""
        return self._client.publish(name, payload, qos)

    def stop_reading(self) -> None:
        """Stay connected, and read and acknowledge no more."""
        self._client.loop_stop()

    def cut(self) -> None:
        """Lose the connection, so that the will is due."""
        link = self._client.socket()
        assert link is not None
        link.shutdown(socket.SHUT_RDWR)
        self.wait(lambda: self.down, "disconnected")

    def _subscribe(self, name: str, qos: int) -> int:
        _, number = self._client.subscribe(name, qos)
        self.wait(lambda: self.down or number in self._granted, f"SUBACK for {name}")
        return self._granted[number][0]

    def _on_subscribe(self, _client: object, _data: object, number: int, codes: list[Any], _more: object) -> None:
        with self._changed:
            self._granted[number] = [code.value for code in codes]
            self._changed.notify_all()

    def _on_message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        with self._changed:
            self.messages.append((message.topic, bytes(message.payload)))
            self._changed.notify_all()

    def _change(self, name: str, value: object) -> None:
        with self._changed:
            setattr(self, name, value)
            self._changed.notify_all()
