"""SHA-512 (FIPS 180-4 §6.4), which MicroPython's hashlib lacks.

The compression function comes from sha512_viper (native code) where the port can run it, else from sha512_plain;
both are importable by themselves and take the same arguments.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Engine(Protocol):
        """A compression function (FIPS 180-4 §6.4.2); the state is the engine's own affair."""

        def initial_state(self) -> Any: ...
        def compress(self, state: Any, block: bytearray) -> None: ...
        def digest(self, state: Any) -> bytes: ...


try:
    from civicroot_device.crypto import sha512_viper

    _fastest: "Engine" = sha512_viper
except (ImportError, SyntaxError, ValueError):
    # No micropython module (CPython), no native emitter on this port, or an .mpy built for another architecture.
    from civicroot_device.crypto import sha512_plain

    _fastest = sha512_plain

BLOCK_SIZE = 128
DIGEST_SIZE = 64
_LENGTH_SIZE = 16  # the message's length in bits closes the last block
_PADDING = b"\x80" + bytes(BLOCK_SIZE - 1)


def sha512(*parts: bytes, engine: "Engine" = _fastest) -> bytes:
    """The 64-byte digest of the parts' concatenation, which is never built: a part is hashed where it lies.

    `engine` is sha512_viper or sha512_plain (tests name it; everything else takes the default).
    """
    state = engine.initial_state()
    block = bytearray(BLOCK_SIZE)
    filled = total = 0
    for part in parts:
        total += len(part)
        filled = _absorb(engine, state, block, filled, part)
    padding = BLOCK_SIZE - (filled + _LENGTH_SIZE) % BLOCK_SIZE
    filled = _absorb(engine, state, block, filled, memoryview(_PADDING)[:padding])
    _absorb(engine, state, block, filled, (8 * total).to_bytes(_LENGTH_SIZE, "big"))
    return engine.digest(state)


def _absorb(engine: "Engine", state: "Any", block: bytearray, filled: int, part: "bytes | memoryview") -> int:
    """Append part to the block, compressing each time it is full; returns how far the block is then filled."""
    view = memoryview(part)
    at = 0
    while at < len(part):
        size = min(BLOCK_SIZE - filled, len(part) - at)
        block[filled : filled + size] = view[at : at + size]
        at += size
        filled += size
        if filled == BLOCK_SIZE:
            engine.compress(state, block)
            filled = 0
    return filled
