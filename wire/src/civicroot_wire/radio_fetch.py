"""What a device asks of its gateway by radio, and the parts of content that it gets (SPEC.md §8.1).

Each message names the counter of the answer that the device believed last, and its own number after that: so none is
taken twice, and a part answers one question. Content is named by the first bytes of its SHA-256; a device checks the
whole, by the hash in a signed manifest or by the signature itself.
"""

from . import mac0, shape, state
from .acknowledgement import HEAD_BYTES
from .cbor import decode as decode_cbor
from .cbor import encode
from .errors import MalformedError, SignatureError
from .mac0 import Mac0
from .piece import MAX_CONTENT_BYTES, MAX_REASON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .state import State

UP, DOWN = "radio-up", "radio-part"  # kinds
MAX_UP_BYTES = 222  # as a record: both radios take it
MAX_ASKED_BYTES = 4096  # what a device holds until a question is answered whole
MAX_SETTLED = 2  # a configuration and a release
PART_OVERHEAD = 55  # bytes around the octets at the largest counter, number and offset
_WANT, _STATE = 0, 1


class Want:
    """Asks for at most `length` bytes from `offset` of the content that begins its SHA-256 with `head`."""

    __slots__ = ("head", "length", "offset")

    def __init__(self, head: bytes, offset: int, length: int) -> None:
        self.head = head
        self.offset = offset
        self.length = length


class Standing:
    """What a device says of itself: its `state`, and the heads of commands that it needs no more telling of."""

    __slots__ = ("settled", "state")

    def __init__(self, said: "State", settled: "list[bytes]") -> None:
        self.state = said
        self.settled = settled


class Part:
    """`octets` from `offset` of what was asked for; or the `reason` why there are none (piece.py)."""

    __slots__ = ("octets", "offset", "reason")

    def __init__(self, offset: int = 0, octets: bytes = b"", reason: "str | None" = None) -> None:
        self.offset = offset
        self.octets = octets
        self.reason = reason


def encode_want(kid: bytes, counter: int, number: int, want: Want, realm: str, key: bytes) -> bytes:
    """The frame of question `number` after the answer `counter`."""
    payload = encode([_WANT, want.head, want.offset, want.length])
    return mac0.protect(UP, kid, [counter, number], payload, realm, key, MAX_UP_BYTES)


def encode_standing(kid: bytes, counter: int, number: int, said: Standing, realm: str, key: bytes) -> bytes:
    """The frame of a state. MalformedError if it is too long for one."""
    payload = encode([_STATE, state.encode(said.state), said.settled])
    return mac0.protect(UP, kid, [counter, number], payload, realm, key, MAX_UP_BYTES)


def encode_part(kid: bytes, counter: int, number: int, part: Part, realm: str, key: bytes, most: int) -> bytes:
    """The frame of at most `most` bytes that answers question `number`."""
    payload = encode([part.reason] if part.reason is not None else [part.offset, part.octets])
    return mac0.protect(DOWN, kid, [counter, number], payload, realm, key, most)


def decode_up(data: bytes) -> Mac0:
    """A frame of a device, nothing of it verified. Raises MalformedError."""
    return mac0.decode(data, 2, MAX_UP_BYTES)


def verify_up(found: Mac0, realm: str, key: bytes) -> "Want | Standing":
    """What the device says, whose link key is `key`. Raises SignatureError, MalformedError.

    The caller knows the device by `found.kid`, and which numbers are fresh.
    """
    mac0.authenticate(found, UP, realm, key)
    items = shape.array(decode_cbor(found.payload, MAX_UP_BYTES), "message", 3, 4)
    kind = shape.integer(items[0], "kind", _WANT, _STATE)
    if len(items) != (4, 3)[kind]:
        raise MalformedError("out-of-range", "a message of kind %d has %d items" % (kind, len(items)))
    if kind == _WANT:
        return Want(
            shape.octets(items[1], "head", HEAD_BYTES, HEAD_BYTES),
            shape.integer(items[2], "offset", 0, MAX_CONTENT_BYTES - 1),
            shape.integer(items[3], "length", 1, MAX_ASKED_BYTES),
        )
    heads = [
        shape.octets(head, "head", HEAD_BYTES, HEAD_BYTES) for head in shape.array(items[2], "heads", 0, MAX_SETTLED)
    ]
    return Standing(state.decode(shape.octets(items[1], "state", 1, MAX_UP_BYTES)), heads)


def decode_part(data: bytes, most: int) -> Mac0:
    """A frame of a gateway, nothing of it verified; `most` is the radio's. Raises MalformedError."""
    return mac0.decode(data, 2, most)


def verify_part(found: Mac0, realm: str, kid: bytes, key: bytes, counter: int, number: int) -> Part:
    """The part that answers question `number` of device `kid`. Raises SignatureError, MalformedError."""
    # 3. To this device, and to the question that is under way.
    if found.kid != kid:
        raise SignatureError("key-mismatch", "a part for another device")
    if found.numbers != [counter, number]:
        raise SignatureError("old-counter", "an answer to another question")
    # 4. By its gateway.
    mac0.authenticate(found, DOWN, realm, key)
    items = shape.array(decode_cbor(found.payload, len(found.payload)), "part", 1, 2)
    if len(items) == 1:
        return Part(reason=shape.text(items[0], "reason", 1, MAX_REASON))
    offset = shape.integer(items[0], "offset", 0, MAX_CONTENT_BYTES - 1)
    return Part(offset, shape.octets(items[1], "octets", 1, MAX_ASKED_BYTES))
