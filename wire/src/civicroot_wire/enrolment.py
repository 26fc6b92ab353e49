"""Enrolment: a registrar binds a key to a subject and a role (SPEC.md §3.3; RFC 8747, RFC 9711)."""

from . import claims, cose, keys, possession, shape
from .cbor import DecimalFraction, encode
from .cbor import decode as decode_cbor
from .errors import MalformedError, TrustError
from .names import subject as check_subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cose import Sign, Verify

ROLES = ("device", "gateway", "backend", "operator", "release", "organisation", "wallet")
HARDWARE_MODEL, LOCATION, STATUS = 259, 264, 65535
MAX_MODEL = 32
MAX_LABEL = 96
MAX_URI = 128
_COSE_KEY = 1
_REQUIRED = (claims.CNF, claims.ROLE, claims.POSSESSION)
_OPTIONAL = (claims.IAT, HARDWARE_MODEL, LOCATION, STATUS, claims.LABEL, claims.SIMULATED)


class Enrolment:
    """An enrolled key and what it is.

    `public` 32 bytes and its `kid`; `role`; `possession` exact bytes; `issued_at` Unix seconds; `model` bytes;
    `location` (latitude, longitude) in degrees; `status` (index, URI) in a status list; `label` for people;
    `simulated`. Once decoded: `encoded`, `claims`, `message`.
    """

    def __init__(self, subject: str, public: bytes, role: str, possession_message: bytes) -> None:
        self.subject = subject
        self.public = public
        self.kid = keys.kid(public)
        self.role = role
        self.possession = possession_message
        self.issued_at: "int | None" = None
        self.model: "bytes | None" = None
        self.location: "tuple[int | DecimalFraction, int | DecimalFraction] | None" = None
        self.status: "tuple[int, str] | None" = None
        self.label: "str | None" = None
        self.simulated = False
        self.encoded = b""
        self.claims: "claims.Claims | None" = None
        self.message: "cose.Sign1 | None" = None

    @property
    def registrar_kid(self) -> bytes:
        """Who signed it; only of a decoded enrolment."""
        if self.message is None:
            raise ValueError("not a decoded enrolment")
        return self.message.kid


def _payload(enrolment: Enrolment) -> bytes:
    fields: "dict[int, object]" = {
        claims.CNF: {_COSE_KEY: keys.cose_key(enrolment.public)},
        claims.ROLE: enrolment.role,
        claims.POSSESSION: enrolment.possession,
    }
    if enrolment.issued_at is not None:
        fields[claims.IAT] = enrolment.issued_at
    if enrolment.model is not None:
        fields[HARDWARE_MODEL] = enrolment.model
    if enrolment.location is not None:
        fields[LOCATION] = {1: enrolment.location[0], 2: enrolment.location[1]}
    if enrolment.status is not None:
        fields[STATUS] = {"status_list": {"idx": enrolment.status[0], "uri": enrolment.status[1]}}
    if enrolment.label is not None:
        fields[claims.LABEL] = enrolment.label
    if enrolment.simulated:
        fields[claims.SIMULATED] = True
    return encode(fields)


def sign(enrolment: Enrolment, registrar_kid: bytes, issuer: str, realm: str, signer: "Sign") -> bytes:
    """Return the registrar's signed enrolment."""
    about = claims.Claims(claims.ENROLMENT_TYP, issuer, check_subject(enrolment.subject), realm)
    return claims.sign(registrar_kid, about, _payload(enrolment), signer)


def decode(data: bytes) -> Enrolment:
    """Decode strictly; nothing is verified yet. Raises MalformedError."""
    message, about = claims.decode_about_subject(data, claims.ENROLMENT_TYP)
    content = decode_cbor(message.payload, claims.MAX_STATEMENT_BYTES)
    fields = shape.mapping(content, "enrolment", _REQUIRED, _OPTIONAL)
    confirmation = shape.mapping(fields[claims.CNF], "cnf", (_COSE_KEY,))
    role = shape.text(fields[claims.ROLE], "role", 1, 32)
    if role not in ROLES:
        raise MalformedError("out-of-range", "no such role: " + role)
    request = shape.octets(fields[claims.POSSESSION], "possession", 1, possession.MAX_POSSESSION_BYTES)
    found = Enrolment(about.subject, keys.from_cose_key(confirmation[_COSE_KEY]), role, request)
    found.encoded, found.claims, found.message = data, about, message
    _decode_optional(found, fields)
    return found


def _decode_optional(found: Enrolment, fields: "dict[int | str, object]") -> None:
    if claims.IAT in fields:
        found.issued_at = shape.integer(fields[claims.IAT], "iat")
    if HARDWARE_MODEL in fields:
        found.model = shape.octets(fields[HARDWARE_MODEL], "hwmodel", 1, MAX_MODEL)
    if LOCATION in fields:
        place = shape.mapping(fields[LOCATION], "location", (1, 2))
        found.location = (shape.number(place[1], "latitude"), shape.number(place[2], "longitude"))
    if STATUS in fields:
        status = shape.mapping(fields[STATUS], "status", ("status_list",))
        entry = shape.mapping(status["status_list"], "status_list", ("idx", "uri"))
        uri = shape.text(entry["uri"], "uri", 1, MAX_URI)
        found.status = (shape.integer(entry["idx"], "idx", 0, shape.UINT32), uri)
    if claims.LABEL in fields:
        found.label = shape.text(fields[claims.LABEL], "label", 1, MAX_LABEL)
    if claims.SIMULATED in fields:
        if fields[claims.SIMULATED] is not True:
            raise MalformedError("out-of-range", "simulated is true or absent")
        found.simulated = True


def verify(enrolment: Enrolment, realm: str, registrar_key: bytes, verifier: "Verify") -> Enrolment:
    """Return the enrolment if the registrar signed it for `realm` and the key's owner asked for just this."""
    if enrolment.message is None or enrolment.claims is None:
        raise ValueError("verify takes a decoded enrolment")
    # 1. The registrar's signature, for this realm: nobody else enrols, no other city's enrolment counts.
    claims.verify(enrolment.message, enrolment.claims, realm, registrar_key, verifier)
    # 2. The key's own signature: nobody enrols a key that is not theirs.
    request = possession.verify(possession.decode(enrolment.possession), realm, enrolment.public, verifier)
    # 3. Over the same subject and role: the registrar cannot use a key for what its owner did not ask.
    if request.subject != enrolment.subject or request.role != enrolment.role:
        raise TrustError("wrong-role", "possession asks for %s as %s" % (request.subject, request.role))
    return enrolment
