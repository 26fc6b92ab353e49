"""A calendar and a block API on this machine: real HTTP servers, honest until a test gives one other answers.

The calendar works with PyPI's `opentimestamps`, which shares no code with civicroot_anchor. Blocks are mined against a
target that takes a blink.
"""

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from opentimestamps.core.notary import BitcoinBlockHeaderAttestation, PendingAttestation
from opentimestamps.core.op import OpAppend, OpSHA256
from opentimestamps.core.serialize import BytesSerializationContext
from opentimestamps.core.timestamp import Timestamp, cat_sha256d, make_merkle_tree

from tests.support import blocks

BLOCK_SECONDS = 600
START = 1_790_007_000


@dataclass(frozen=True)
class Answer:
    """One HTTP answer. `endless`: the body is repeated until the reader hangs up. `announced`: a false length."""

    body: bytes = b""
    status: int = HTTPStatus.OK
    headers: dict[str, str] = field(default_factory=dict)
    endless: bool = False
    announced: int | None = None


Route = Callable[[str, str, bytes], Answer]
MISSING = Answer(b"not found", HTTPStatus.NOT_FOUND)


class Server:
    """Answers requests on a free port by `route(method, path, body)`; `asked` are the requests so far."""

    def __init__(self, route: Route, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[tuple[str, str]] = []
        self.route = route
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._serve("GET", b"")

            def do_POST(self) -> None:
                self._serve("POST", self.rfile.read(int(self.headers["Content-Length"])))

            def _serve(self, method: str, body: bytes) -> None:
                outer.asked.append((method, self.path))
                answer = outer.route(method, self.path, body)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if not answer.endless:
                    self.send_header("Content-Length", str(answer.announced or len(answer.body)))
                self.end_headers()
                try:
                    self.wfile.write(answer.body)
                    while answer.endless:
                        self.wfile.write(answer.body)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                """Tests print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop answering; the port is free afterwards."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Chain:
    """Blocks by height, the first being block 0; each header points to the one before."""

    def __init__(self, work: int = blocks.WORK) -> None:
        self.headers: list[bytes] = []
        self._work = work
        self.mine()

    @property
    def tip(self) -> int:
        """Height of the newest block."""
        return len(self.headers) - 1

    def mine(self, root: bytes | None = None, count: int = 1) -> int:
        """Mine `count` blocks, the first with transactions' `root`; the height of the first."""
        first = len(self.headers)
        for height in range(first, first + count):
            fixed = root if root is not None and height == first else blocks.sha256d(b"block %d" % height)
            before = blocks.sha256d(self.headers[-1]) if self.headers else bytes(32)
            time = START + BLOCK_SECONDS * height
            self.headers.append(blocks.mined(fixed, time, work=self._work, before=before))
        return first

    def reorganise(self, height: int, count: int) -> None:
        """Other blocks from `height` on, `count` of them."""
        del self.headers[height:]
        self.mine(blocks.sha256d(b"reorganised"), count)

    def route(self, _method: str, path: str, _body: bytes) -> Answer:
        """The block API of a `Server`."""
        parts = path.strip("/").split("/")
        if parts == ["blocks", "tip", "height"]:
            return Answer(str(self.tip).encode())
        if parts[0] == "block-height" and int(parts[1]) <= self.tip:
            return Answer(blocks.shown(self.headers[int(parts[1])]).encode())
        if parts[0] == "block" and parts[2] == "header":
            for header in self.headers:
                if blocks.shown(header) == parts[1]:
                    return Answer(header.hex().encode())
        return MISSING


class CalendarServer(Server):
    """An OpenTimestamps calendar at `url`. What is submitted waits for `commit`."""

    def __init__(self) -> None:
        self.commitments: dict[bytes, Timestamp] = {}
        super().__init__(self.honest)

    def honest(self, method: str, path: str, body: bytes) -> Answer:
        """As the protocol has it."""
        if (method, path) == ("POST", "/digest"):
            return Answer(self.promise(body, self.url))
        known = self.commitments.get(bytes.fromhex(path.removeprefix("/timestamp/")))
        return MISSING if known is None or not known.ops else Answer(serialized(known))

    def promise(self, digest: bytes, *uris: str) -> bytes:
        """A timestamp of the digest with a nonce, pending at each of `uris`."""
        stamp = Timestamp(digest)
        commitment = stamp.ops.add(OpAppend(b"nonce %d" % len(self.commitments))).ops.add(OpSHA256())
        self.commitments[commitment.msg] = Timestamp(commitment.msg)
        commitment.attestations |= {PendingAttestation(uri) for uri in uris}
        return serialized(stamp)

    def commit(self, chain: Chain) -> int:
        """Mine a block that commits to everything which waits; its height."""
        waiting = [stamp for stamp in self.commitments.values() if not stamp.ops]
        tip = make_merkle_tree(waiting)
        root = cat_sha256d(tip, Timestamp(b"the rest of a transaction"))
        height = chain.mine(root.msg)
        root.attestations.add(BitcoinBlockHeaderAttestation(height))
        return height


def serialized(stamp: Timestamp) -> bytes:
    """As PyPI's library writes it."""
    context = BytesSerializationContext()
    stamp.serialize(context)
    found: bytes = context.getbytes()
    return found
