"""Which radio addresses are to hear the answer to a device: those from which its own signed records came.

An address is believed for a device once a record that the device's key signed came from it; until then each frame's
signature is checked here as well. Whoever replays a device's frame gets a copy of its answer, in which nothing is
secret; the device's own next frame is answered where it came from, so nobody diverts anything for good.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from civicroot_wire import cose, record
from civicroot_wire.errors import MalformedError, WireError

from ..signing import Verify
from .bridge import Heard

MAX_ROUTES = 16_384  # devices whose last address is known: 3 MB
MAX_ADDRESSES = 4  # of one device between two commits; more are replays
MAX_FRAMES = 32  # of one address between two commits: as many records as a message over MQTT has

Address = tuple[str, int, bytes]  # bridge, radio, address


@dataclass(frozen=True, slots=True)
class Signed:
    """What a frame claims to be, before any signature is checked: `kid`, `seq` (None if it cannot be read)."""

    kid: bytes
    seq: int | None
    message: cose.Sign1


def read(payload: bytes) -> Signed:
    """The device and number that a frame names; raises MalformedError unless it is one COSE_Sign1 with a kid."""
    message = cose.parse(payload, record.MAX_RECORD_BYTES)
    sequence = message.headers.get(cose.SEQUENCE)
    seq = sequence[0] if isinstance(sequence, list) and sequence and type(sequence[0]) is int else None
    if cose.KID not in message.headers:
        raise MalformedError("missing-key", "no kid")
    return Signed(message.kid, seq, message)


class Routes:
    """What came since the last commit, by device and address, and the last address of each device."""

    def __init__(self, realm: str, public_of: Callable[[bytes], bytes | None], verify: Verify) -> None:
        self._aad = cose.aad(record.KIND, realm)
        self._public_of = public_of
        self._verify = verify
        self._last: OrderedDict[bytes, Address] = OrderedDict()
        self._group: dict[bytes, dict[Address, list[Signed]]] = {}

    def __len__(self) -> int:
        return len(self._last)

    def add(self, heard: Heard, found: Signed) -> None:
        """A frame was handed to the engine."""
        addresses = self._group.setdefault(found.kid, {})
        address = heard.bridge, heard.radio, heard.address
        if address in addresses or len(addresses) < MAX_ADDRESSES:
            frames = addresses.setdefault(address, [])
            if len(frames) < MAX_FRAMES:
                frames.append(found)

    def take(self) -> dict[bytes, dict[Address, list[Signed]]]:
        """The group that was committed; a new one begins."""
        group, self._group = self._group, {}
        return group

    def confirmed(self, kid: bytes, public: bytes, address: Address, frames: list[Signed]) -> bool:
        """Whether the device was heard from this address; then it is its last one."""
        if self._last.get(kid) != address:
            if not any(self._signed(public, found.message) for found in frames):
                return False
            self._last[kid] = address
            if len(self._last) > MAX_ROUTES:
                self._last.popitem(last=False)
        self._last.move_to_end(kid)
        return True

    def _signed(self, public: bytes, message: cose.Sign1) -> bool:
        try:
            cose.verify1(message, self._aad, public, self._verify)
        except WireError:
            return False
        return True
