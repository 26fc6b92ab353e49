"""One thing to fuzz: a decoder, its writer, and the vectors to begin from."""

from collections.abc import Callable
from dataclasses import dataclass

from civicroot_wire.errors import WireError

Again = Callable[[bytes], bytes]


class AnotherEncodingError(AssertionError):
    """A decoder accepted bytes that its writer does not make: two encodings of one value."""


@dataclass(frozen=True)
class Target:
    """`again(data)` decodes, looks behind the signature check, and returns what the writer makes of the value."""

    name: str
    families: tuple[str, ...]  # of tests/vectors: where fuzzing begins
    again: Again
    text: bool = False  # lines of UTF-8, not CBOR
    longest: int = 4096  # bytes that fuzzing tries: the limits lie higher, but what is long is slow and no stranger

    def accepts(self, data: bytes) -> bool:
        """Whether the decoder accepts; raises AnotherEncodingError, or whatever it raises that is no named refusal."""
        try:
            written = self.again(data)
        except WireError as refused:
            if not refused.reason:
                raise AssertionError("a refusal without a reason") from refused
            return False
        if written != data:
            raise AnotherEncodingError(f"{self.name}: {data.hex()} is read and written as {written.hex()}")
        return True
