"""Reliable delivery between a radio bridge and its gateway over a serial line (SPEC.md §8.2): the same at both ends.

Either end may be reset at any time, and the line may lose, alter or insert bytes; it does not reorder them. Contents
arrive in order, once within a session; what was not confirmed when an end was reset is sent again in the next.
Times are milliseconds of a clock that only goes forward.
"""

from . import bridge_frame
from .bridge_frame import Decoder

VERSION = 1
SESSION_BYTES = 4
WINDOW = 8  # contents under way: 2.5 kB, a quarter of a second at 115,200 baud
RESEND_MS = 400  # longer than a window takes at 115,200 baud, and shorter than a radio device waits
LONGEST_MS = 2_000
PATIENCE = 8  # resends in vain before the other end is thought gone: about 12 s
HELLO_MS = 500
MAX_BODY = bridge_frame.MAX_CONTENT - 2
_HELLO, _DATA, _CONFIRM, _AGAIN = 1, 2, 3, 4
_NOBODY = bytes(SESSION_BYTES)
_HELLO_BYTES = 3 + 2 * SESSION_BYTES


class BridgeLink:
    """One end. `session` is 4 random bytes, new at every start and not zero. `counters` is for the operator.

    feed() takes what came and gives the contents that arrived; send() takes contents while room() is not 0; output()
    gives the bytes to be written.
    """

    def __init__(self, session: bytes, now_ms: int) -> None:
        self.up = False
        self.other_version: "int | None" = None  # of a peer that speaks another version
        self.counters = {"damaged": 0, "resent": 0, "repeated": 0, "sessions": 0}
        self._decoder = Decoder()
        self._session = session
        self._peer = _NOBODY
        self._queue: "list[bytes]" = []  # not confirmed; the first has number _base
        self._out = bytearray()
        self._hello_at = now_ms
        self._base = self._sent = self._high = 0  # number of the queue's first; how many of it went, now and ever
        self._expected = 0  # number of the content that has to come next
        self._asked = False
        self._vain = 0  # resends since the last progress
        self._resend_at = 0

    def room(self) -> int:
        """How many contents send() will take."""
        return WINDOW - len(self._queue)

    def send(self, body: bytes) -> None:
        """Queue a content of 1 to MAX_BODY bytes. ValueError without room or for another size."""
        if not self.room():
            raise ValueError("no room")
        if not 0 < len(body) <= MAX_BODY:
            raise ValueError("a content has 1 to %d bytes" % MAX_BODY)
        self._queue.append(bytes(body))

    def feed(self, data: bytes, now_ms: int) -> "list[bytes]":
        """Take in bytes of the line; what arrived with them."""
        arrived = []
        for content in self._decoder.feed(data):
            kind = content[0]
            if kind == _HELLO and len(content) >= _HELLO_BYTES:
                self._on_hello(content)
            elif not self.up:
                pass  # of a session that this end does not know
            elif kind == _DATA and len(content) > 2:
                if self._on_data(content[1]):
                    arrived.append(content[2:])
            elif kind in (_CONFIRM, _AGAIN) and len(content) == 2:
                self._on_confirm(content[1], kind == _AGAIN, now_ms)
        self.counters["damaged"] = self._decoder.damaged
        return arrived

    def output(self, now_ms: int) -> bytes:
        """What is to be written now."""
        if self.up and self._high and now_ms >= self._resend_at:
            self._resend(now_ms)
        if self.up:
            while self._sent < len(self._queue):
                if not self._high:
                    self._resend_at = now_ms + self._patience_ms()
                self._put(bytes([_DATA, (self._base + self._sent) & 255]) + self._queue[self._sent])
                self._sent += 1
                self._high = max(self._high, self._sent)
        elif now_ms >= self._hello_at:
            self._say_hello()
            self._hello_at = now_ms + HELLO_MS
        out, self._out = bytes(self._out), bytearray()
        return out

    def wait_ms(self, now_ms: int) -> "int | None":
        """Milliseconds until output() has something because of time; None: only an event helps."""
        if self._out or (self.up and self._sent < len(self._queue)):
            return 0
        if not self.up:
            return max(0, self._hello_at - now_ms)
        return max(0, self._resend_at - now_ms) if self._high else None

    def reset(self) -> None:
        """The line was closed and opened again, or the owner thinks the peer gone: begin a new session."""
        number = (int.from_bytes(self._session, "big") + 1) & 0xFFFFFFFF
        self._session = (number or 1).to_bytes(SESSION_BYTES, "big")
        self._peer = _NOBODY
        self.up = False
        self._out = bytearray()

    # What came

    def _on_hello(self, content: bytes) -> None:
        if content[1] != VERSION:
            self.other_version = content[1]
            return
        up = content[2]
        session, echo = content[3 : 3 + SESSION_BYTES], content[3 + SESSION_BYTES : _HELLO_BYTES]
        if session != self._peer:  # its first word since it was reset
            self._peer = session
            self.up = False
            self.counters["sessions"] += 1
            self._restart()
        if echo == self._session:
            self.up = True
            self.other_version = None
        if not up or echo != self._session:
            self._say_hello()

    def _on_data(self, number: int) -> bool:
        """Whether it is the next content; others are not kept, but the peer is told what is awaited."""
        if number == self._expected:
            self._expected = (number + 1) & 255
            self._asked = False
            self._put(bytes([_CONFIRM, self._expected]))
            return True
        ahead = (number - self._expected) & 255 < WINDOW
        if not ahead:
            self.counters["repeated"] += 1
            self._put(bytes([_CONFIRM, self._expected]))
        elif not self._asked:  # a frame before it was lost: said once, or each frame behind the gap would say it
            self._asked = True
            self._put(bytes([_AGAIN, self._expected]))
        return False

    def _on_confirm(self, awaited: int, again: bool, now_ms: int) -> None:
        count = (awaited - self._base) & 255
        if count > self._high:
            return  # of an earlier session, or damaged beyond the CRC
        if count:
            self._base = awaited
            self._queue = self._queue[count:]
            self._sent = max(0, self._sent - count)
            self._high -= count
            self._vain = 0
            self._resend_at = now_ms + self._patience_ms()
        if again:
            self.counters["resent"] += self._high
            self._sent = 0

    # What goes

    def _resend(self, now_ms: int) -> None:
        self._vain += 1
        if self._vain > PATIENCE:
            self.reset()
            self._hello_at = now_ms
            return
        self.counters["resent"] += self._high
        self._sent = 0
        self._resend_at = now_ms + self._patience_ms()

    def _patience_ms(self) -> int:
        return min(LONGEST_MS, RESEND_MS << self._vain)

    def _restart(self) -> None:
        """Numbers begin at 0 in both directions; the queue stays."""
        self._base = self._sent = self._high = self._expected = self._vain = 0
        self._resend_at = 0
        self._asked = False

    def _say_hello(self) -> None:
        self._put(bytes([_HELLO, VERSION, int(self.up)]) + self._session + self._peer)

    def _put(self, content: bytes) -> None:
        self._out.extend(bridge_frame.encode(content))
