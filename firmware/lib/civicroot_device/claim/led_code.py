"""The code that a bin blinks which cannot show a QR code: six colours out of four, 4,096 codes (SPEC.md §3.1, §8).

The record of the deposit carries a commitment to it, so it is made before the record; code and salt go to the backend
as an opening. Whoever reads the record learns nothing: the salt is as long as a key.
"""

from civicroot_wire import opening
from civicroot_wire.opening import LED, SALT_BYTES, Opening
from civicroot_wire.senml import Measurement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SYMBOLS = 6
COLOURS = 4  # a power of two: the low bits of a random byte favour none


class LedCode:
    """`colours`: six bytes, each a colour 0 to 3; `salt`: 16 random bytes."""

    def __init__(self, random: "Callable[[int], bytes]") -> None:
        drawn = random(SYMBOLS + SALT_BYTES)
        if len(drawn) != SYMBOLS + SALT_BYTES:
            raise ValueError("the source of randomness gave %d bytes" % len(drawn))
        self.colours = bytes([byte % COLOURS for byte in drawn[:SYMBOLS]])
        self.salt = drawn[SYMBOLS:]

    def measurement(self, realm: str, kid: bytes) -> Measurement:
        """What the record of the deposit says of it."""
        return Measurement(LED, opening.commit(realm, kid, LED, self.salt, self.colours))

    def opening(self, seq: int) -> Opening:
        """What the backend is told; `seq` of the record with the commitment."""
        return Opening(seq, LED, self.salt, self.colours)
