"""A tag's questions for content, and the parts that answer them, while its radio is on (SPEC.md §8.1).

Parts may come in any order, twice or not at all; what lacks is asked for again. Who gets them has to check the whole.
"""

from civicroot_wire import radio_fetch
from civicroot_wire.errors import WireError
from civicroot_wire.radio_fetch import Want

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_wire.radio_fetch import Part, Standing

    from civicroot_device.tag.budget import Budget
    from civicroot_device.tag.exchange import Tools

HEAD_BYTES = 8


class Asker:
    """One wake's. `kid` and link `key` are the tag's; `counts`: what came and was not believed, by reason.

    After get(): `reason` is why the gateway gave nothing, None if it gave or nobody answered.
    """

    def __init__(self, tools: "Tools", budget: "Budget", kid: bytes, realm: str, key: bytes) -> None:
        self._tools = tools
        self._budget = budget
        self._kid = kid
        self._realm = realm
        self._key = key
        self._number = 0
        self._counter = 0
        self._ends = tools.clock.ms() + budget.awake_ms
        self._misses = 0
        self.reason: "str | None" = None
        self.counts: "dict[str, int]" = {}

    @property
    def may_ask(self) -> bool:
        """Whether there is time left, and somebody who answers."""
        known = self._tools.retained.last is not None
        return known and self._misses < self._budget.misses and self._tools.clock.ms() < self._ends

    def get(self, head: bytes, offset: int, length: int) -> bytes:
        """Octets of the content from `offset` on without a hole: at most `length`, fewer or none if they do not come.

        Raises OSError.
        """
        self.reason = None
        parts: "dict[int, bytes]" = {}
        have = offset
        while have < offset + length and self.may_ask and self.reason is None:
            end = min([at for at in parts if at > have] + [offset + length, have + self._budget.asked])
            self._ask(head, have, end, parts)
            before = have
            while have in parts:
                have += len(parts[have])
            self._misses = self._misses + 1 if have == before else 0
        return _joined(parts, offset, have)

    def say(self, standing: "Standing") -> bool:
        """Tell the gateway how the tag stands; whether the radio took it. Nothing answers: it is told what waits."""
        if self._tools.retained.last is None:
            return False
        counter, number = self._next()
        frame = radio_fetch.encode_standing(self._kid, counter, number, standing, self._realm, self._key)
        return self._tools.radio.send(frame)

    def _ask(self, head: bytes, start: int, end: int, parts: "dict[int, bytes]") -> None:
        """One question, and what comes of it until all is there or nothing comes any more."""
        tools = self._tools
        tools.feed()
        counter, number = self._next()
        want = Want(head, start, end - start)
        if not tools.radio.send(radio_fetch.encode_want(self._kid, counter, number, want, self._realm, self._key)):
            return
        missing = end - start
        until = tools.clock.ms() + self._budget.first_ms
        while missing > 0 and tools.clock.ms() < until:
            part = self._heard(until, counter, number)
            if part is None:
                continue
            if part.reason is not None:
                self.reason = part.reason
                return
            if start <= part.offset < end and part.offset not in parts:
                parts[part.offset] = part.octets[: end - part.offset]
                missing -= len(parts[part.offset])
            until = tools.clock.ms() + self._budget.next_ms

    def _heard(self, until: int, counter: int, number: int) -> "Part | None":
        tools = self._tools
        frame = tools.radio.receive(max(0, until - tools.clock.ms()))
        if frame is None:
            return None
        try:
            found = radio_fetch.decode_part(frame, self._budget.most)
            return radio_fetch.verify_part(found, self._realm, self._kid, self._key, counter, number)
        except WireError as error:
            self.counts[error.reason] = self.counts.get(error.reason, 0) + 1
            return None

    def _next(self) -> "tuple[int, int]":
        """The newest answer's counter, and a number that was not used with it."""
        last = self._tools.retained.last or 0
        self._number = self._number + 1 if last == self._counter else 0
        self._counter = last
        return last, self._number


def _joined(parts: "dict[int, bytes]", at: int, end: int) -> bytes:
    found = b""
    while at < end:
        found += parts[at]
        at += len(parts[at])
    return found
