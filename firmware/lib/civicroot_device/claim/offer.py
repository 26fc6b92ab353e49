"""The one open offer: the newest deposit may be claimed until somebody has, or 90 s are over. No I/O, no clock.

A new deposit replaces the offer before it on the bin; whoever has that one's token can still use it until its `exp`,
which the backend judges. An offer is in memory only. After a restart it is gone: its deposit is on record and just not
claimed, unless somebody has the code already: a page on e-paper outlives the restart, a token carries its own end, and
the opening of a code that was blinked is durable (openings.py). Keeping 90 seconds on flash would cost two writes for
each deposit and give nobody anything.
"""

from civicroot_wire import claim_notice

WINDOW_MS = 90_000  # walking up to the bin with a phone in the pocket takes half of it; a longer one is a longer relay

# How an offer ended.
CLAIMED = "claimed"  # the gateway says so
CLOSED = "closed"  # nobody can claim it any more: too many wrong tries
EXPIRED = "expired"  # 90 s are over
REPLACED = "replaced"  # by the next deposit
_BY_STATUS = {claim_notice.CLAIMED: CLAIMED, claim_notice.CLOSED: CLOSED}


class Deposit:
    """What is offered: `seq` of its record, `grams`, and the end of the offer in monotonic milliseconds."""

    def __init__(self, seq: int, grams: int, until_ms: int) -> None:
        self.seq = seq
        self.grams = grams
        self.until_ms = until_ms


class Offer:
    """`deposit` is what is offered now, None for nothing. Each method returns how an offer ended by it, or None."""

    def __init__(self) -> None:
        self.deposit: "Deposit | None" = None

    def begin(self, seq: int, grams: int, now_ms: int) -> "str | None":
        """The record of a deposit is durable: offer it."""
        outcome = self.poll(now_ms) or self._end(REPLACED)
        self.deposit = Deposit(seq, grams, now_ms + WINDOW_MS)
        return outcome

    def notice(self, seq: int, status: int) -> "str | None":
        """A claim notice. One of another deposit, one again, or one that an opening was kept, changes nothing."""
        if self.deposit is None or self.deposit.seq != seq or status not in _BY_STATUS:
            return None
        return self._end(_BY_STATUS[status])

    def poll(self, now_ms: int) -> "str | None":
        """Let time pass."""
        if self.deposit is None or now_ms < self.deposit.until_ms:
            return None
        return self._end(EXPIRED)

    def _end(self, outcome: str) -> "str | None":
        deposit, self.deposit = self.deposit, None
        return None if deposit is None else outcome
