"""c2sp.org/signed-note, /tlog-checkpoint and /tlog-cosignature, from their texts."""

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256

from tests.conformance import independent_ed25519 as ed25519
from tests.conformance.independent_refusal import Refused, require

ED25519, COSIGNATURE = 1, 4
_LINE = re.compile("\u2014 ([^+\\s]+) ([A-Za-z0-9+/]+={0,2})")


def unbase64(text: str) -> bytes:
    """RFC 4648 §4; one spelling for each byte string (§3.5)."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("not base64") from error
    require(base64.b64encode(data).decode() == text, "base64 with bits left over")
    return data


@dataclass(frozen=True)
class VerifierKey:
    """A vkey: `<name>+<hex key ID>+<base64(type || key)>`."""

    name: str
    key_id: bytes
    kind: int
    public: bytes


def verifier_key(text: str) -> VerifierKey:
    """Parse a vkey; its key ID is recomputed."""
    parts = text.split("+", 2)
    require(len(parts) == 3, "a vkey has three parts")
    name, hexadecimal, material = parts[0], parts[1], unbase64(parts[2])
    require(len(material) == 33, "a vkey's key has 32 bytes")
    key_id = sha256(name.encode() + b"\n" + material).digest()[:4]
    require(hexadecimal == key_id.hex(), "key ID is of another key")
    return VerifierKey(name, key_id, material[0], material[1:])


@dataclass(frozen=True)
class Note:
    """`text` that is signed, and (name, key ID, signature) of each line."""

    text: str
    signatures: list[tuple[str, bytes, bytes]]

    def by(self, key: VerifierKey) -> list[bytes]:
        """Signatures that name the key."""
        return [blob for name, key_id, blob in self.signatures if (name, key_id) == (key.name, key.key_id)]


def parse(raw: str | bytes) -> Note:
    """A signed note."""
    try:
        whole = raw.decode() if isinstance(raw, bytes) else raw
    except UnicodeDecodeError as error:
        raise Refused("a note is UTF-8") from error
    require(not any(ord(letter) < 0x20 and letter != "\n" for letter in whole), "control character")
    text, gap, lines = whole.rpartition("\n\n")
    require(bool(gap) and lines.endswith("\n"), "a note is text, an empty line, signatures")
    found = []
    for line in lines[:-1].split("\n"):
        match = _LINE.fullmatch(line)
        if match is None:
            raise Refused("not a signature line")
        blob = unbase64(match[2])
        require(len(blob) > 4, "a signature is key ID and more")
        found.append((match[1], blob[:4], blob[4:]))
    return Note(text + "\n", found)


@dataclass(frozen=True)
class Checkpoint:
    """A tree head."""

    origin: str
    size: int
    root: bytes


def checkpoint(text: str) -> Checkpoint:
    """The body of a checkpoint; this log writes no extension lines."""
    lines = text.split("\n")
    require(len(lines) == 4 and lines[3] == "", "origin, size, root")
    require(bool(lines[0]) and re.fullmatch("0|[1-9][0-9]*", lines[1]) is not None, "size is decimal")
    root = unbase64(lines[2])
    require(len(root) == 32, "a root has 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root)


def verify_by_log(note: Note, key: VerifierKey) -> Checkpoint:
    """The checkpoint, if the log's key signed it."""
    require(key.kind == ED25519, "no log key")
    signatures = note.by(key)
    require(len(signatures) == 1, "not signed by the log once")
    ed25519.verify(key.public, note.text.encode(), signatures[0])
    found = checkpoint(note.text)
    require(found.origin == key.name, "another log's origin")
    return found


def cosigned(note: Note, witnesses: list[VerifierKey]) -> dict[str, int]:
    """Unix seconds at which each known witness signed; a known witness's bad line refuses the note."""
    times = {}
    for key in witnesses:
        require(key.kind == COSIGNATURE, "no witness key")
        blobs = note.by(key)
        require(len(blobs) <= 1, "a witness signed twice")
        for blob in blobs:
            require(len(blob) == 72, "a cosignature is time and signature")
            time = int.from_bytes(blob[:8], "big")
            require(time < 1 << 63, "time is too big")
            message = f"cosignature/v1\ntime {time}\n{note.text}".encode()
            ed25519.verify(key.public, message, blob[8:])
            times[key.name] = time
    return times
