"""Turn a sample into signed records of at most one LoRa frame each (SPEC.md §3.1)."""

from civicroot_wire import record
from civicroot_wire.record import MAX_FRAME_BYTES
from civicroot_wire.senml import MAX_TEXT, Measurement, Pack
from civicroot_wire.sequence import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_wire.cose import Sign

    from civicroot_device.reporting.kinds import Kind
    from civicroot_device.reporting.sampling import Due

_BLANK = bytes(64)  # a signature's place while only the size matters


def measurements(kind: "Kind", due: "Due") -> "list[Measurement]":
    """What is to be told, what needs somebody at once before all: `alarm`, then the values, then `fault`."""
    found = []
    if due.alarms is not None:
        found.append(Measurement("alarm", " ".join(due.alarms)))
    for quantity in kind:
        if quantity.name in due.names:
            found.append(Measurement(quantity.name, quantity.wire(due.sample.values[quantity.name]), quantity.unit))
    faults = due.sample.faults
    names = [quantity.name for quantity in kind if quantity.name in faults]
    names += [name for name in sorted(faults) if name not in names]  # scanner, display, the device itself
    words = [name + ":" + faults[name] for name in names]
    return found + [Measurement("fault", text) for text in _lines(words)]


def _lines(words: "list[str]") -> "list[str]":
    """The words, separated by spaces, in as many texts as the limit of a string value asks for."""
    lines: "list[str]" = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= MAX_TEXT:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines


class Frame:
    """What fits one record: `pack` with the first `count` measurements, `sequence` with some pending ranges.

    It is encoded once: its size is known before it is signed.
    """

    def __init__(self, kid: bytes, realm: str, sequence: Sequence, pack: Pack) -> None:
        self.sequence = sequence
        self.pack = pack
        self.count = len(pack.measurements)
        self._message = b""
        self._encoded = record.sign(kid, sequence, pack, realm, self._note)

    @property
    def size(self) -> int:
        """Bytes of the signed record."""
        return len(self._encoded)

    def signed(self, sign: "Sign") -> bytes:
        """The signed record's bytes: the signature is the last of them."""
        return self._encoded[: -len(_BLANK)] + sign(self._message)

    def _note(self, message: bytes) -> bytes:
        self._message = message
        return _BLANK


def fit(
    kid: bytes,
    realm: str,
    items: "list[Measurement]",
    base_time: "int | None",
    update_time: int,
    sequence: Sequence,
) -> Frame:
    """The largest frame of the first of `items` that keeps within MAX_FRAME_BYTES.

    Measurements go before thinned ranges, but one range goes with every frame that has any to tell, so that they
    are all told in the end. `update_time` promises the next report on the frame's first measurement.
    """

    def frame(count: int, ranges: int) -> Frame:
        first = items[0]
        promising = Measurement(first.name, first.value, first.unit, None, update_time)
        told = Sequence(sequence.seq, sequence.skip, sequence.beacon, sequence.thinned[:ranges])
        return Frame(kid, realm, told, Pack([promising] + items[1:count], base_time))

    count, ranges = len(items), 1
    found = frame(count, ranges)
    while count > 1 and found.size > MAX_FRAME_BYTES:
        count -= 1
        found = frame(count, ranges)
    ranges = len(sequence.thinned)
    if ranges > 1:
        found = frame(count, ranges)
    while ranges > 1 and found.size > MAX_FRAME_BYTES:
        ranges -= 1
        found = frame(count, ranges)
    return found
