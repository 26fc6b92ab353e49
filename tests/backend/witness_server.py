"""A witness written from c2sp.org/tlog-witness, signed-note and tlog-cosignature alone, served over HTTP.

It shares no code with what asks it. It is honest unless told otherwise: `lie` takes over the answer to the next
requests, `hold` keeps them waiting until `release`.
"""

import base64
import hashlib
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tests.conformance.independent_merkle import verify_consistency
from tests.conformance.independent_refusal import Refused

DASH = "\u2014"
NOW = 1_700_000_000  # Unix seconds
HELD_SECONDS = 60.0  # a request that is held is let go at the latest then, so that no test hangs


@dataclass(frozen=True)
class Reply:
    """What is answered; `raw` is sent as it is, without status or headers."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes | None = None


@dataclass(frozen=True)
class Asked:
    """A request: what the client takes for the witness's size, the proof, and the checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    origin: str
    size: int
    root: bytes
    body: str


class WitnessKey:
    """A witness's key; `clock` gives its time."""

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.key = Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32, "big"))
        public = self.key.public_key().public_bytes_raw()
        self.key_id = hashlib.sha256(name.encode() + b"\n\x04" + public).digest()[:4]
        self.vkey = f"{name}+{self.key_id.hex()}+{base64.b64encode(bytes([4]) + public).decode()}"
        self.clock: Callable[[], int] = lambda: NOW

    def line(self, asked: Asked, time: int | None = None) -> bytes:
        """Its signature line."""
        seconds = self.clock() if time is None else time
        signature = self.key.sign(f"cosignature/v1\ntime {seconds}\n{asked.body}".encode())
        blob = base64.b64encode(self.key_id + seconds.to_bytes(8, "big") + signature).decode()
        return f"{DASH} {self.name} {blob}\n".encode()


class WitnessServer(WitnessKey):
    """One witness on a free port. `sizes`: what it saw of which log, with the root; `logs`: origin and public key."""

    def __init__(self, name: str, seed: int, prefix: str = "", port: int = 0) -> None:
        super().__init__(name, seed)
        self.prefix = prefix
        self.sizes: dict[str, tuple[int, bytes]] = {}
        self.requests: list[Asked] = []
        self.paths: list[str] = []
        self.lie: Callable[[Asked], Reply] | None = None
        self.logs: dict[str, bytes] = {}
        self._open = threading.Event()
        self._open.set()
        self._arrived = threading.Condition()
        self._state = threading.Lock()
        self._server = _server(self, port)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def use_tls(self, certificate: Path, key: Path) -> None:
        """Speak TLS from now on; before it is entered."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    @property
    def url(self) -> str:
        """Where it takes checkpoints."""
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def hold(self) -> None:
        """Answer nobody until `release`."""
        self._open.clear()

    def release(self) -> None:
        """Answer all who wait."""
        self._open.set()

    def wait_for(self, number: int) -> None:
        """Return when so many requests have come."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.requests) >= number, HELD_SECONDS)

    def take(self, path: str, data: bytes) -> Reply:
        """The answer to a request."""
        asked = _parse(data)
        with self._arrived:
            self.paths.append(path)
            self.requests.append(asked)
            self._arrived.notify_all()
        self._open.wait(HELD_SECONDS)
        lie = self.lie
        if lie is not None:
            return lie(asked)
        with self._state:
            return self._judge(asked, data)

    def _judge(self, asked: Asked, data: bytes) -> Reply:
        public = self.logs.get(asked.origin)
        if public is None:
            return Reply(404)
        if not _signed(data, asked, public):
            return Reply(403)
        if asked.old > asked.size:
            return Reply(400)
        size, root = self.sizes.get(asked.origin, (0, b""))
        if asked.old != size or (asked.old == asked.size and root != asked.root):
            return Reply(409, b"%d\n" % size, (("Content-Type", "text/x.tlog.size"),))
        try:
            if size in (0, asked.size):
                assert asked.proof == (), "the proof must be empty"
            else:
                verify_consistency(size, asked.size, list(asked.proof), root, asked.root)
        except Refused:
            return Reply(422)
        self.sizes[asked.origin] = (asked.size, asked.root)
        return Reply(200, self.line(asked))


def _parse(data: bytes) -> Asked:
    head, _, checkpoint = data.decode().partition("\n\n")
    old, *proof = head.split("\n")
    found = re.fullmatch(r"old (0|[1-9][0-9]*)", old)
    assert found, old
    assert len(proof) <= 63
    body, gap, signatures = checkpoint.partition("\n\n")
    assert gap and signatures.endswith("\n")
    origin, size, root = body.split("\n")
    hashes = tuple(base64.b64decode(item, validate=True) for item in proof)
    return Asked(int(found[1]), hashes, origin, int(size), base64.b64decode(root, validate=True), body + "\n")


def _signed(data: bytes, asked: Asked, public: bytes) -> bool:
    key_id = hashlib.sha256(asked.origin.encode() + b"\n\x01" + public).digest()[:4]
    for line in data.decode().rpartition("\n\n")[2].splitlines():
        dash, name, blob = line.split(" ")
        raw = base64.b64decode(blob, validate=True)
        if (dash, name, raw[:4]) == (DASH, asked.origin, key_id):
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], asked.body.encode())
            except InvalidSignature:
                return False
            return True
    return False


def _server(witness: WitnessServer, port: int) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != f"{witness.prefix}/add-checkpoint":
                witness.paths.append(self.path)
                self._send(Reply(404))
                return
            self._send(witness.take(self.path, data))

        do_GET = do_POST

        def _send(self, reply: Reply) -> None:
            try:
                if reply.raw is not None:
                    self.wfile.write(reply.raw)
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
            except OSError:
                self.close_connection = True  # the client has left

        def log_message(self, *_: object) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    return Server(("127.0.0.1", port), Handler)


@contextmanager
def three_witnesses(prefix: str = "") -> Iterator[list[WitnessServer]]:
    """`w1.example`, `w2.example` and `w3.example`."""
    made = [WitnessServer(f"w{number}.example", 900 + number, prefix) for number in (1, 2, 3)]
    with made[0], made[1], made[2]:
        yield made
