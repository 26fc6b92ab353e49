"""Who is told: a real SMTP server with STARTTLS and sign-in, and a real HTTP server, both on this machine."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.certificates import Authority

USER, PASSWORD = "civicroot", "only for tests"


@dataclass
class Mailbox:
    """What the mail server took; `answer`: what it says to the next messages."""

    answer: str = "250 taken"
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    port: int = 0
    ca_file: Path = Path()

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            found = message_from_bytes(content, policy=policy.default)
            assert isinstance(found, EmailMessage)
            self.messages.append(found)
            self.recipients += envelope.rcpt_tos
            self.encrypted.append(session.ssl is not None)
        return self.answer


def _admits(_server: object, _session: object, _envelope: object, _way: str, said: object) -> AuthResult:
    right = isinstance(said, LoginPassword) and (said.login, said.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right)


class _Listening(Controller):
    """On a free port, which it tells."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(folder: Path) -> Iterator[Mailbox]:
    """For localhost, with a certificate of an authority of its own; it takes mail after STARTTLS and sign-in alone."""
    authority = Authority(folder, "mail authority")
    certificate, key = authority.issue("mail", ("localhost", "127.0.0.1"))
    box = Mailbox(ca_file=authority.pem)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    server = _Listening(
        box,
        hostname="127.0.0.1",
        port=0,
        tls_context=tls,
        require_starttls=True,
        auth_required=True,
        authenticator=_admits,
    )
    server.start()
    box.port = server.port
    try:
        yield box
    finally:
        server.stop()


@dataclass
class Received:
    """A request that came."""

    headers: dict[str, str]
    body: bytes


@dataclass
class Hook:
    """What the HTTP server got; `status`: what it answers next, `location` with a redirection."""

    url: str
    status: int = 204
    location: str = ""
    requests: list[Received] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)

    @property
    def ids(self) -> list[str]:
        """The keys of the messages, in order."""
        return [request.headers["webhook-id"] for request in self.requests]


@contextmanager
def web_server() -> Iterator[Hook]:
    """At a free port of this machine."""
    hook = Hook("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            hook.requests.append(Received({name.lower(): value for name, value in self.headers.items()}, body))
            hook.came.set()
            self.send_response(hook.status)
            if hook.location:
                self.send_header("Location", hook.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.url = f"http://127.0.0.1:{server.server_address[1]}/hook?of=civicroot"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
