"""Signed note: text, an empty line, signature lines (c2sp.org/signed-note; SPEC.md §5.2)."""

import hashlib

from . import base64, shape
from .cbor import text as utf8
from .errors import MalformedError, SignatureError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Sign, Verify

MAX_NOTE_BYTES = 16 * 1024  # a checkpoint with a generous witness set is under 3 KiB
MAX_SIGNATURES = 16
ED25519 = 0x01
COSIGNATURE = 0x04
KEY_ID_BYTES = 4
_DASH = "\u2014 "
# Unicode's White_Space above U+0020; no runtime's own list is the same as another's.
_SPACES = (
    "\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)


class VerifierKey:
    """A named public key: `name`, `key_id` (4 bytes), `algorithm` (0x01 or 0x04), `public` (32 bytes)."""

    __slots__ = ("algorithm", "key_id", "name", "public")

    def __init__(self, name: str, public: bytes, algorithm: int = ED25519) -> None:
        self.name = check_name(name)
        self.public = public
        self.algorithm = algorithm
        self.key_id = key_id(name, public, algorithm)

    def __str__(self) -> str:
        material = base64.encode(bytes([self.algorithm]) + self.public)
        return "%s+%s+%s" % (self.name, self.key_id.hex(), material)


class SignatureLine:
    """`name`, `key_id` (4 bytes) and `signature` (what follows it)."""

    __slots__ = ("key_id", "name", "signature")

    def __init__(self, name: str, key_id: bytes, signature: bytes) -> None:
        self.name = name
        self.key_id = key_id
        self.signature = signature

    def is_by(self, key: VerifierKey) -> bool:
        """Whether the line claims to be by `key`; nothing is verified."""
        return self.name == key.name and self.key_id == key.key_id


class Note:
    """`body` (text ending in a newline) and its signature `lines`."""

    __slots__ = ("body", "lines")

    def __init__(self, body: str, lines: "list[SignatureLine]") -> None:
        self.body = body
        self.lines = lines


def text_of(value: object, what: str) -> str:
    """A note's text in a decoded item; it is not parsed yet."""
    return shape.text(value, what, 1, MAX_NOTE_BYTES)


def check_name(name: str) -> str:
    """A key's name: not empty, no White_Space of Unicode, no `+`, no control character below U+0020."""
    if not name or any(letter <= " " or letter == "+" or letter in _SPACES for letter in name):
        raise MalformedError("malformed", "not a key name: " + name)
    return name


def key_id(name: str, public: bytes, algorithm: int) -> bytes:
    """First four bytes of SHA-256(name ‖ newline ‖ algorithm ‖ key)."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:KEY_ID_BYTES]


def parse_key(vkey: str) -> VerifierKey:
    """Read `<name>+<key id>+<base64>`; MalformedError unless the key id is the key's."""
    parts = vkey.split("+", 2)
    if len(parts) != 3:
        raise MalformedError("malformed", "a verifier key is name+id+key")
    material = base64.decode(parts[2])
    if len(material) != 33 or material[0] not in (ED25519, COSIGNATURE):
        raise MalformedError("malformed", "a verifier key is one algorithm byte and 32 bytes")
    key = VerifierKey(parts[0], material[1:], material[0])
    if key.key_id.hex() != parts[1]:
        raise MalformedError("malformed", "key id does not belong to the key")
    return key


def parse(data: "bytes | str") -> Note:
    """Parse strictly; nothing is verified. Raises MalformedError."""
    raw = data.encode() if isinstance(data, str) else data
    if len(raw) > MAX_NOTE_BYTES:
        raise MalformedError("too-large", "note of %d bytes" % len(raw))
    whole = utf8(raw)
    if any(letter < " " and letter != "\n" for letter in whole):
        raise MalformedError("malformed", "control character in a note")
    gap = whole.rfind("\n\n")
    if gap < 0 or not whole.endswith("\n"):
        raise MalformedError("malformed", "a note is text, an empty line and signature lines")
    lines = whole[gap + 2 :].split("\n")[:-1]
    if not 1 <= len(lines) <= MAX_SIGNATURES:
        raise MalformedError("malformed", "a note has 1 to %d signatures" % MAX_SIGNATURES)
    return Note(whole[: gap + 1], [_parse_line(line) for line in lines])


def _parse_line(line: str) -> SignatureLine:
    if not line.startswith(_DASH):
        raise MalformedError("malformed", "a signature line begins with an em dash")
    name, space, encoded = line[len(_DASH) :].partition(" ")
    blob = base64.decode(encoded)
    if not space or len(blob) <= KEY_ID_BYTES:
        raise MalformedError("malformed", "a signature line is dash, name, base64")
    return SignatureLine(check_name(name), blob[:KEY_ID_BYTES], blob[KEY_ID_BYTES:])


def line(key: VerifierKey, signature: bytes) -> str:
    """One signature line, with its newline."""
    return "%s%s %s\n" % (_DASH, key.name, base64.encode(key.key_id + signature))


def sign(body: str, key: VerifierKey, signer: "Sign") -> str:
    """The note with one Ed25519 signature."""
    return body + "\n" + line(key, signer(body.encode()))


def render(found: Note) -> str:
    """The note's text again, to the letter."""
    rows = [_DASH + item.name + " " + base64.encode(item.key_id + item.signature) + "\n" for item in found.lines]
    return found.body + "\n" + "".join(rows)


def verify(found: Note, key: VerifierKey, verifier: "Verify") -> Note:
    """Return the note if exactly one line is by `key`, and it verifies; other keys' lines are not looked at."""
    mine = [item for item in found.lines if item.is_by(key)]
    if not mine:
        raise SignatureError("untrusted", "no signature by " + key.name)
    if len(mine) > 1:
        raise SignatureError("not-deterministic", "two signatures by " + key.name)
    if key.algorithm != ED25519:
        raise SignatureError("wrong-algorithm", key.name + " does not sign notes")
    verifier(key.public, found.body.encode(), mine[0].signature)
    return found
