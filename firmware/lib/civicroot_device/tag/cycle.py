"""One wake of a tag: sense, sign and queue, then the radio if there is something to say, then how long to sleep.

Everything that the cycle touches is passed in. A wake ends in any case: the radio's budget is `timing`'s. Nobody
answers: the tag goes on measuring and keeps its records; only the radio is left off for one, three, then seven planned
wakes. An alarm is tried at every wake, and the first ones come soon.
"""

import json

from civicroot_device.storage import ranges
from civicroot_device.tag.exchange import Exchange, suspects_due

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.reporting.sampling import ReportRule, Sample
    from civicroot_device.tag.errands import Errands
    from civicroot_device.tag.exchange import Tools

POWER, TIMER, MOTION = "power", "timer", "motion"  # why a wake began
LOW_BATTERY = 15  # % of the battery's life; two AA lithium cells drop steeply from there
LOW_FACTOR = 4  # the interval is so much longer then
LOW_TRIES = 1  # transmissions of one record in a wake
ALARM_MS = 300_000  # an alarm that nobody answered is tried again so soon,
ALARM_HURRIES = 6  # and as often, half an hour; then at each planned wake
JITTER = 16  # up to a 16th of the interval more: tags that were put up together do not stay together on the air
MAX_SKIP = 7  # planned wakes without radio
MAX_MOTIONS = 4  # wakes by the accelerometer between two planned ones: then it is left off, against a branch or a joker
MAX_HELD = 16  # ranges of waiting numbers that are remembered; of more, the last ones with what is between them
LEAST_SLEEP_MS = 200  # of a planned wake that is due already


class Sleep:
    """What comes after a wake: for how many `ms`, and whether the accelerometer may end it (`motion`)."""

    def __init__(self, ms: int, motion: bool) -> None:
        self.ms = ms
        self.motion = motion


class Cycle:
    """The state machine. `rule` is the reporter's; `interval_ms` is between planned wakes.

    `sense()` gives a sample, None if no more are wanted. `errands`: what is to be done beside records (errands.py).

    After wake(): `sent` (frames), `heard` (the gateway answered), `made` (numbers of the records made).
    """

    def __init__(
        self,
        tools: "Tools",
        sense: "Callable[[], Sample | None]",
        rule: "ReportRule",
        interval_ms: int,
        errands: "Errands | None" = None,
    ) -> None:
        self._tools = tools
        self._sense = sense
        self._rule = rule
        self._interval_ms = interval_ms
        self._errands = errands
        self.made: "list[int]" = []
        self.sent = 0
        self.heard = False

    def begin(self) -> None:
        """Take up what the last wake left. Raises StorageFailed."""
        tools, kept = self._tools, self._tools.retained
        # The outbox notes deletions with the next record (a write less for each wake); here they are known already.
        tools.counter.resume(kept.next)
        tools.outbox.delete(ranges.without(0, kept.next - 1, kept.held))
        tools.reporter.beacon = kept.beacon
        if kept.rule is not None:
            self._rule.resume(json.loads(kept.rule), kept.rule_at)

    def wake(self, why: str) -> Sleep:
        """All of one wake. Raises OSError, StorageFailed, KeyExhausted: then the tag has to start anew."""
        tools, kept = self._tools, self._tools.retained
        kept.wakes += 1
        kept.motions = kept.motions + 1 if why == MOTION else 0
        alarms = self._rule.alarms
        sample = self._sense()
        before = tools.outbox.highest
        if sample is not None:
            tools.reporter.on_sample(sample, tools.clock.ms())
            tools.reporter.tell_start(tools.clock.ms())
        if self._errands is not None:
            self._errands.begin(tools, sample)
        self.made = [seq for seq in tools.outbox.numbers() if seq > before]
        # Before the radio: what was told is told, also if the battery gives way under the transmitter.
        self._keep()
        alarm = any(name not in alarms for name in self._rule.alarms)
        if self._errands is not None and self._errands.on_trial:
            kept.urgent = kept.urgent + self.made  # what proves that it works is tried at each wake, and soon
        if alarm:
            kept.urgent, kept.hurried = list(self.made), 0
        low = _is_low(sample)
        waits = tools.outbox.waiting > (0 if suspects_due(kept) else len(kept.suspects))
        if kept.urgent or (waits and not kept.skip):
            self._speak(LOW_TRIES if low else tools.timing.tries)
        elif kept.skip and why != MOTION:
            kept.skip -= 1
        kept.urgent = [seq for seq in kept.urgent if tools.outbox.holds(seq)]
        sleep = self._sleep(why, self._interval_ms * (LOW_FACTOR if low else 1))
        self._keep()
        return sleep

    def _speak(self, tries: int) -> None:
        tools, kept = self._tools, self._tools.retained
        exchange = Exchange(tools, tries)
        try:
            tools.radio.on()
            exchange.run(self.made)
            if self._errands is not None and exchange.heard:
                before = tools.outbox.highest
                self._errands.run(exchange.commands)
                made = [seq for seq in tools.outbox.numbers() if seq > before]
                if made:
                    exchange.run(made)
        finally:
            tools.radio.off()
        self.sent, self.heard = exchange.frames, exchange.heard
        if exchange.heard:
            kept.silent = kept.skip = 0
        elif exchange.frames:
            kept.silent += 1
            kept.skip = min((1 << min(kept.silent, 8) - 1) - 1, MAX_SKIP)

    def _sleep(self, why: str, interval_ms: int) -> Sleep:
        tools, kept = self._tools, self._tools.retained
        now = tools.clock.ms()
        if kept.urgent and kept.hurried < ALARM_HURRIES:
            kept.hurried += 1
            interval_ms = min(interval_ms, ALARM_MS)
            why = TIMER
        longest = interval_ms + interval_ms // JITTER
        if why != MOTION or not now <= kept.due <= now + longest:
            kept.due = now + interval_ms + int(tools.chance() * (longest - interval_ms))
        return Sleep(max(LEAST_SLEEP_MS, kept.due - now), kept.motions < MAX_MOTIONS)

    def _keep(self) -> None:
        tools, kept = self._tools, self._tools.retained
        now = tools.clock.ms()
        kept.beacon = tools.reporter.beacon
        kept.rule, kept.rule_at = json.dumps(self._rule.state(now)), now
        kept.next = tools.counter.next
        held = ranges.of(tools.outbox.numbers())
        if len(held) > MAX_HELD:
            held = held[: MAX_HELD - 1] + [(held[MAX_HELD - 1][0], held[-1][1])]
        kept.held = held
        kept.save()


def _is_low(sample: "Sample | None") -> bool:
    level = None if sample is None else sample.values.get("battery")
    return level is not None and level is not True and level is not False and level <= LOW_BATTERY
