"""What lets fuzzing look behind the signature check, where a forger with a key would stand."""

import zlib
from collections.abc import Callable

from civicroot_wire.cose import Sign1

Sign = Callable[[bytes], bytes]


def accepts(_public: bytes, _message: bytes, _signature: bytes) -> None:
    """Takes every signature."""


def signs_again(message: Sign1 | None) -> Sign:
    """A signer that gives the signature which is there: a writer then makes the very same message, or another one."""
    assert message is not None, "a decoded message keeps its envelope"
    signature = message.signature
    return lambda _signed: signature


def inflate(compressed: bytes, limit: int) -> bytes:
    """One zlib stream of at most `limit` bytes; ValueError otherwise."""
    stream = zlib.decompressobj()
    try:
        found = stream.decompress(compressed, limit)
    except zlib.error as broken:
        raise ValueError("not zlib") from broken
    if not stream.eof or stream.unused_data:
        raise ValueError("zlib stream cut, too long or followed by more")
    return found
