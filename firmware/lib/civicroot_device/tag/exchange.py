"""The part of a wake in which the radio is on: records go up one at a time, each until its answer came.

1. First what was made in this wake, and an alarm that still waits: it must not wait behind a backlog. And time is
   taken only from an answer to a new record (SPEC.md §8.1, step 7).
2. Then the oldest, within the budget of `timing`.
3. Last, and not in every wake, what stayed unanswered although the gateway answered others: it may never be answered.

Two records in a row without any answer: nobody is there, and the radio goes off.
"""

from civicroot_wire import acknowledgement, radio

from civicroot_device.clock import TOLERANCE_S

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.clock import Clock
    from civicroot_device.reporting.reporter import Reporter
    from civicroot_device.storage.counter import Counter
    from civicroot_device.storage.outbox import Outbox
    from civicroot_device.tag.answers import Answers
    from civicroot_device.tag.radio import Radio
    from civicroot_device.tag.retained import Retained
    from civicroot_device.tag.sleep_clock import SleepClock, TagClock
    from civicroot_device.tag.timing import Timing

MISSES = 2
MAX_SUSPECTS = 8
SUSPECT_WAKES = 4  # they are tried in every fourth wake: one that is never answered costs a window each time
SCAN_AFTER = 3  # tries of the radio that nobody answered: then the bridge has moved, and is looked for
SCAN_STEPS = 4  # places in one wake; thirteen channels take four


class Tools:
    """What an exchange works with. `pause(ms)` waits, `chance()` is in [0, 1), `feed()` holds the watchdog off."""

    def __init__(
        self,
        *,
        radio: "Radio",
        timing: "Timing",
        counter: "Counter",
        outbox: "Outbox",
        reporter: "Reporter",
        answers: "Answers",
        retained: "Retained",
        clock: "TagClock",
        unix: "Clock",
        sleep_clock: "SleepClock",
        pause: "Callable[[int], None]",
        chance: "Callable[[], float]",
        feed: "Callable[[], None]",
    ) -> None:
        self.radio = radio
        self.timing = timing
        self.counter = counter
        self.outbox = outbox
        self.reporter = reporter
        self.answers = answers
        self.retained = retained
        self.clock = clock
        self.unix = unix
        self.sleep_clock = sleep_clock
        self.pause = pause
        self.chance = chance
        self.feed = feed


class Exchange:
    """One of them. After run(): `frames` that were transmitted, and whether the gateway was `heard`.

    `commands`: those that it told of (acknowledgement.py).
    """

    def __init__(self, tools: Tools, tries: int) -> None:
        self._tools = tools
        self._tries = tries
        self._ends = tools.clock.ms() + tools.timing.awake_ms
        self._refused = 0  # frames that the radio did not take
        self.frames = 0
        self.heard = False
        self.commands: "dict[int, tuple[bytes, int]]" = {}

    def run(self, fresh: "list[int]") -> None:
        """Send what is due; `fresh` are the numbers made in this wake. Raises OSError, StorageFailed."""
        tools, offered, misses = self._tools, [], 0
        for seq in self._order(fresh):
            if not self._may_send() or misses == MISSES:
                break
            if tools.outbox.holds(seq):
                answered = self._offer(seq, 1 if seq in tools.retained.suspects else self._tries)
                if not answered and not self.heard:
                    answered = self._look_elsewhere(seq)
                misses = 0 if answered else misses + 1
                offered.append(seq)
        kept = tools.retained
        if self.heard:
            kept.suspects = _joined(kept.suspects, offered)
        kept.suspects = [seq for seq in kept.suspects if tools.outbox.holds(seq)][-MAX_SUSPECTS:]

    def _order(self, fresh: "list[int]") -> "list[int]":
        kept = self._tools.retained
        suspects = kept.suspects
        first = fresh + [seq for seq in kept.urgent if seq not in fresh]
        oldest: "list[int]" = []
        for seq in self._tools.outbox.numbers():
            if len(oldest) >= self._tools.timing.frames:
                break
            if seq not in first and seq not in suspects:
                oldest.append(seq)
        late = suspects if suspects_due(kept) else []
        return first + oldest + [seq for seq in late if seq not in first]

    def _may_send(self) -> bool:
        timing = self._tools.timing
        return self.frames + self._refused < timing.frames and self._tools.clock.ms() < self._ends

    def _offer(self, seq: int, tries: int) -> bool:
        """Send a record until the gateway said something about it; whether it did."""
        tools = self._tools
        record = tools.outbox.get(seq)
        for attempt in range(tries):
            if attempt:
                gap = tools.timing.gap_ms << attempt - 1
                tools.pause(gap + int(tools.chance() * gap))
            if record is None or not self._may_send():
                return False
            tools.feed()
            tools.answers.sending(seq, tools.clock.ms())
            if not tools.radio.send(record):
                self._refused += 1
                continue
            self.frames += 1
            if self._listen(seq):
                return True
        return False

    def _listen(self, seq: int) -> bool:
        """Take in what comes until an answer is about the record; whether one was."""
        tools = self._tools
        until = tools.clock.ms() + tools.timing.window_ms
        while tools.clock.ms() < until:
            frame = tools.radio.receive(until - tools.clock.ms())
            now = tools.clock.ms()
            ack = None if frame is None else tools.answers.take(frame, now)
            if ack is None:
                continue
            self.heard = True
            self.commands.update(ack.commands)
            tools.radio.confirm()
            tools.reporter.on_acknowledgement(acknowledgement.encode(ack), now)
            self._note_time(ack.time, now)
            if radio.names(ack, seq):
                return True
        return False

    def _note_time(self, told: "int | None", now: int) -> None:
        """Time that the device's clock took, or that differs from it by little, is what the next wakes begin with."""
        own = self._tools.unix.now(now)
        if told is not None and own is not None and abs(own - told) <= TOLERANCE_S:
            self._tools.sleep_clock.tell(told, now)

    def _look_elsewhere(self, seq: int) -> bool:
        """Offer it where the radio was not yet, if it was in vain for long; whether somebody answered."""
        if self._tools.retained.silent < SCAN_AFTER:
            return False
        for _ in range(SCAN_STEPS):
            if not self._may_send() or not self._tools.radio.elsewhere():
                return False
            if self._offer(seq, 1):
                return True
        return False


def suspects_due(kept: "Retained") -> bool:
    """Whether this is a wake for records that stayed unanswered."""
    return kept.wakes % SUSPECT_WAKES == 0


def _joined(numbers: "list[int]", more: "list[int]") -> "list[int]":
    return numbers + [seq for seq in more if seq not in numbers]
