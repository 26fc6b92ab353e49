"""State: what a device or gateway says of itself, retained at the broker (SPEC.md §8)."""

from . import shape
from .cbor import decode as decode_cbor
from .cbor import encode as encode_cbor
from .errors import MalformedError

MAX_STATE_BYTES = 256
_ONLINE, _VERSION, _WAITING = 1, 2, 3


class State:
    """`online`; optionally software `version` and the number of records `waiting` to be sent."""

    __slots__ = ("online", "version", "waiting")

    def __init__(self, online: bool, version: "str | None" = None, waiting: "int | None" = None) -> None:
        self.online = online
        self.version = version
        self.waiting = waiting


def encode(state: State) -> bytes:
    """The message's bytes."""
    fields: "dict[int, object]" = {_ONLINE: state.online}
    if state.version is not None:
        fields[_VERSION] = state.version
    if state.waiting is not None:
        fields[_WAITING] = state.waiting
    return encode_cbor(fields)


def decode(data: bytes) -> State:
    """Decode strictly. Raises MalformedError."""
    fields = shape.mapping(decode_cbor(data, MAX_STATE_BYTES), "state", (_ONLINE,), (_VERSION, _WAITING))
    if fields[_ONLINE] is not True and fields[_ONLINE] is not False:
        raise MalformedError("wrong-type", "online is not a boolean")
    state = State(fields[_ONLINE] is True)
    if _VERSION in fields:
        state.version = shape.text(fields[_VERSION], "version", 1, 64)
    if _WAITING in fields:
        state.waiting = shape.integer(fields[_WAITING], "waiting", 0, shape.UINT32)
    return state
