"""A time-stamp authority on this machine: certificates made at the start, replies by `openssl ts`, an HTTP server."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
DAY = timedelta(days=1)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
STAMPING = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)
SIGNING = (
    x509.KeyUsage(True, False, False, False, False, False, False, False, False),
    True,
)
_CONFIG = """
[tsa]
default_tsa = city
[city]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
signer_digest = {digest}
default_policy = 1.3.6.1.4.1.55555.1
other_policies = 1.3.6.1.4.1.55555.2
digests = {accepts}
accuracy = {accuracy}
clock_precision_digits = {precision}
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = {identifier}
"""


@dataclass(frozen=True)
class Holder:
    """A private key with its certificate."""

    key: Key
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The private key."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """A new RSA key."""
    return rsa.generate_private_key(65537, bits)


def ecdsa_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    """A new key, on P-256 unless it is said otherwise."""
    return ec.generate_private_key(curve or ec.SECP256R1())


def issue(
    name: str,
    key: Key,
    issuer: Holder | None,
    extensions: list[tuple[x509.ExtensionType, bool]],
    valid: tuple[datetime, datetime] | None = None,
) -> Holder:
    """A certificate of `key`, by `issuer` or itself; valid from yesterday for a year."""
    now = datetime.now(UTC).replace(microsecond=0)
    begin, end = valid or (now - DAY, now + 365 * DAY)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(
        subject if issuer is None else issuer.certificate.subject,
        subject,
        key.public_key(),
        x509.random_serial_number(),
    )
    builder = builder.not_valid_before(begin).not_valid_after(end)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    signer = key if issuer is None else issuer.key
    return Holder(key, builder.sign(signer, SHA256()))


def authority(name: str, key: Key, issuer: Holder | None = None, length: int | None = None, **more: object) -> Holder:
    """A certificate authority."""
    return issue(name, key, issuer, [(x509.BasicConstraints(True, length), True)], **more)  # type: ignore[arg-type]


def stamper(name: str, key: Key, issuer: Holder, **more: object) -> Holder:
    """A signer of time-stamps."""
    return issue(name, key, issuer, [STAMPING, SIGNING], **more)  # type: ignore[arg-type]


@dataclass
class Stamping:
    """Settings of `openssl ts`: `folder` holds its files. `accepts`: digests that it stamps."""

    folder: Path
    signer: Holder
    digest: str = "sha256"
    identifier: str = "sha256"
    accuracy: str = "secs:1, millisecs:500"
    precision: int = 0
    accepts: str = "sha256, sha384, sha512"

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "signer.pem").write_bytes(self.signer.pem)
        (self.folder / "signer.key").write_bytes(self.signer.key_pem)
        (self.folder / "serial").write_text("01\n")
        values = {**vars(self), "folder": self.folder}
        (self.folder / "tsa.cnf").write_text(_CONFIG.format(**values))

    def reply(self, query: bytes) -> bytes:
        """The TimeStampResp to a TimeStampReq, both in DER."""
        (self.folder / "query").write_bytes(query)
        self._openssl("-reply", "-config", "tsa.cnf", "-section", "city", "-queryfile", "query", "-out", "reply")
        return (self.folder / "reply").read_bytes()

    def verify(self, query: bytes, reply: bytes, trusted: Holder, untrusted: list[Holder]) -> bool:
        """OpenSSL's own verdict on a reply to a query."""
        (self.folder / "query").write_bytes(query)
        (self.folder / "reply").write_bytes(reply)
        (self.folder / "ca.pem").write_bytes(trusted.pem)
        (self.folder / "chain.pem").write_bytes(b"".join(holder.pem for holder in untrusted))
        arguments = ("-verify", "-in", "reply", "-queryfile", "query", "-CAfile", "ca.pem", "-untrusted", "chain.pem")
        try:
            return "Verification: OK" in self._openssl(*arguments)
        except subprocess.CalledProcessError:
            return False

    def _openssl(self, *arguments: str) -> str:
        command = ["openssl", "ts", *arguments]
        done = subprocess.run(command, cwd=self.folder, check=True, capture_output=True, timeout=60)
        return done.stdout.decode()


@dataclass
class Answer:
    """What the server says to a query."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": REPLY})


class TsaServer:
    """Answers queries by `answer`, which may be replaced; `queries` are those that came."""

    def __init__(self, answer: Callable[[bytes], Answer]) -> None:
        self.answer = answer
        self.queries: list[bytes] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == QUERY
                outer.queries.append(query)
                said = outer.answer(query)
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said.body)))
                self.end_headers()
                self.wfile.write(said.body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/tsa"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
