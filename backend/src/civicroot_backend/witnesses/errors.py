"""What is wrong with a witness or with its answer.

BackendError
└── WitnessFault       `.reason` is one of those below; `.state` is how the witness stands because of it
"""

from collections.abc import Mapping
from typing import Final, Literal

from civicroot_backend.errors import BackendError

State = Literal["ok", "slow", "down", "lying", "clock"]
OK: Final = "ok"
SLOW: Final = "slow"
DOWN: Final = "down"
LYING: Final = "lying"
CLOCK: Final = "clock"

# reason -> state
REASONS: Mapping[str, State] = {
    "unreachable": DOWN,  # no connection, no TLS, no HTTP, or it says that it cannot (5xx, 429)
    "refused": DOWN,  # 4xx: it does not know this log, or not its key
    "redirected": DOWN,  # never followed: whoever answers there is not the one in the configuration
    "slow": SLOW,  # no answer within the time that it has
    "unproved": DOWN,  # this backend could not make the proof: a tile is missing
    "malformed": LYING,  # an answer that is none, too long, or contradicts itself
    "wrong-key": LYING,  # no line by its key
    "bad-signature": LYING,
    "clock": CLOCK,  # its time is too far from this clock to be a statement about time
    "ahead": LYING,  # it says that it saw more than was ever signed here
    "forked": LYING,  # it says that it saw another tree
}
# What may mean that this log has two histories. It is said aloud and not believed: nobody signed it.
ALARMS = ("ahead", "forked")


class WitnessFault(BackendError):
    """A witness gave no cosignature that counts; `reason` is a key of REASONS."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    @property
    def state(self) -> State:
        """How the witness stands."""
        return REASONS[self.reason]

    @property
    def alarms(self) -> bool:
        """Whether it may mean that this log has two histories."""
        return self.reason in ALARMS
