"""Registration: a logged enrolment as gateways receive it (SPEC.md §8)."""

from . import enrolment, head, logged, note, shape
from .cbor import decode as decode_cbor
from .cbor import encode as encode_cbor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Verify
    from .policy import Policy

MAX_REGISTRATION_BYTES = 96 * 1024  # one log entry, one note, one path


class Registration:
    """`entry`: the logged enrolment; `checkpoint`: the signed note whose root its path leads to."""

    __slots__ = ("checkpoint", "entry")

    def __init__(self, entry: logged.Logged, checkpoint_note: str) -> None:
        self.entry = entry
        self.checkpoint = checkpoint_note


def encode(registration: Registration) -> bytes:
    """The message's bytes."""
    return encode_cbor([registration.entry.as_item(), registration.checkpoint])


def decode(data: bytes) -> Registration:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    entry, text = shape.array(decode_cbor(data, MAX_REGISTRATION_BYTES), "registration", 2, 2)
    return Registration(logged.from_item(entry, "enrolment"), note.text_of(text, "checkpoint"))


def verify(registration: Registration, trusted: "Policy", verifier: "Verify") -> enrolment.Enrolment:
    """Return the enrolment if it is in the city's log and a registrar of the policy signed it."""
    # 1. The checkpoint is the city log's.
    found_head = head.verify(registration.checkpoint, trusted, verifier)
    # 2. The enrolment is in that log: the city shows it to everybody.
    entry = logged.verify(registration.entry, found_head.checkpoint)
    # 3. A registrar that the policy trusts at this index signed it, and the key's owner asked for it.
    found = enrolment.decode(entry.entry)
    registrar = trusted.registrar(found.registrar_kid, entry.index)
    return enrolment.verify(found, trusted.realm, registrar.public, verifier)
