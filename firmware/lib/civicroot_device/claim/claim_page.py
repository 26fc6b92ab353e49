"""The page of an offer: drawn once, because the e-paper takes seconds and lasts a million refreshes.

A token needs an end in Unix time, so without a clock there is no QR code. The page waits CLOCK_WAIT_MS for the time,
which comes with the acknowledgement of the deposit's own record, and says then that the deposit is recorded and cannot
be claimed here. Until then the page before stays: the lamp says that nothing is open.
"""

from civicroot_wire import claim_token

from civicroot_device.claim import token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.claim.offer import Deposit
    from civicroot_device.claim.parts import Display
    from civicroot_device.clock import Clock

CLOCK_WAIT_MS = 10_000  # an acknowledgement takes a second or two; nobody waits longer before a page that says nothing


class ClaimPage:
    """`host` as token.check_host gives it; `sign` of the identity; `random` bytes of the board."""

    def __init__(
        self,
        display: "Display",
        host: str,
        kid: bytes,
        realm: str,
        sign: "Callable[[bytes], bytes]",
        random: "Callable[[int], bytes]",
        clock: "Clock",
    ) -> None:
        self._display = display
        self._url = token.url(host)
        self._kid = kid
        self._realm = realm
        self._sign = sign
        self._random = random
        self._clock = clock
        self._deposit: "Deposit | None" = None  # whose page is not drawn yet
        self._wait_until = 0

    def begin(self, deposit: "Deposit", now_ms: int) -> bool:
        """A deposit is offered; whether its QR code is drawn already."""
        self._deposit = deposit
        self._wait_until = now_ms + CLOCK_WAIT_MS
        return self.poll(now_ms)

    def end(self) -> None:
        """The offer is over: what was not drawn never will be."""
        self._deposit = None

    def poll(self, now_ms: int) -> bool:
        """Draw what is due; whether the QR code was drawn now."""
        deposit = self._deposit
        if deposit is None:
            return False
        now = self._clock.now(now_ms)
        if now is None and now_ms < self._wait_until:
            return False
        self._deposit = None
        if now is None:
            self._display.recorded(deposit.grams)
            return False
        seconds = (deposit.until_ms - now_ms + 999) // 1000
        signed = token.make(self._kid, self._realm, self._sign, deposit.seq, now + seconds, self._random)
        self._display.claim(self._url, claim_token.to_digits(signed), deposit.grams, seconds)
        return True
