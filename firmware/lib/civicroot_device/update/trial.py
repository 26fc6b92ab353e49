"""The trial of a version that was just started for the first time.

It is kept when the gateway has a record that this very version made: then it boots, measures or says what it cannot
measure, signs, finds the gateway and hears its answers, which is all that is needed to replace it again. If that has
not happened in time it gives itself up; if it cannot even do that, starter.py does, after a few starts.
"""

from civicroot_device.update.manifest import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.update.slots import Slots

    Version = tuple[int, int, int]

TRIAL_S = 900  # ten minutes are the longest back-off of the connection and a slow first TLS handshake, with room


class Trial:
    """Judges `version`, whose records have numbers from `first` on. It may be no trial at all."""

    def __init__(
        self, slots: "Slots", version: "Version", first: int, trial_ms: int, log: "Callable[[str], None]"
    ) -> None:
        self._slots = slots
        self._version = version
        self._first = first
        self._trial_ms = trial_ms
        self._log = log
        self._over = False
        if slots.on_trial and slots.candidate != version:
            # Kept, it would be older than its release, which would be fetched for ever.
            self._fail("it was released as " + text(slots.candidate))

    def delivered(self, seq: int) -> bool:
        """The gateway has the record `seq`: whether that has decided the trial."""
        if self._over or not self._slots.on_trial or seq < self._first:
            return False
        try:
            self._slots.commit()
        except OSError as error:
            self._log("update: not committed: %r" % (error,))  # the next record tries again
            return False
        self._log("update: %s has proved itself" % text(self._version))
        return True

    def is_over(self, now_ms: int) -> bool:
        """Whether the trial has failed, and the device has to start again."""
        if self._slots.on_trial and now_ms >= self._trial_ms and not self._over:
            self._fail("nothing delivered in %d s" % (self._trial_ms // 1000))
        return self._over

    def good(self) -> None:
        """This start came to something."""
        try:
            self._slots.good()
        except OSError as error:
            self._log("update: %r" % (error,))  # it counts as one in vain, of which several are allowed

    def _fail(self, why: str) -> None:
        self._log("update: %s is rolled back: %s" % (text(self._version), why))
        self._over = True
        try:
            self._slots.roll_back()
        except OSError as error:
            self._log("update: %r" % (error,))  # the starts are counted, so a few more of them have the same end
