"""When a value is an alarm, and when it no longer is: with hysteresis, so that one that dances on a line is one alarm.

Rules are stateless and belong to a kind's quantities (kinds.py); `Alarms` is one device's state of them. Numbers are
in units of the quantity's resolution. An alarm whose sensor fails stays in force: that a sensor burned is no all-clear.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from civicroot_device.reporting.kinds import Kind, Value

    Points = list[tuple[int, int]]  # (ms, value), ascending

    class Rule(Protocol):
        """When one quantity is the alarm of that name; it keeps its memory in `points`."""

        alarm: str

        def judge(self, __value: Value, __now_ms: int, __held: bool, __points: Points) -> bool: ...


POINTS = 10  # of a window that a Rise keeps; a rise is thereby seen a tenth of the window later at worst


class Threshold:
    """`alarm` begins when the value reaches `at`, and is over when it is back at `release`.

    Above or below is said by the order of the two.
    """

    def __init__(self, alarm: str, at: int, release: int) -> None:
        self.alarm = alarm
        self.at = at
        self.release = release

    def judge(self, value: "Value", _now_ms: int, held: bool, _points: "Points") -> bool:
        """Whether it is in force now; `held`: whether it was."""
        if self.at > self.release:
            return value > self.release if held else value >= self.at
        return value < self.release if held else value <= self.at


class Rise:
    """`alarm` begins when the value is `least` over one of the last `window_ms`, and rose by `per_minute` or faster.

    It is over when the value is less than `release` over all of the window. Samples that are further apart than the
    window say nothing about a rise.
    """

    def __init__(self, alarm: str, per_minute: int, least: int, release: int, window_ms: int) -> None:
        self.alarm = alarm
        self.per_minute = per_minute
        self.least = least
        self.release = release
        self.window_ms = window_ms

    def judge(self, value: "Value", now_ms: int, held: bool, points: "Points") -> bool:
        """Whether it is in force now; `points` is this rule's memory, which the call brings up to date."""
        while points and now_ms - points[0][0] > self.window_ms:
            points.pop(0)
        found = False
        for then_ms, then in points:
            rise = value - then
            fast = rise >= self.least and rise * 60_000 >= self.per_minute * (now_ms - then_ms)
            found = found or fast or (held and rise >= self.release)
        if not points or now_ms - points[-1][0] >= self.window_ms // POINTS:
            points.append((now_ms, value))
        return found


class During:
    """`alarm` is in force while the value is true."""

    def __init__(self, alarm: str) -> None:
        self.alarm = alarm

    def judge(self, value: "Value", _now_ms: int, _held: bool, _points: "Points") -> bool:
        """Whether it is in force now."""
        return value is True


class Alarms:
    """The alarms of one device, from sample to sample."""

    def __init__(self, kind: "Kind") -> None:
        self._rules: "list[tuple[str, Rule]]" = []
        self.tune(kind)
        self._held = [False for _ in self._rules]
        self._points: "list[Points]" = [[] for _ in self._rules]

    def tune(self, kind: "Kind") -> None:
        """Go on with other limits of the same rules: an alarm in force lasts until it is over by the new ones."""
        self._rules = [(quantity.name, rule) for quantity in kind for rule in quantity.alarms]

    def update(self, values: "dict[str, Value]", now_ms: int) -> "list[str]":
        """Take in a sample's values; the names of the alarms in force, each once, in the kind's order."""
        found: "list[str]" = []
        for at in range(len(self._rules)):
            name, rule = self._rules[at]
            if name in values:
                self._held[at] = rule.judge(values[name], now_ms, self._held[at], self._points[at])
            if self._held[at] and rule.alarm not in found:
                found.append(rule.alarm)
        return found

    @property
    def held(self) -> "list[bool]":
        """Which rules hold: what has to be kept over a deep sleep."""
        return list(self._held)

    def resume(self, held: "Sequence[bool]") -> None:
        """Go on from `held` of an earlier life. A state of another kind of device is not taken."""
        if len(held) == len(self._held):
            self._held = list(held)
