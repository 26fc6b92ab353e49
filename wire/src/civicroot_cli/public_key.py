"""Public keys as people write them: in base64, in hex, or the `.pub` file that `civicroot key new` wrote."""

from pathlib import Path

from civicroot_wire import base64, ed25519_encoding
from civicroot_wire.errors import WireError
from civicroot_wire.note import VerifierKey, parse_key

from . import files
from .main import CommandError

SUFFIX = ".pub"
PUBLIC_BYTES = 32
MAX_FILE_BYTES = 512  # one line: a verifier key has at most 256


def parse(text: str) -> bytes:
    """The 32 bytes of a public key. CommandError."""
    written = _content(text)
    try:
        public = bytes.fromhex(written) if len(written) == 2 * PUBLIC_BYTES else base64.decode(written)
    except ValueError as error:  # WireError is one
        raise CommandError(f"no public key (base64, hex, or a {SUFFIX} file): {text}") from error
    if len(public) != PUBLIC_BYTES:
        raise CommandError(f"a public key has {PUBLIC_BYTES} bytes, not {len(public)}: {text}")
    try:
        ed25519_encoding.check_point(public, "weak-key")
    except WireError as error:
        raise CommandError(f"{text} is a key that anybody can sign for: {error.detail}") from error
    return public


def parse_named(text: str, algorithm: int) -> VerifierKey:
    """A verifier key (`name+id+base64`), or NAME=KEY, which is made one. CommandError."""
    name, equals, key = text.partition("=")
    try:
        if equals and "+" not in name:
            return VerifierKey(name, parse(key), algorithm)
        found = parse_key(_content(text))
    except WireError as error:
        raise CommandError(f"no verifier key (name+id+key, or NAME=KEY): {text}: {error}") from error
    if found.algorithm != algorithm:
        raise CommandError(f"{found.name} is a key of type {found.algorithm:#04x}, not {algorithm:#04x}: {text}")
    return found


def _content(text: str) -> str:
    if not text.endswith(SUFFIX):
        return text
    try:
        return files.read(Path(text), MAX_FILE_BYTES).decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise CommandError(f"{text} is no public key file") from error
