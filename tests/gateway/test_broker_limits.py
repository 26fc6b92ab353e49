"""The generated configuration in both real brokers: what is refused, what is bounded, what a reload changes."""

import contextlib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from civicroot_gateway.install.broker import DEVICES_PAYLOAD, MAX_QUEUED_BYTES

from tests.support.brokers import HOST, free_port

from .live import eventually
from .secured_broker import DEADLINE, SECURED, SERVER, Login, SecuredBroker, SecuredMosquitto, SecuredNats, civicroot

GATEWAY, OTHER_GATEWAY = "00" * 7 + "f1", "00" * 7 + "f2"
A, B, C = "a" * 16, "b" * 16, "c" * 16
EACH = pytest.mark.parametrize("kind", SECURED, ids=lambda kind: kind.kind.name)


def topic(*levels: str) -> str:
    return "/".join(("civicroot/v1", *levels))


@pytest.fixture(params=SECURED, ids=lambda kind: kind.kind.name)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SecuredBroker]:
    """A gateway's broker for the devices' side, with accounts of the gateway and two devices."""
    with make(request.param, tmp_path) as found:
        yield found


def make(kind: type[SecuredBroker], folder: Path, **options: str | int) -> SecuredBroker:
    found = kind(folder, gateway=GATEWAY, **options)
    found.add(A, B)
    found.add(GATEWAY, role="gateway")
    return found


def can_log_in(broker: SecuredBroker, name: str) -> bool:
    with Login(broker, name) as login:
        return login.code == 0


def test_brokers_accept_their_files_without_a_word(broker: SecuredBroker) -> None:
    if isinstance(broker, SecuredNats):
        done = subprocess.run([*broker.arguments, "-t"], capture_output=True, text=True, check=True)
        assert "is valid" in done.stdout + done.stderr
    lines = [line for line in broker.text().splitlines() if "should not be run as root" not in line]  # as tests may
    for word in ("WRN", "ERR", "Warning", "Error:", "Note", "deprecated", "Invalid"):
        assert not [line for line in lines if word in line]


@EACH
def test_without_any_account_nobody_comes_in(kind: type[SecuredBroker], tmp_path: Path) -> None:
    with kind(tmp_path, gateway=GATEWAY) as broker:
        for name in ("", A, GATEWAY, "nobody"):
            assert not can_log_in(broker, name)


def test_plain_connection_to_the_tls_port_gets_no_answer_that_lets_it_in(broker: SecuredBroker) -> None:
    connect = bytes.fromhex("100c00044d5154540402000a0000")
    with socket.create_connection((HOST, broker.port), DEADLINE) as link:
        link.sendall(connect)
        with contextlib.suppress(ConnectionError):  # it may hang up, which is a right answer too
            assert link.recv(4)[:1] != b"\x20"  # CONNACK


def test_certificate_is_the_authoritys_and_good_for_its_names_alone(broker: SecuredBroker) -> None:
    for name, good in ((SERVER, True), ("localhost", True), (HOST, True), ("other.example", False)):
        link = socket.create_connection((HOST, broker.port), DEADLINE)
        try:
            with link, broker.tls().wrap_socket(link, server_hostname=name):
                assert good
        except ssl.SSLCertVerificationError:
            assert not good
    stranger = ssl.create_default_context()
    with socket.create_connection((HOST, broker.port), DEADLINE) as link, pytest.raises(ssl.SSLCertVerificationError):
        stranger.wrap_socket(link, server_hostname=SERVER)


def test_largest_message_passes_and_a_larger_one_costs_the_connection(broker: SecuredBroker) -> None:
    with Login(broker, GATEWAY) as gateway, Login(broker, A) as a:
        a.subscribe(topic(GATEWAY, A, "cmd"))
        gateway.publish(topic(GATEWAY, A, "cmd"), b"1" * DEVICES_PAYLOAD, retain=True)
        a.wait(lambda: a.messages, "the largest message")
        assert a.messages[0][1] == b"1" * DEVICES_PAYLOAD
        gateway.send(topic(GATEWAY, A, "cmd"), b"2" * (DEVICES_PAYLOAD + 2048))
        gateway.wait(lambda: gateway.down, "disconnected")
    with Login(broker, GATEWAY) as gateway, Login(broker, A) as a:
        a.subscribe(topic(GATEWAY, A, "cmd"), topic(GATEWAY, A, "ack"))
        gateway.publish(topic(GATEWAY, A, "ack"), b"after")
        a.wait(lambda: len(a.messages) == 2, "what came after")
        assert {payload[:5] for _, payload in a.messages} == {b"11111", b"after"}


def test_quality_of_service_2_is_refused(broker: SecuredBroker) -> None:
    with Login(broker, A) as a:
        a._client.publish(topic(GATEWAY, A, "up"), b"twice", 2)
        a.wait(lambda: a.down, "disconnected")


def test_nats_refuses_connections_beyond_the_limit_until_somebody_leaves(tmp_path: Path) -> None:
    with make(SecuredNats, tmp_path, max_connections=2) as broker:
        eventually(lambda: broker.gets_in(A), "whoever asked whether it runs is gone")
        with Login(broker, A) as a, Login(broker, GATEWAY) as gateway:
            assert (a.code, gateway.code) == (0, 0)
            assert not broker.gets_in(B)
            assert not a.down
        eventually(lambda: broker.gets_in(B), "room")


def test_mosquitto_refuses_connections_beyond_a_listeners_limit_until_somebody_leaves(tmp_path: Path) -> None:
    """Without TLS: a handshake that is broken off, as by who asks whether it runs, makes Mosquitto 2.0 count wrong."""
    with make(SecuredMosquitto, tmp_path, max_connections=2) as broker:
        with _local(broker, A) as a, _local(broker, GATEWAY) as gateway:
            assert (a.code, gateway.code) == (0, 0)
            with _local(broker, B) as b:
                assert b.code != 0
            assert not a.down
        eventually(lambda: _gets_in_locally(broker, B), "room")


def _local(broker: SecuredBroker, name: str) -> Login:
    return Login(broker, name, port=broker.local_port, tls=False)


def _gets_in_locally(broker: SecuredBroker, name: str) -> bool:
    with _local(broker, name) as login:
        return login.code == 0


def test_mosquitto_keeps_a_bounded_number_of_bytes_for_who_is_away(tmp_path: Path) -> None:
    size, number = DEVICES_PAYLOAD, MAX_QUEUED_BYTES // DEVICES_PAYLOAD + 100
    with make(SecuredMosquitto, tmp_path) as broker:
        with Login(broker, GATEWAY, clean=False) as gateway:
            gateway.subscribe(topic(GATEWAY, "+", "up"))
        with Login(broker, A) as a:
            for _ in range(number):
                a.send(topic(GATEWAY, A, "up"), b"x" * size)
            a.publish(topic(GATEWAY, A, "state"), b"all sent")
        with Login(broker, GATEWAY, clean=False) as gateway:
            gateway.subscribe(topic(GATEWAY, "+", "state"))
            with Login(broker, B) as b:
                eventually(lambda: _says(b, gateway), "the queue is drained")
            kept = sum(len(payload) for name, payload in gateway.messages if name.endswith("/up"))
            assert MAX_QUEUED_BYTES // 2 < kept <= MAX_QUEUED_BYTES + size


def _says(device: Login, gateway: Login) -> bool:
    """Whether a new message has come through: nothing is queued before it any more."""
    device.publish(topic(GATEWAY, B, "state"), b"present")
    return any(name == topic(GATEWAY, B, "state") for name, _ in gateway.messages)


def test_nats_with_a_full_store_takes_no_more_and_has_room_when_the_gateway_comes_again(tmp_path: Path) -> None:
    """With a clean session, as the gateway has: of a persistent one nats-server would refuse the very CONNECT."""
    with make(SecuredNats, tmp_path, store_bytes=8 << 20) as broker:
        gateway = Login(broker, GATEWAY)
        with gateway:
            gateway.subscribe(topic(GATEWAY, "+", "up"))
            gateway.stop_reading()
            with Login(broker, A) as a:
                sent = [a.send(topic(GATEWAY, A, "up"), b"x" * DEVICES_PAYLOAD) for _ in range(400)]
                a.wait(lambda: a.down, "the store is full")
                assert 0 < sum(info.is_published() for info in sent) < len(sent)
        with Login(broker, GATEWAY) as gateway:
            assert gateway.code == 0
            gateway.subscribe(topic(GATEWAY, "+", "up"))
            with Login(broker, A) as a:
                a.publish(topic(GATEWAY, A, "up"), b"again")
            gateway.wait(lambda: gateway.messages, "what is sent again")
            assert gateway.messages == [(topic(GATEWAY, A, "up"), b"again")]


def test_account_comes_and_goes_while_the_broker_runs(broker: SecuredBroker) -> None:
    with Login(broker, A) as a:
        assert not can_log_in(broker, C)
        broker.add(C)
        eventually(lambda: can_log_in(broker, C), "the new account")
        with Login(broker, C) as c:
            broker.remove(C)
            eventually(lambda: not can_log_in(broker, C), "refused")
            c.wait(lambda: c.down, "thrown out")
        assert not a.down


def test_new_password_puts_the_old_one_out_of_use(broker: SecuredBroker) -> None:
    old = broker.passwords[A]
    broker.add(A, replace=True)
    eventually(lambda: can_log_in(broker, A), "the new password")
    with Login(broker, A, password=old) as login:
        assert login.code not in (0, None)


def test_renewed_certificate_is_served_without_a_restart(broker: SecuredBroker) -> None:
    before = broker.served_certificate()
    with Login(broker, A) as a:
        broker.renew_certificate()
        eventually(lambda: broker.served_certificate() != before, "the new certificate")
        assert not a.down


def test_taking_over_anothers_client_id_brings_nothing_to_read(broker: SecuredBroker) -> None:
    """Mosquitto gives every connection its account's own id; nats-server judges the old subscriptions anew."""
    with Login(broker, GATEWAY, client_id="civicroot-gateway", clean=False) as gateway:
        gateway.subscribe(topic(GATEWAY, "+", "up"), topic(GATEWAY, "+", "state"))
    with Login(broker, A) as a:
        a.publish(topic(GATEWAY, A, "up"), b"of A")
        with Login(broker, B, client_id="civicroot-gateway", clean=False) as b:
            a.publish(topic(GATEWAY, A, "up"), b"more of A")
            b.subscribe(topic(GATEWAY, B, "ack"))
            with Login(broker, GATEWAY, client_id="other") as gateway:
                gateway.publish(topic(GATEWAY, B, "ack"), b"for B")
            b.wait(lambda: b.messages, "its own")
            assert b.messages == [(topic(GATEWAY, B, "ack"), b"for B")]


def test_mosquitto_lets_nobody_push_another_one_out(tmp_path: Path) -> None:
    with make(SecuredMosquitto, tmp_path) as broker, Login(broker, A, client_id=A) as a:
        with Login(broker, B, client_id=A) as b:
            b.subscribe(topic(GATEWAY, B, "ack"))
        a.subscribe(topic(GATEWAY, A, "ack"))
        assert not a.down


def test_gateway_comes_in_with_its_certificate_and_nobody_with_anothers(tmp_path: Path) -> None:
    port = free_port()
    broker = SecuredMosquitto(tmp_path, side="uplink", certificate_port=port)
    broker.add(GATEWAY, OTHER_GATEWAY, role="gateway")
    broker.add("backend", role="backend")

    def certificate(kid: str, authority: Path = broker.authority) -> tuple[Path, Path]:
        out, folder = ("--out", tmp_path), ("--authority", authority)
        found = civicroot("certificate", "client", kid, *out, *folder)[0]
        return Path(found["certificate"]), Path(found["key"])

    with broker, Login(broker, "backend") as backend:
        backend.subscribe(topic("+", "batch"))
        with Login(broker, "", port=port, certificate=certificate(GATEWAY)) as gateway:
            assert gateway.code == 0
            gateway.publish(topic(OTHER_GATEWAY, "batch"), b"forged")
            gateway.publish(topic(GATEWAY, "batch"), b"own")
            backend.wait(lambda: backend.messages, "the gateway's own batch")
            assert backend.messages == [(topic(GATEWAY, "batch"), b"own")]
        server = (broker.settings / "server.pem", broker.settings / "server.key")
        for wrong in (None, certificate(GATEWAY, tmp_path / "stranger"), server):
            assert not _is_let_in(broker, port, wrong)
        broker.remove(OTHER_GATEWAY)
        with Login(broker, "", port=port, certificate=certificate(OTHER_GATEWAY)) as removed:
            if removed.code == 0:  # the certificate is good still, but there is nothing for it
                removed.publish(topic(OTHER_GATEWAY, "batch"), b"removed")
        with Login(broker, GATEWAY) as gateway:
            gateway.publish(topic(GATEWAY, "batch"), b"last")
            backend.wait(lambda: len(backend.messages) > 1, "the last batch")
            assert backend.messages[1:] == [(topic(GATEWAY, "batch"), b"last")]


def _is_let_in(broker: SecuredBroker, port: int, certificate: tuple[Path, Path] | None) -> bool:
    try:
        with Login(broker, GATEWAY, port=port, certificate=certificate) as login:
            return login.code == 0
    except OSError:
        return False


def test_mosquitto_that_gave_up_root_can_still_read_its_secrets_again(tmp_path: Path) -> None:
    """Root writes the files; they belong to the folder's owner, who is what the broker becomes."""
    name = "mosquitto" if os.geteuid() == 0 else ""
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o755)
        for part in ("broker", "store"):
            (folder / part).mkdir(mode=0o700)
            if name:
                os.chown(folder / part, pwd.getpwnam(name).pw_uid, pwd.getpwnam(name).pw_gid)
        with make(SecuredMosquitto, folder, user=name) as broker:
            for path in broker.settings.iterdir():
                assert path.stat().st_mode & 0o077 == 0 or path.suffix in (".pem", ".der")
                assert path.stat().st_uid == broker.settings.stat().st_uid
            before = broker.served_certificate()
            broker.add(C)
            eventually(lambda: can_log_in(broker, C), "the new account")
            broker.renew_certificate()
            eventually(lambda: broker.served_certificate() != before, "the new certificate")
    finally:
        shutil.rmtree(folder)
