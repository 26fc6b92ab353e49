"""What devices, gateways and the backend say to each other over MQTT, beside records and batches."""

from civicroot_wire import acknowledgement, cbor, piece, radio, radio_fetch, registration, state, withdrawal
from civicroot_wire.mac0 import Mac0

from tests.fuzz.target import Target


def _acknowledgement(data: bytes) -> bytes:
    return acknowledgement.encode(acknowledgement.decode(data))


def _state(data: bytes) -> bytes:
    return state.encode(state.decode(data))


def _registration(data: bytes) -> bytes:
    return registration.encode(registration.decode(data))


def _withdrawal(data: bytes) -> bytes:
    return withdrawal.encode(withdrawal.decode(data))


def _want(data: bytes) -> bytes:
    return piece.encode_want(piece.decode_want(data))


def _piece(data: bytes) -> bytes:
    return piece.encode(piece.decode(data))


def _radio_answer(data: bytes) -> bytes:
    return _mac0(radio.decode(data).message)


def _radio_up(data: bytes) -> bytes:
    return _mac0(radio_fetch.decode_up(data))


def _radio_part(data: bytes) -> bytes:
    return _mac0(radio_fetch.decode_part(data, 250))


def _mac0(found: Mac0) -> bytes:
    return b"\xd1" + cbor.encode([found.protected, {}, found.payload, found.tag])


TARGETS = (
    Target("acknowledgement", ("acknowledgement",), _acknowledgement),
    Target("state", ("state",), _state),
    Target("registration", ("registration",), _registration),
    Target("withdrawal", ("withdrawal",), _withdrawal),
    Target("want", ("want",), _want),
    Target("radio-answer", ("radio_answer",), _radio_answer),
    Target("radio-up", ("radio_up",), _radio_up),
    Target("radio-part", ("radio_part",), _radio_part),
    Target("piece", ("piece",), _piece, longest=1024),
)
