"""Everything that a device keeps on its flash beside key, counter and outbox, each with the same promise.

A module `kept_<thing>` has two functions that go through the thing's own code, made anew from `flash` (the folder of
the key) in every call, as after a restart:
    step(flash, number)   make change `number` (0, 1, 2 … once each) durable
    found(flash)          how many steps a fresh start finds; AssertionError if what it finds is no state between steps
After a cut at any moment, steps that returned ≤ found ≤ steps that were begun.
"""

NAMES = ("refusals", "places", "boots", "calibration", "openings", "link", "draft")


class Things:
    """All of them on one flash; `done` and `begun` count steps."""

    def __init__(self, flash, names=NAMES) -> None:
        self.flash = flash
        self.names = names
        self.done = dict.fromkeys(names, 0)
        self.begun = dict.fromkeys(names, 0)
        self.on_event = lambda name, what, count: None

    def step(self, name) -> None:
        """The next change of one thing."""
        number = self.done[name]
        self.begun[name] = number + 1
        self.on_event(name, "begun", number + 1)
        __import__("kept_" + name).step(self.flash, number)
        self.done[name] = number + 1
        self.on_event(name, "done", number + 1)

    def check(self) -> None:
        """After a cut: each thing is as it was after a whole step. The next step follows the one that was found."""
        for name in self.names:
            count = __import__("kept_" + name).found(self.flash)
            if not self.done[name] <= count <= self.begun[name]:
                raise AssertionError(f"{name}: {count} found, {self.done[name]} done, {self.begun[name]} begun")
            self.done[name] = self.begun[name] = count
