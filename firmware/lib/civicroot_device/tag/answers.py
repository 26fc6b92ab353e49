"""The device's side of radio answers: the seven steps of SPEC.md §8.1, in their order."""

from civicroot_wire import radio
from civicroot_wire.errors import WireError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_wire.acknowledgement import Acknowledgement

    from civicroot_device.tag.link import Link
    from civicroot_device.tag.retained import Retained

TIME_MS = 60_000  # step 7: how late a time can be that an answer brings
LATE = "late-answer"  # counted when an answer is believed but for its time


class Answers:
    """`counts`: refusals by the reasons of SPEC.md §9, and LATE; `link` has the key and the newest counter."""

    def __init__(self, kid: bytes, realm: str, link: "Link", retained: "Retained", highest: int) -> None:
        self._kid = kid
        self._realm = realm
        self._link = link
        self._kept = retained
        self._first: "dict[int, int]" = {}  # number -> when it was first transmitted, if in this wake
        if retained.sent is None and highest >= 0:
            # Nobody knows what was transmitted before the power went: all that was there may have been.
            retained.sent = highest
        self.counts: "dict[str, int]" = {}

    def sending(self, seq: int, now_ms: int) -> None:
        """Record `seq` is about to be transmitted: noted before, or a reset would make it a first time twice."""
        if self._kept.sent is None or seq > self._kept.sent:
            self._first[seq] = now_ms
            self._kept.sent = seq
            self._kept.save()

    def take(self, data: bytes, now_ms: int) -> "Acknowledgement | None":
        """What the gateway says in a frame, None if it is not to be believed. Raises OSError.

        Steps 1 to 6 are those of civicroot_wire.radio; without step 7 an answer that somebody held back would set the
        clock back by as long.
        """
        try:
            answer = radio.decode(data)
            ack = radio.verify(answer, self._realm, self._kid, self._link.key, self._link.last)
        except WireError as error:
            self._count(error.reason)
            return None
        self._link.believed(answer.counter)
        if ack.time is not None and not self._is_prompt(ack, now_ms):
            self._count(LATE)
            ack.time = None
        return ack

    def _is_prompt(self, ack: "Acknowledgement", now_ms: int) -> bool:
        return any(0 <= now_ms - at < TIME_MS and radio.names(ack, seq) for seq, at in self._first.items())

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1
