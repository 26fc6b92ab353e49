"""A log and its client of a witness, from the texts of c2sp.org/tlog-witness, /tlog-checkpoint, /tlog-cosignature.

Shares no code with civicroot: Merkle trees and notes are the conformance tests' own, Ed25519 is OpenSSL's.
"""

import base64
import http.client
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.conformance import independent_ed25519 as ed25519
from tests.conformance import independent_merkle as merkle
from tests.conformance import independent_note as note
from tests.conformance.independent_refusal import require

SECONDS = 60.0  # for any answer, on a busy machine


class Log:
    """A log that can sign whatever it likes: `leaves` are its entries; a fork is made with other leaves, same key."""

    def __init__(self, origin: str, leaves: list[bytes], seed: bytes = bytes(32)) -> None:
        self.origin = origin
        self.leaves = [merkle.leaf_hash(leaf) for leaf in leaves]
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = sha256(origin.encode() + b"\n\x01" + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """What a witness is told."""
        material = base64.b64encode(b"\x01" + self.public).decode()
        return f"{self.origin}+{self.key_id.hex()}+{material}"

    def root(self, size: int) -> bytes:
        """Root of the first `size` leaves."""
        return merkle.tree_hash(self.leaves[:size])

    def body(self, size: int, extension: str = "") -> str:
        """The text of a checkpoint."""
        return f"{self.origin}\n{size}\n{base64.b64encode(self.root(size)).decode()}\n{extension}"

    def line(self, body: str) -> str:
        """The log's signature line."""
        blob = self.key_id + self._private.sign(body.encode())
        return f"\u2014 {self.origin} {base64.b64encode(blob).decode()}\n"

    def checkpoint(self, size: int, extension: str = "") -> str:
        """A signed checkpoint."""
        body = self.body(size, extension)
        return f"{body}\n{self.line(body)}"

    def proof(self, old: int, size: int) -> list[bytes]:
        """The consistency proof between two sizes; empty where there is nothing to prove."""
        if old in (0, size):
            return []
        return merkle.consistency_path(old, size, lambda lo, hi: merkle.tree_hash(self.leaves[lo:hi]))

    def request(self, old: int, size: int) -> bytes:
        """An honest request's body."""
        return request(old, self.proof(old, size), self.checkpoint(size))


def request(old: int, proof: list[bytes], checkpoint: str) -> bytes:
    """The body of add-checkpoint."""
    lines = "".join(base64.b64encode(item).decode() + "\n" for item in proof)
    return f"old {old}\n{lines}\n{checkpoint}".encode()


@dataclass(frozen=True)
class Answer:
    """What the witness said."""

    status: int
    content_type: str
    body: bytes
    headers: dict[str, str]

    @property
    def size(self) -> int:
        """The size in a conflict's body, which is a decimal number and a newline and nothing else."""
        require(self.status == 409 and self.content_type == "text/x.tlog.size", "not a conflict of sizes")
        text = self.body.decode("ascii")
        require(text == f"{int(text)}\n", "size is not decimal with a newline")
        return int(text)


def post(
    url: str,
    body: bytes,
    path: str = "/add-checkpoint",
    source: str | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """One request on a connection of its own, from the address `source`."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    link = http.client.HTTPConnection(host, int(port), SECONDS, source_address=None if source is None else (source, 0))
    try:
        return send(link, body, path, headers)
    finally:
        link.close()


def send(
    link: http.client.HTTPConnection, body: bytes, path: str = "/add-checkpoint", headers: dict[str, str] | None = None
) -> Answer:
    """One request on a connection that may be kept."""
    link.request("POST", path, body, headers or {})
    answer = link.getresponse()
    content = answer.read()
    return Answer(answer.status, answer.getheader("Content-Type", ""), content, headers_of(answer))


def headers_of(answer: http.client.HTTPResponse) -> dict[str, str]:
    """By lower-case name: case says nothing there."""
    return {name.lower(): value for name, value in answer.getheaders()}


def cosignature(answer: Answer, checkpoint: str, vkey: str) -> int:
    """Unix seconds of the only cosignature of an answer, which is checked to the last byte."""
    require(answer.status == 200, f"answer {answer.status}: {answer.body!r}")
    key = note.verifier_key(vkey)
    require(key.kind == 4, "not a witness's key")
    text = answer.body.decode()
    require(text.startswith("\u2014 ") and text.endswith("\n") and text.count("\n") == 1, "not one signature line")
    # The client may append the answer to the checkpoint, and read a note.
    whole = note.parse(checkpoint + text)
    require(whole.text == note.parse(checkpoint).text, "the answer changes the checkpoint's text")
    (blob,) = whole.by(key)
    require(text == f"\u2014 {key.name} {base64.b64encode(key.key_id + blob).decode()}\n", "not the line as specified")
    require(len(blob) == 8 + 64, "time and signature")
    time = int.from_bytes(blob[:8], "big")
    require(0 < time < 1 << 63, "a time out of range")
    ed25519.verify(key.public, f"cosignature/v1\ntime {time}\n{whole.text}".encode(), blob[8:])
    return time
