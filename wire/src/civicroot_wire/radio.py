"""Radio answer: an acknowledgement for a device that no TLS protects, under its link key (SPEC.md §8.1).

What a device sends by radio needs no frame of its own: it is one record. What it asks for is radio_fetch.py's.
"""

from . import acknowledgement, mac0
from .acknowledgement import Acknowledgement
from .errors import SignatureError
from .mac0 import Mac0
from .record import MAX_FRAME_BYTES

KIND = "radio"
HMAC_256_64 = mac0.HMAC_256_64
MAX_COUNTER = mac0.MAX_NUMBER
OVERHEAD = 44  # bytes around the acknowledgement at the largest counter
MAX_PAYLOAD = MAX_FRAME_BYTES - OVERHEAD
_REFUSALS = 3  # of 40 bytes each beside beacon and time


class Answer:
    """A decoded frame, nothing of it verified: `kid` of the device, `counter`, `payload`; `message` is all of it."""

    __slots__ = ("counter", "kid", "message", "payload")

    def __init__(self, message: Mac0) -> None:
        self.message = message
        self.kid = message.kid
        self.counter = message.numbers[0]
        self.payload = message.payload


def protect(kid: bytes, counter: int, payload: bytes, realm: str, key: bytes) -> bytes:
    """The frame with an acknowledgement's bytes for the device `kid` of link key `key`. MalformedError if too long."""
    return mac0.protect(KIND, kid, [counter], payload, realm, key, MAX_FRAME_BYTES)


def decode(data: bytes) -> Answer:
    """Decode strictly (steps 1 and 2); nothing is verified yet. Raises MalformedError."""
    return Answer(mac0.decode(data, 1, MAX_FRAME_BYTES))


def verify(answer: Answer, realm: str, kid: bytes, key: bytes, last: "int | None") -> Acknowledgement:
    """What the gateway says to the device `kid`, whose link key is `key` and which heard counter `last` before.

    The caller keeps `answer.counter` as its `last` after this returns. Raises SignatureError, MalformedError.
    """
    # 3. To this device: the air carries those to others too.
    if answer.kid != kid:
        raise SignatureError("key-mismatch", "an answer to another device")
    # 4. By somebody with the link key: this device's gateway, in this realm.
    mac0.authenticate(answer.message, KIND, realm, key)
    # 5. Not heard before, and not older than what was: recorded frames say nothing.
    if last is not None and answer.counter <= last:
        raise SignatureError("old-counter", "%d after %d" % (answer.counter, last))
    # 6. An acknowledgement.
    return acknowledgement.decode(answer.payload)


def names(ack: Acknowledgement, seq: int) -> bool:
    """Whether an answer is about record `seq`, so that it was made after that was first sent (step 7)."""
    within = ack.durable is not None and ack.durable[0] <= seq <= ack.durable[1]
    return within or any(number == seq for number, _ in ack.refused)


def cut(ack: Acknowledgement, wanted: "set[int]") -> "list[bytes]":
    """The payloads that tell a device about the numbers `wanted`, each fit for one frame; at least one.

    The newest stretch of numbers, and each older one that holds a wanted number; refusals of wanted numbers. Each has
    beacon and time: any of them may be the only one that is heard. Commands are told in the first, if they fit there.
    """
    parts = _parts(ack, wanted)
    parts[0].commands = ack.commands
    first = acknowledgement.encode(parts[0])
    if len(first) > MAX_PAYLOAD:  # they are told with the next answer
        parts[0].commands = {}
        first = acknowledgement.encode(parts[0])
    return [first] + [acknowledgement.encode(part) for part in parts[1:]]


def _parts(ack: Acknowledgement, wanted: "set[int]") -> "list[Acknowledgement]":
    found: "list[Acknowledgement]" = []
    for durable, holes in _stretches(ack):
        if not found or any(durable[0] <= seq <= durable[1] for seq in wanted):
            found.append(Acknowledgement(durable, holes, ack.beacon, ack.time))
    refused = [pair for pair in ack.refused if pair[0] in wanted]
    for start in range(0, len(refused), _REFUSALS):
        found.append(Acknowledgement(None, None, ack.beacon, ack.time, refused[start : start + _REFUSALS]))
    return found or [Acknowledgement(None, None, ack.beacon, ack.time)]


def _stretches(ack: Acknowledgement) -> "list[tuple[tuple[int, int], list[tuple[int, int]]]]":
    """The range in parts with so many holes each that they fit, the newest first; between two parts lies a hole."""
    if ack.durable is None:
        return []
    first, last = ack.durable
    found = []
    holes: "list[tuple[int, int]]" = []
    for hole in reversed(ack.holes):
        size = len(acknowledgement.encode(Acknowledgement((first, last), [hole] + holes, ack.beacon, ack.time)))
        if size > MAX_PAYLOAD:
            found.append(((hole[1] + 1, last), holes))
            last, holes = hole[0] - 1, []
        else:
            holes = [hole] + holes
    if first <= last:  # not if the oldest hole was where the range begins
        found.append(((first, last), holes))
    return found
