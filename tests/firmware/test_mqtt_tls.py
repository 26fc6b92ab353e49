"""The device's MQTT client over TLS, as net.py gives it streams: MicroPython's TLS against Mosquitto's."""

import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.firmware.mqtt_process import DeviceProcess, Peer
from tests.support.brokers import HOST, MosquittoBroker, free_port

TLS_HEAP = 16_000  # bytes that a connection may take more of the heap of scripts on the 64-bit port; 4,000 are seen
ROUNDS = 3
TLS_BESIDE = 64_000  # and beside it, where mbedTLS has its buffers; 28,000 to 37,000 are seen


def make_certificate(folder: Path, host: str) -> Path:
    """Writes key.pem, certificate.pem and certificate.der of a self-signed certificate; returns the DER file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    der = folder / "certificate.der"
    der.write_bytes(certificate.public_bytes(Encoding.DER))
    return der


def tls_listener(folder: Path, port: int) -> str:
    """Configuration of a second listener with the certificate in `folder`."""
    files = f"certfile {folder}/certificate.pem\nkeyfile {folder}/key.pem"
    return f"listener {port} {HOST}\n{files}"


@pytest.mark.timeout(120)
def test_messages_pass_both_ways_over_tls_and_a_foreign_certificate_is_refused(tmp_path: Path) -> None:
    der, port = make_certificate(tmp_path, "localhost"), free_port()
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    stranger = make_certificate(foreign, "localhost")
    with MosquittoBroker(tmp_path, extra=tls_listener(tmp_path, port)) as broker:
        with DeviceProcess(port, ca=str(der), subscriptions=[["dev/cmd", 1]]) as device:
            device.wait("up")
            with Peer(broker.port, "dev/up") as peer:
                device.publish("dev/up", "r" * 8192)
                device.wait("published")
                assert peer.next() == "r" * 8192
                for number in range(5):  # several packets in one TLS record, and one packet in several
                    peer.publish("dev/cmd", f"{number}" * 5000)
                assert [device.wait("message")["payload"][0] for _ in range(5)] == list("01234")
                broker.restart()
                device.wait("down")
                device.wait("up")
            device.send("stop")
            assert device.wait("ended")["error"] is None
        with DeviceProcess(port, ca=str(stranger)) as device:
            for _ in range(2):  # and the task goes on trying
                down = device.wait("down")
                assert (down["error"], "not correctly signed" in down["reason"]) == ("MqttDown", True)


@pytest.mark.timeout(120)
def test_a_connection_over_tls_takes_bounded_memory_more_and_gives_it_back(tmp_path: Path) -> None:
    """In the heap of scripts and beside it (docs/devices.md, Memory of a bin). Pages count, so the sums are rough."""
    der, port = make_certificate(tmp_path, "localhost"), free_port()
    with MosquittoBroker(tmp_path, extra=tls_listener(tmp_path, port)) as broker:
        with DeviceProcess(broker.port) as device:
            device.wait("up")
            plain = device.state()["allocated"], device.resident()
        with DeviceProcess(port, ca=str(der)) as device:
            device.wait("up")
            first = device.state()["allocated"], device.resident()
            for _ in range(ROUNDS):
                broker.restart()
                device.wait("down")
                device.wait("up")
            again = device.state()["allocated"], device.resident()
    print(f"heap, resident: plain {plain}, over TLS {first}, after {ROUNDS} new connections {again}")
    assert first[0] - plain[0] < TLS_HEAP and first[1] - plain[1] < TLS_BESIDE
    # Had each old connection stayed, there were at least 80,000 bytes more.
    assert again[0] - first[0] < TLS_HEAP and again[1] - first[1] < TLS_BESIDE
