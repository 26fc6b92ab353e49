"""A proof whose device key is a point of small order: everything about it is in order but the key.

Whoever holds the registrar's, the gateway's and the log's keys can make it: the enrolment is signed and logged, the batch
too. Its possession and its record are signed by nobody: under the neutral point A, the signature R = A, S = 0 satisfies
S·B = R + k·A whatever the message is, and OpenSSL, hence WebCrypto, says that it holds.
"""

from civicroot_wire import batch, checkpoint, enrolment, keys, merkle, note, possession, proof, record
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.logged import Logged
from civicroot_wire.proof import Proof
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sequence import Sequence
from civicroot_wire.sodium import Signer

from tests.backend.api_city import NONCE, ORIGIN, REALM, START, City

NEUTRAL = bytes([1]) + bytes(31)  # the point (0, 1), of order 1
FORGED = NEUTRAL + bytes(32)  # R ‖ S


def sign_as_nobody(_message: bytes) -> bytes:
    """The one signature under NEUTRAL that fits every message."""
    return FORGED


def small_order_enrolment(city: City, subject: str) -> bytes:
    """The registrar's enrolment of NEUTRAL as a device."""
    kid = keys.kid(NEUTRAL)
    asked = possession.sign(kid, subject, record.ROLE, NONCE, REALM, sign_as_nobody)
    return enrolment.sign(
        Enrolment(subject, NEUTRAL, record.ROLE, asked), city.registrar.kid, "registrar", REALM, city.registrar
    )


def small_order_proof(city: City, subject: str, seq: int) -> bytes:
    """A proof of a full bin, under a log of its own that the city's log key signed."""
    pack = Pack([Measurement("fill", DecimalFraction(-2, 99), "/")], START)
    reading = record.sign(keys.kid(NEUTRAL), Sequence(seq), pack, REALM, sign_as_nobody)
    gateway = city.gateway.signer
    header = batch.sign_header(gateway.kid, Sequence(0), [reading], START, START, REALM, gateway)
    entries = [city.statement(gateway, "gateway/1", "gateway"), small_order_enrolment(city, subject), header]
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    log_signer = Signer(b"log".ljust(32))
    signed = checkpoint.sign(
        checkpoint.Checkpoint(ORIGIN, len(entries), merkle.root(leaves)),
        note.VerifierKey(ORIGIN, log_signer.public),
        log_signer,
    )

    def logged(index: int) -> Logged:
        return Logged(entries[index], index, merkle.inclusion_path(merkle.of_list(leaves), index, len(leaves)))

    return proof.encode(Proof(REALM, reading, 0, [], logged(2), signed, logged(1), logged(0)))
