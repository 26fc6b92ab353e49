"""A proof whose device key is a point of small order: everything about it is in order but the key.

Whoever holds the registrar's, the gateway's and the log's keys can make it: the enrolment is signed and logged, the
batch too. Its possession and its record are signed by nobody: under the neutral point A, the signature R = A, S = 0
satisfies S·B = R + k·A whatever the message is, and OpenSSL, hence WebCrypto, says that it holds.
"""

from civicroot_wire import batch, checkpoint, enrolment, keys, merkle, note, possession, proof, record
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.logged import Logged
from civicroot_wire.proof import Proof
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sequence import Sequence
from civicroot_wire.sodium import Signer

from tests.backend.city import NOW, City, signed_header

NEUTRAL = bytes([1]) + bytes(31)  # the point (0, 1), of order 1
FORGED = NEUTRAL + bytes(32)  # R ‖ S


def sign_as_nobody(_message: bytes) -> bytes:
    """The one signature under NEUTRAL that fits every message."""
    return FORGED


def small_order_enrolment(city: City, subject: str) -> bytes:
    """The registrar's enrolment of NEUTRAL as a device."""
    kid = keys.kid(NEUTRAL)
    asked = possession.sign(kid, subject, record.ROLE, bytes(16), city.realm, sign_as_nobody)
    found = Enrolment(subject, NEUTRAL, record.ROLE, asked)
    return enrolment.sign(found, city.registrar.kid, "the registrar", city.realm, city.registrar)


def small_order_proof(city: City, gateway: Signer, subject: str, seq: int) -> bytes:
    """A proof of a full bin, under a log of its own that the city's log key signed."""
    pack = Pack([Measurement("fill", DecimalFraction(-2, 99), "/")], NOW)
    reading = record.sign(keys.kid(NEUTRAL), Sequence(seq), pack, city.realm, sign_as_nobody)
    header = signed_header(gateway, 0, [reading])
    entries = [city.enrolment(gateway, "gateway/1", batch.ROLE), small_order_enrolment(city, subject), header]
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    key = note.VerifierKey(f"{city.realm}/log", city.log_key.public)
    signed = checkpoint.sign(Checkpoint(key.name, len(entries), merkle.root(leaves)), key, city.log_key)

    def logged(index: int) -> Logged:
        return Logged(entries[index], index, merkle.inclusion_path(merkle.of_list(leaves), index, len(leaves)))

    return proof.encode(Proof(city.realm, reading, 0, [], logged(2), signed, logged(1), logged(0)))
