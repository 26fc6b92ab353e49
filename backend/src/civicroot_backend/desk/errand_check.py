"""What of an errand cannot become true is refused by name before anything is written down."""

from decimal import Decimal

from civicroot_wire import keys, possession, sodium
from civicroot_wire.errors import WireError
from civicroot_wire.sequence import MAX_SEQ

from civicroot_backend import enrolment_request
from civicroot_backend.desk.errand import MOVE, Errand
from civicroot_backend.desk.errors import DeviceError
from civicroot_backend.desk.register import Key, Register
from civicroot_backend.enrolment_request import Request

DEVICE = "device"
PLACE = ("label", "latitude", "longitude")


def check(errand: Errand, key: Key, register: Register, waiting: list[Errand]) -> None:
    """Refuse what cannot become true before anything is written down. DeviceError, by name."""
    if key.role != DEVICE:
        raise DeviceError("not-a-device", f"{key.subject} is enrolled as {key.role}")
    if any(errand.subject == other.subject for other in waiting):
        raise DeviceError("waits", f"an earlier errand about {errand.subject} waits: `civicroot device resume` first")
    if errand.last_seq is not None and not 0 <= errand.last_seq <= MAX_SEQ:
        raise DeviceError("out-of-range", f"a number is 0 to {MAX_SEQ}: {errand.last_seq}")
    if errand.request:
        _check_request(errand, key, register)
    elif errand.verb == MOVE:
        with_place(Request(key.subject, key.role, key.public, b""), errand)


def _check_request(errand: Errand, key: Key, register: Register) -> None:
    request = enrolment_request.from_mapping(dict(errand.request))
    if request.role != DEVICE:
        raise DeviceError("wrong-role", f"the request is for {request.role}")
    if errand.verb == MOVE:
        if request.public != key.public:
            raise DeviceError("another-key", "a move keeps the key; another one is `replace` or `rotate-key`")
        others = [one for one in register.enrolled_keys(request.subject) if one.revoked is None and one.kid != key.kid]
        if others:
            raise DeviceError(
                "taken", f"{request.subject} has a device, {others[0].kid.hex()}: retire or move it first"
            )
        with_place(request, errand)
    else:
        if request.subject != key.subject:
            raise DeviceError("wrong-subject", f"the request is for {request.subject}, the old key is {key.subject}")
        if request.public == key.public:
            raise DeviceError("same-key", "the request is for the old key itself")
        _check_new(request, register)
    try:
        asked = possession.verify(possession.decode(request.possession), register.realm, request.public, sodium.verify)
        if (asked.subject, asked.role) != (request.subject, request.role):
            raise DeviceError("wrong-subject", f"the key itself asks for {asked.subject} as {asked.role}")
    except WireError as error:
        raise DeviceError(error.reason, f"the key did not ask for this: {error}") from error


def _check_new(request: Request, register: Register) -> None:
    known = register.key(keys.kid(request.public))
    if known is None:
        return
    if known.revoked is not None:
        raise DeviceError("revoked", f"the new key was withdrawn by log entry {known.revoked}; nobody comes back")
    if known.enrolled is not None and known.subject != request.subject:
        raise DeviceError("wrong-subject", f"the new key is {known.subject} already; move that device first")


def with_place(request: Request, errand: Errand) -> Request:
    """The request with the place that a move names. DeviceError."""
    try:
        degrees = {name: Decimal(errand.place[name]) for name in PLACE[1:] if name in errand.place}
    except ArithmeticError as error:
        raise DeviceError("out-of-range", "latitude and longitude are degrees, like 47.3769") from error
    if len(degrees) == 1:
        raise DeviceError("missing-key", "a place has --latitude and --longitude")
    if degrees and not (abs(degrees["latitude"]) <= 90 and abs(degrees["longitude"]) <= 180):
        raise DeviceError("out-of-range", f"no place on earth: {degrees['latitude']}, {degrees['longitude']}")
    return Request(
        request.subject,
        request.role,
        request.public,
        request.possession,
        errand.place.get("label", request.label),
        degrees.get("latitude", request.latitude),
        degrees.get("longitude", request.longitude),
        request.model,
        request.simulated,
    )
