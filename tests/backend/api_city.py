"""A small city with a real Backend on a folder of its own, served over HTTP by the real server.

Records and batches are signed as devices and gateways sign them, and committed in the caller's thread, so that every
test decides when something is committed, published and projected. No broker is needed.
"""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from civicroot_backend import keyfile
from civicroot_backend.api.app import create_app
from civicroot_backend.api.server import Server, make_server
from civicroot_backend.config import make
from civicroot_backend.ingest.commit import Arrival, Outcome
from civicroot_backend.service import Backend
from civicroot_wire import batch, enrolment, note, policy, possession, record
from civicroot_wire.base64 import encode as base64
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.policy import Policy
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sequence import Sequence as SequenceHeader
from civicroot_wire.sodium import Signer

REALM = "test.city"
ORIGIN = "test.city/log"
START = 1_790_000_000  # Unix seconds at which every test city begins
STARTED_WITHIN = 20.0  # seconds for the server to listen, or to end
NONCE = bytes(range(16))
ENROLMENTS = "/api/v1/enrolments"
COSE = {"content-type": 'application/cose; cose-type="cose-sign1"'}


class Clock:
    """Unix seconds that stand still until a test moves them."""

    def __init__(self) -> None:
        self.now = float(START)

    def __call__(self) -> float:
        return self.now


@dataclass
class Gateway:
    """A gateway's key and its next batch number."""

    signer: Signer
    seq: int = 0


class City:
    """Keys, policy and configuration in `folder`, and the Backend over them."""

    def __init__(
        self, folder: Path, broker_url: str = "mqtt://127.0.0.1:1", public_url: str = "https://city.example"
    ) -> None:
        self.folder = folder
        self.clock = Clock()
        self.registrar = Signer(b"registrar".ljust(32))
        self.gateway = Gateway(Signer(b"gateway".ljust(32)))
        backend_signer = Signer(b"backend".ljust(32))
        log_signer = Signer(b"log".ljust(32))
        keyfile.create(folder / "backend.key", backend_signer)
        keyfile.create(folder / "log.key", log_signer)
        self.policy = self._write_policy(log_signer)
        genesis = self.statement(backend_signer, "backend/main", "backend")
        (folder / "backend.enrolment").write_bytes(genesis)
        values = {
            "realm": REALM,
            "policy_file": "policy.json",
            "log_key_file": "log.key",
            "backend_key_file": "backend.key",
            "genesis_enrolments": ["backend.enrolment"],
            "broker_url": broker_url,
            "public_url": public_url,
        }
        self.backend = Backend(make(values, folder), self.clock)
        self.backend.enrol(self.statement(self.gateway.signer, "gateway/1", "gateway"))

    def statement(
        self,
        key: Signer,
        subject: str,
        role: str,
        *,
        label: str | None = None,
        location: tuple[int | DecimalFraction, int | DecimalFraction] | None = None,
        simulated: bool = False,
        registrar: Signer | None = None,
        realm: str = REALM,
    ) -> bytes:
        """A signed enrolment of `key`."""
        asked = possession.sign(key.kid, subject, role, NONCE, realm, key)
        made = Enrolment(subject, key.public, role, asked)
        made.label, made.location, made.simulated = label, location, simulated
        signer = registrar or self.registrar
        return enrolment.sign(made, signer.kid, "registrar", realm, signer)

    def enrol_device(self, subject: str, name: str = "", **details: object) -> Signer:
        """Enrol a device under a key made of `name`, or else of its subject."""
        key = Signer((name or subject).encode().ljust(32))
        self.backend.enrol(self.statement(key, subject, record.ROLE, **details))  # type: ignore[arg-type]
        return key

    def report(
        self, key: Signer, seq: int, measurements: Sequence[Measurement], base_time: int | None = START, skip: int = 0
    ) -> bytes:
        """A signed record."""
        return record.sign(key.kid, SequenceHeader(seq, skip), Pack(list(measurements), base_time), REALM, key)

    def fill(self, key: Signer, seq: int, percent: int, base_time: int | None = START) -> bytes:
        """A bin's record that it is so full."""
        return self.report(key, seq, [Measurement("fill", DecimalFraction(-2, percent), "/")], base_time)

    def commit(self, records: list[bytes]) -> Outcome:
        """Commit a batch of the gateway, closed now."""
        gateway, now = self.gateway, int(self.clock())
        header = batch.sign_header(
            gateway.signer.kid, SequenceHeader(gateway.seq), records, now, now, REALM, gateway.signer
        )
        gateway.seq += 1
        return self.send(batch.encode_message(header, records))

    def send(self, message: bytes) -> Outcome:
        """Judge a batch message that came on the gateway's topic."""
        outcome = self.backend.committer.commit([Arrival(self.gateway.signer.kid, message)])
        self.backend.committed(outcome)
        return outcome

    def publish(self) -> None:
        """Publish what is committed."""
        self.backend.publish_pending()

    def close(self) -> None:
        """Close the backend."""
        self.backend.stop()

    def _write_policy(self, log_signer: Signer) -> Policy:
        root = Signer(b"root".ljust(32))
        model: dict[int | str, object] = {
            "format": policy.FORMAT,
            "realm": REALM,
            "version": 1,
            "roots": {"threshold": 1, "keys": [base64(root.public)]},
            "logs": [{"vkey": str(note.VerifierKey(ORIGIN, log_signer.public)), "first": 0}],
            "registrars": [{"name": "registrar", "key": base64(self.registrar.public), "first": 0}],
            "witnesses": [],
            "quorum": 0,
            "anchors": [],
        }
        signed = policy.sign(model, [(root.public, root)])
        (self.folder / "policy.json").write_text(policy_json(signed))
        return signed


def policy_json(signed: Policy) -> str:
    """The text of policy.json."""
    return json.dumps(policy.to_document(signed))


@dataclass
class Served:
    """A city's server, listening at `url`."""

    city: City
    url: str
    client: httpx.Client
    server: Server
    thread: threading.Thread


@contextmanager
def serve(city: City, static: Path | None = None, port: int = 0) -> Iterator[Served]:
    """Serve the city on this machine, on a free port if none is given, until the block ends."""
    app = create_app(city.backend) if static is None else create_app(city.backend, static)
    server = make_server(app, "127.0.0.1", port)
    thread = threading.Thread(target=server.run, name="http")
    thread.start()
    try:
        url = f"http://127.0.0.1:{_port(server, thread)}"
        with httpx.Client(base_url=url, timeout=20.0, trust_env=False) as client:
            yield Served(city, url, client, server, thread)
    finally:
        server.should_exit = True
        thread.join(STARTED_WITHIN)
        assert not thread.is_alive(), "the server did not end"


def _port(server: Server, thread: threading.Thread) -> int:
    deadline = time.monotonic() + STARTED_WITHIN
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline, "the server does not listen"
        time.sleep(0.005)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port
