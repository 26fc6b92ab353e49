"""From a deposit to its claim: the record first, then what the bin offers for it. No tasks and no I/O here.

A bin that shows a QR code (display and claim host) offers a token. One that cannot, but has a lamp, blinks a code. One
with a scanner also takes a card, as long as a deposit is offered and for no other. Whatever it is, the record of the
deposit is durable before it is offered, and an opening is durable before its code is blinked or its card confirmed:
what somebody saw can be claimed.

Clock not set: claim_page.py. Codes and cards need no clock: the backend knows when the record came.

Gateway away: all is offered as ever. A token is verified when it is claimed, an opening waits on the flash, no notice
comes, and 90 s end the offer.
"""

from civicroot_wire import claim_notice, opening
from civicroot_wire.errors import WireError
from civicroot_wire.opening import SALT_BYTES, SCAN, Opening
from civicroot_wire.senml import Measurement

from civicroot_device.claim.claim_page import ClaimPage
from civicroot_device.claim.handover import Handover
from civicroot_device.claim.led_code import LedCode
from civicroot_device.claim.offer import Offer
from civicroot_device.claim.openings import Openings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.claim.parts import Display, Lamp, Record, Scanner
    from civicroot_device.clock import Clock
    from civicroot_device.reporting.sampling import Sample
    from civicroot_device.storage.flash import Flash

CLAIMS = "claims"  # seq of the deposit that a card claims (SPEC.md §3.1)
EXPIRE_MS = 60_000  # how often the age of openings is looked at


class Counts:
    """Since the start: deposits `offered`, cards read (`scans`), notices `malformed`, records without room."""

    def __init__(self) -> None:
        self.offered = 0
        self.scans = 0
        self.malformed = 0
        self.unrecorded = 0


class ClaimFlow:
    """See the module. Methods raise what `record` raises, and OSError; the process then has to end.

    record, display, lamp, scanner  parts.py; the last three may be None
    host      of the claim URL, as token.check_host gives it; None: no QR codes
    sign      of the identity;  random  bytes of the board;  jitter  a float in [0, 1);  flash  the key's folder
    """

    def __init__(
        self,
        *,
        kid: bytes,
        realm: str,
        sign: "Callable[[bytes], bytes]",
        random: "Callable[[int], bytes]",
        clock: "Clock",
        record: "Record",
        flash: "Flash",
        jitter: "Callable[[], float]",
        host: "str | None" = None,
        display: "Display | None" = None,
        lamp: "Lamp | None" = None,
        scanner: "Scanner | None" = None,
    ) -> None:
        self._kid = kid
        self._realm = realm
        self._random = random
        self._clock = clock
        self._record = record
        self._lamp = lamp
        self._scanner = scanner
        self._page: "ClaimPage | None" = None
        if display is not None and host is not None:
            self._page = ClaimPage(display, host, kid, realm, sign, random, clock)
        self.openings = Openings(flash)
        self._handover = Handover(self.openings, jitter)
        self._offer = Offer()
        self._lit = False
        self._scanned = False
        self._expire_at = 0
        self.counts = Counts()

    def begin(self, now_ms: int) -> None:
        """Read the openings of before the start."""
        self.openings.begin(now_ms)

    @property
    def busy(self) -> bool:
        """Whether `poll` has to come every 100 ms (a line of the scanner must not overrun its buffer)."""
        return self._scanner is not None and (self._scanner.busy or self._wants_card())

    @property
    def scanner_fault(self) -> "str | None":
        """A flag of sensor.py; None if the scanner is well, or if there is none."""
        return None if self._scanner is None else self._scanner.fault

    def on_deposit(
        self, measurements: "list[Measurement]", grams: int, now_ms: int, sample: "Sample | None" = None
    ) -> "int | None":
        """Record a deposit, then offer it; the number of its record, None if there was no room for one."""
        code = LedCode(self._random) if self._lamp is not None and self._page is None else None
        committed = [] if code is None else [code.measurement(self._realm, self._kid)]
        made = self._record(measurements + committed, now_ms, sample)
        if not made:
            self.counts.unrecorded += 1
            return None
        if code is not None:
            self._keep(code.opening(made[0]), now_ms)
        self._end(self._offer.begin(made[0], grams, now_ms))
        self._scanned = False
        self.counts.offered += 1
        drawn = (
            self._page is not None and self._offer.deposit is not None and self._page.begin(self._offer.deposit, now_ms)
        )
        if drawn or code is not None or self._scanner is not None:
            self._light(None if code is None else code.colours)
        return made[0]

    def on_notice(self, data: bytes, now_ms: int) -> None:
        """A message on the topic `claim`. A malformed one is counted and changes nothing."""
        try:
            notice = claim_notice.decode(data)
        except WireError:
            self.counts.malformed += 1
            return
        if self.openings.remove(notice.seq):
            self._handover.gone(notice.seq, now_ms)
        self._end(self._offer.notice(notice.seq, notice.status))

    def on_link(self, up: bool, now_ms: int) -> None:
        """The connection to the broker came up, or was lost."""
        self._handover.link(up, now_ms)

    def poll(self, now_ms: int) -> None:
        """Let time pass: end the offer, draw a page that waited, read the scanner, delete old openings."""
        self._end(self._offer.poll(now_ms))
        if self._page is not None and self._page.poll(now_ms):
            self._light(None)
        if self._scanner is not None:
            card = self._scanner.poll(now_ms, self._wants_card())
            if card is not None:
                self._scan(card, now_ms)
        if now_ms >= self._expire_at:
            self._expire_at = now_ms + EXPIRE_MS
            self.openings.expire(self._clock.now(now_ms), now_ms)

    def message(self, now_ms: int) -> "bytes | None":
        """The opening to publish on the topic `private` now; never to be logged."""
        return self._handover.poll(now_ms)

    def wait_ms(self, now_ms: int) -> "int | None":
        """Milliseconds until the next message; None until the next event."""
        return self._handover.wait_ms(now_ms)

    def _wants_card(self) -> bool:
        return self._offer.deposit is not None and not self._scanned

    def _scan(self, card: bytes, now_ms: int) -> None:
        deposit = self._offer.deposit
        if deposit is None:
            return
        salt = self._random(SALT_BYTES)
        commitment = opening.commit(self._realm, self._kid, SCAN, salt, card)
        made = self._record([Measurement(SCAN, commitment), Measurement(CLAIMS, deposit.seq)], now_ms, None)
        if not made:
            self.counts.unrecorded += 1
            return
        self._keep(Opening(made[0], SCAN, salt, card), now_ms)
        self._scanned = True
        self.counts.scans += 1
        if self._lamp is not None:
            self._lamp.card()

    def _keep(self, item: Opening, now_ms: int) -> None:
        self.openings.add(item, self._clock.now(now_ms), now_ms)
        self._handover.added(item.seq, now_ms)

    def _light(self, colours: "bytes | None") -> None:
        if self._lamp is not None and not self._lit:
            self._lit = True
            self._lamp.offer(colours)

    def _end(self, outcome: "str | None") -> None:
        if outcome is None:
            return
        if self._page is not None:
            self._page.end()
        if self._lamp is not None and self._lit:
            self._lit = False
            self._lamp.ended(outcome)
