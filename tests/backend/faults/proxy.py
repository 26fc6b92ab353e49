"""A proxy before an S3 server that does what networks and bad servers do to requests.

A `Plan` looks at each request and says what becomes of it: it passes, it never arrives, it arrives and its answer is
lost, it is answered by an error, or it loses its conditions, as with a server that does not know them.
"""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PASS, DROP, LOSE_ANSWER, UNAVAILABLE, CONTENDED, UNCONDITIONAL = (
    "pass", "drop", "lose the answer", "503", "409", "forget conditions",
)  # fmt: skip
Plan = Callable[[str, str], str]  # (method, path) -> one of these
_ERROR = b"<?xml version='1.0'?><Error><Code>%s</Code><Message>injected</Message></Error>"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        fate = self.server.plan(self.command, self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if fate == DROP:
            self._hang_up()
        elif fate == UNAVAILABLE:
            self._answer(503, {}, _ERROR % b"ServiceUnavailable")
        elif fate == CONTENDED:
            self._answer(409, {}, _ERROR % b"ConditionalRequestConflict")
        else:
            self._forward(body, fate)

    do_PUT = do_HEAD = do_DELETE = do_POST = do_GET

    def _forward(self, body: bytes, fate: str) -> None:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "expect")}
        if fate == UNCONDITIONAL:
            headers = {name: value for name, value in headers.items() if not name.lower().startswith("if-")}
        target = http.client.HTTPConnection(self.server.host, self.server.port, timeout=30)
        try:
            target.request(self.command, self.path, body, headers)
            answer = target.getresponse()
            content = answer.read()
        finally:
            target.close()
        if fate == LOSE_ANSWER:
            self._hang_up()
        else:
            self._answer(answer.status, dict(answer.getheaders()), content)

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        length = headers.get("content-length") or headers.get("Content-Length")
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _hang_up(self) -> None:
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    plan: Plan
    host: str
    port: int


@contextmanager
def proxy(endpoint: str, plan: Plan) -> Iterator[str]:
    """A proxy before `endpoint` for the length of the block; its own endpoint."""
    server = _Server(("127.0.0.1", 0), _Handler)
    parts = urlsplit(endpoint)
    assert parts.hostname is not None
    assert parts.port is not None
    server.plan, server.host, server.port = plan, parts.hostname, parts.port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
