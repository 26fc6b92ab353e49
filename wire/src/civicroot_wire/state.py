"""State: what a device or gateway says of itself, retained at the broker (SPEC.md §8)."""

from . import shape
from .cbor import decode as decode_cbor
from .cbor import encode as encode_cbor
from .errors import MalformedError

MAX_STATE_BYTES = 512  # version, eight alarms and a refusal at their longest are 397
MAX_ALARMS = 8
MAX_ALARM = 32  # characters
MAX_REFUSED = 32  # bytes: a setting's name, or a reason of §9
_ONLINE, _VERSION, _WAITING, _ALARMS, _ROOM, _CONFIGURATION, _REFUSED = 1, 2, 3, 4, 5, 6, 7


class State:
    """`online`; optionally software `version` and the number of records `waiting` to be sent.

    Of a gateway also `alarms`, names of what needs somebody, and whole hours of `room` left at the present rate. Of a
    device also the version of the operator's `configuration` that it follows, and why it `refused` the newest.
    """

    __slots__ = ("alarms", "configuration", "online", "refused", "room", "version", "waiting")

    def __init__(
        self,
        online: bool,
        version: "str | None" = None,
        waiting: "int | None" = None,
        alarms: "list[str] | None" = None,
        room: "int | None" = None,
        configuration: "int | None" = None,
        refused: "str | None" = None,
    ) -> None:
        self.online = online
        self.version = version
        self.waiting = waiting
        self.alarms = alarms or []
        self.room = room
        self.configuration = configuration
        self.refused = refused


def encode(state: State) -> bytes:
    """The message's bytes."""
    fields: "dict[int, object]" = {_ONLINE: state.online}
    if state.version is not None:
        fields[_VERSION] = state.version
    if state.waiting is not None:
        fields[_WAITING] = state.waiting
    if state.alarms:
        fields[_ALARMS] = state.alarms
    if state.room is not None:
        fields[_ROOM] = state.room
    if state.configuration is not None:
        fields[_CONFIGURATION] = state.configuration
    if state.refused is not None:
        fields[_REFUSED] = state.refused
    return encode_cbor(fields)


def decode(data: bytes) -> State:
    """Decode strictly. Raises MalformedError."""
    content = decode_cbor(data, MAX_STATE_BYTES)
    optional = (_VERSION, _WAITING, _ALARMS, _ROOM, _CONFIGURATION, _REFUSED)
    fields = shape.mapping(content, "state", (_ONLINE,), optional)
    if fields[_ONLINE] is not True and fields[_ONLINE] is not False:
        raise MalformedError("wrong-type", "online is not a boolean")
    state = State(fields[_ONLINE] is True)
    if _VERSION in fields:
        state.version = shape.text(fields[_VERSION], "version", 1, 64)
    if _WAITING in fields:
        state.waiting = shape.integer(fields[_WAITING], "waiting", 0, shape.UINT32)
    if _ALARMS in fields:
        state.alarms = _alarms(fields[_ALARMS])
    if _ROOM in fields:
        state.room = shape.integer(fields[_ROOM], "room", 0, shape.UINT32)
    if _CONFIGURATION in fields:
        state.configuration = shape.integer(fields[_CONFIGURATION], "configuration", 0, shape.UINT32)
    if _REFUSED in fields:
        state.refused = shape.text(fields[_REFUSED], "refused", 1, MAX_REFUSED)
    return state


def _alarms(value: object) -> "list[str]":
    found: "list[str]" = []
    for item in shape.array(value, "alarms", 1, MAX_ALARMS):
        name = shape.text(item, "alarm", 1, MAX_ALARM)
        if found and name <= found[-1]:
            raise MalformedError("not-deterministic", "alarms are not ascending")
        found.append(name)
    return found
