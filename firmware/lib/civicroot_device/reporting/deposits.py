"""One deposit after another: the lid opens, something falls in, the lid closes, the scale settles.

Pure: events come in with monotonic milliseconds, an `Outcome` comes out. Weights are in units of 10 g, as the
bin's `weight`.

    RESTING ──lid opens──▶ OPEN ──lid closes──▶ WEIGHING ──settled, or too late──▶ RESTING (an Outcome)
                             ▲─────lid opens────────┘

A lid that bounces, or a second deposit before the first one is weighed, goes from WEIGHING back to OPEN: it is all one
deposit, counted from the weight before the first. What the scale did not see in full is no deposit: neither what came
before the scale was known, nor what was thrown into a bin left open, nor what did not settle.
"""

from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.senml import Measurement

from civicroot_device.sensors.sensor import NOT_READY

RESTING, OPEN, WEIGHING = 0, 1, 2

DEPOSIT = "deposit"  # `amount` was added
NOTHING = "nothing"  # the bin weighs no more than before, or less: the lid was opened, or something was taken out
UNWEIGHED = "unweighed"  # nobody can say what was added; `flag` says why
LEFT_OPEN = "left-open"  # the lid is open for longer than a deposit takes; its closing will be NOTHING

DIGITS = 2  # kg, units of 10 g
MIN_DEPOSIT = 2  # units: a difference of one is what two roundings can make of nothing
READINGS = 5  # in a row that have to agree; of a converter that gives ten a second
SPREAD = 1  # units between the highest and the lowest of them: half of the least deposit
READ_MS = 200  # between two readings: five see a second, in which a bin has swung to and fro
SETTLE_MS = 10_000  # at most, after the lid closed: whoever stands there waits for the code
RETRY_MS = 5_000  # between two attempts to know the weight of a resting bin
REST_MS = 60_000  # between two looks at a resting bin's weight: a load cell creeps by grams in minutes, not seconds
OPEN_MS = 120_000  # the longest deposit: a lid open for longer was left open, and what falls in is everybody's


class Outcome:
    """`what` happened; `amount` in units of 10 g (DEPOSIT) or 0; `flag` of sensors/sensor.py (UNWEIGHED) or ""."""

    def __init__(self, what: str, amount: int = 0, flag: str = "") -> None:
        self.what = what
        self.amount = amount
        self.flag = flag


def measurements(outcome: Outcome) -> "list[Measurement]":
    """What a record says of it (SPEC.md §3.1): a `deposit`, or that one could not be weighed, or nothing."""
    if outcome.what == DEPOSIT:
        return [Measurement("deposit", DecimalFraction(-DIGITS, outcome.amount), "kg")]
    if outcome.what == UNWEIGHED:
        return [Measurement("fault", "deposit:" + outcome.flag)]
    return []


class DepositWatch:
    """See the module. Each event gives an Outcome, or None."""

    def __init__(self) -> None:
        self._state = RESTING
        self._before: "int | None" = None  # the last settled weight while the lid was closed
        self._reading = False  # whether readings are being taken, to see the scale at rest
        self._window: "list[int]" = []  # the newest of them in a row, at most READINGS
        self._flag = ""  # of the last one that failed
        self._since = 0  # when they began: with the closing of the lid, if it is for a deposit
        self._next = 0  # when the scale is to be read
        self._opened_at = 0  # for this deposit
        self._left_open = False  # and said so

    @property
    def weighing(self) -> bool:
        """Whether a deposit waits for its weight."""
        return self._state == WEIGHING

    def on_lid(self, is_open: bool, now_ms: int) -> "Outcome | None":
        """The lid's switch was read; call it with every reading."""
        outcome = self.poll(now_ms)  # what time has decided is not undone by a lid that moves only now
        if is_open and self._state != OPEN:
            if self._state == RESTING:
                self._opened_at = now_ms
                self._left_open = False
            self._state = OPEN
        elif not is_open and self._state == OPEN:
            self._state = WEIGHING
            self._begin(now_ms)
        return outcome

    def on_weight(self, weight: "int | None", now_ms: int, flag: str = NOT_READY) -> "Outcome | None":
        """A single reading of the scale, None and a flag if it failed. While the lid is open it says nothing."""
        if self._state == OPEN:
            return None
        if not self._reading:
            self._begin(now_ms)
        self._next = now_ms + READ_MS
        if weight is None:
            self._window = []
            self._flag = flag
        else:
            self._window = (self._window + [weight])[-READINGS:]
            if len(self._window) == READINGS and max(self._window) - min(self._window) <= SPREAD:
                return self._settled(sorted(self._window)[READINGS // 2], now_ms)
        return self.poll(now_ms)

    def poll(self, now_ms: int) -> "Outcome | None":
        """Time passed."""
        if self._state == OPEN:
            if self._left_open or now_ms - self._opened_at < OPEN_MS:
                return None
            self._left_open = True
            self._before = None
            return Outcome(LEFT_OPEN)
        if self._reading and now_ms - self._since >= SETTLE_MS:
            return self._unsettled(now_ms)
        return None

    def wait_ms(self, now_ms: int) -> "int | None":
        """Milliseconds until the scale is to be read, or `poll` to be called if the lid is open; None: only on_lid."""
        if self._state != OPEN:
            return max(0, self._next - now_ms)
        return None if self._left_open else max(0, self._opened_at + OPEN_MS - now_ms)

    def _begin(self, now_ms: int) -> None:
        self._reading = True
        self._window = []
        self._flag = ""
        self._since = self._next = now_ms

    def _settled(self, weight: int, now_ms: int) -> "Outcome | None":
        """The scale is at rest with the lid closed."""
        before, self._before = self._before, weight
        if self._end(now_ms) != WEIGHING:
            return None
        if before is None:
            # What was there before is not known. After LEFT_OPEN that is no fault: it was told.
            return Outcome(NOTHING) if self._left_open else Outcome(UNWEIGHED, 0, self._flag or NOT_READY)
        amount = weight - before
        return Outcome(DEPOSIT, amount) if amount >= MIN_DEPOSIT else Outcome(NOTHING)

    def _unsettled(self, now_ms: int) -> "Outcome | None":
        """It did not come to rest. A bin that rests keeps its weight; after a deposit nobody knows it."""
        flag = self._flag or NOT_READY
        if self._state == WEIGHING:
            self._before = None
        return Outcome(UNWEIGHED, 0, flag) if self._end(now_ms) == WEIGHING else None

    def _end(self, now_ms: int) -> int:
        """End the readings; the state in which they were taken."""
        state, self._state = self._state, RESTING
        self._reading = False
        self._next = now_ms + (RETRY_MS if self._before is None else REST_MS)
        return state
