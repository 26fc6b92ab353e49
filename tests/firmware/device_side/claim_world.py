"""A bin's claim flow over a simulated flash, with people before it and a backend behind it; CPython and MicroPython.

`seen` are the numbers of openings that somebody relies on (their code was blinked, their card confirmed), `kept` what
the backend has, `told` the numbers for which a kept notice was taken in. An opening sent after that is an error.
"""

import hashlib

from civicroot_device.claim.flow import ClaimFlow
from civicroot_device.claim.offer import WINDOW_MS
from civicroot_device.claim.scanner import Gm861
from civicroot_device.clock import Clock
from civicroot_device.version import BUILD_TIME
from civicroot_simulator.gm861 import Gm861Model
from civicroot_wire import claim_notice, opening, record
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.claim_notice import ClaimNotice
from civicroot_wire.senml import Measurement, Pack
from civicroot_wire.sequence import Sequence
from simulated_flash import OUTCOMES, PowerCut, SimulatedFlash

REALM = "test.example"
KID = bytes(range(8))
HOST = "CITY.EXAMPLE"
NOW = BUILD_TIME + 1_000_000
POLL_MS = 100
CARD = b"HTTPS://CITY.EXAMPLE/C/31415926535897932384"


def sign(message):
    """In place of Ed25519, which is not under test here."""
    return hashlib.sha256(message).digest() * 2


class Display:
    def __init__(self) -> None:
        self.pages = []

    def claim(self, url, digits, grams, seconds) -> None:
        self.pages.append(("claim", url, digits, grams, seconds))

    def recorded(self, grams) -> None:
        self.pages.append(("recorded", grams))


class Lamp:
    """Asks the world what is durable whenever it shows something."""

    def __init__(self, world) -> None:
        self.world = world
        self.shown = []

    def offer(self, colours) -> None:
        self.shown.append(("offer", colours))
        if colours is not None:
            self.world.relied(max(self.world.records))

    def card(self) -> None:
        self.shown.append(("card",))
        self.world.relied(max(self.world.records))

    def ended(self, outcome) -> None:
        self.shown.append(("ended", outcome))


class World:
    """`boot` begins a life; `parts` names what the bin has, of "display", "lamp", "scanner"."""

    def __init__(self, parts="display lamp scanner", host=HOST) -> None:
        self.flash = SimulatedFlash()
        self.parts = parts.split()
        self.host = host
        self.ms = 0
        self.drawn = 0  # bytes of randomness
        self.records = {}
        self.seen = set()
        self.kept = {}
        self.told = set()
        self.messages = []
        self.full = False
        self.card = None
        self.boot()

    def boot(self, time=NOW) -> None:
        """Start the device; `time` is what its clock says, None: not set."""
        self.clock = Clock(0)
        if time is not None:
            self.clock.tell(time, self.ms)
        self.display = Display()
        self.lamp = Lamp(self)
        self.reader = Gm861Model(lambda: self.card)
        self.flow = ClaimFlow(
            kid=KID,
            realm=REALM,
            sign=sign,
            random=self.random,
            clock=self.clock,
            record=self.record,
            flash=self.flash,
            jitter=lambda: 0.0,
            host=self.host,
            display=self.display if "display" in self.parts else None,
            lamp=self.lamp if "lamp" in self.parts else None,
            scanner=Gm861(self.reader) if "scanner" in self.parts else None,
        )
        self.flow.begin(self.ms)

    def random(self, size):
        data = b""
        while len(data) < size:
            self.drawn += 1
            data += hashlib.sha256(str(self.drawn).encode()).digest()
        return data[:size]

    def record(self, measurements, now_ms, sample):
        if self.full:
            return []
        seq = len(self.records)
        pack = Pack(measurements, self.clock.now(now_ms))
        self.records[seq] = record.sign(KID, Sequence(seq), pack, REALM, sign)
        return [seq]

    def relied(self, seq) -> None:
        if not self.flow.openings.holds(seq):
            raise AssertionError(f"shown before its opening is durable: {seq}")
        self.seen.add(seq)

    def deposit(self, grams=1250):
        weight = Measurement("deposit", DecimalFraction(-2, grams // 10), "kg")
        return self.flow.on_deposit([weight], grams, self.ms)

    def wait(self, ms) -> None:
        """Let time pass as the application does."""
        until = self.ms + ms
        while self.ms < until:
            self.ms = min(until, self.ms + POLL_MS)
            self.flow.poll(self.ms)

    def pass_by(self, ms) -> None:
        """Let time pass in one step: nobody is there."""
        self.ms += ms
        self.flow.poll(self.ms)
        self.wait(1000)

    def measured(self, seq):
        """The record's measurements by name."""
        return {item.name: item.value for item in record.decode(self.records[seq]).pack.measurements}

    def publish(self):
        """The opening that goes out now, None for none."""
        message = self.flow.message(self.ms)
        if message is None:
            return None
        found = opening.decode(message)
        if found.seq in self.told:
            raise AssertionError(f"sent after it was kept: {found.seq}")
        self.messages.append(message)
        return found

    def arrive(self, found) -> None:
        """The backend has the record, and checks the opening against it."""
        commitment = self.measured(found.seq)[found.name]
        self.kept[found.seq] = opening.verify(found, REALM, KID, commitment)

    def notice(self, seq, status=claim_notice.KEPT) -> None:
        self.flow.on_notice(claim_notice.encode(ClaimNotice(seq, status)), self.ms)
        if seq in self.records:  # a notice of a number that is not used yet is nobody's
            self.told.add(seq)

    def settle(self) -> None:
        """A patient link and backend, until nothing is left to send."""
        self.flow.on_link(True, self.ms)
        while self.flow.wait_ms(self.ms) is not None:
            self.ms += self.flow.wait_ms(self.ms)
            found = self.publish()
            if found is not None:
                self.arrive(found)
                self.notice(found.seq)


def live(world) -> None:
    """Five deposits, a card each, in a day with and without the backend."""
    world.boot()
    world.flow.on_link(True, world.ms)
    for number in range(5):
        world.card = None
        world.deposit(1000 + number)
        world.card = CARD + str(len(world.records)).encode()
        world.wait(3 * POLL_MS if number == 1 else 2000)
        found = world.publish()
        if found is not None and number % 2:
            world.arrive(found)
            world.notice(found.seq)
        world.pass_by(WINDOW_MS)


def run(cuts):
    """Lives that end with the cuts [(write, outcome), …], then one without; the world after it."""
    world = World("lamp scanner")
    for write, outcome in cuts:
        world.flash.plan(write, outcome)
        try:
            live(world)
        except PowerCut:
            continue  # the next life begins
    world.flash.plan(None, None)
    live(world)
    world.settle()
    if world.seen - set(world.kept):
        raise AssertionError(f"relied on and never arrived: {world.seen - set(world.kept)}")
    if len(world.flow.openings) or world.flow.openings.counts.damaged:
        raise AssertionError("openings left, or a file damaged")
    return world


def cut_every_write():
    """Cut every single write of a life in every way; how many cases ran."""
    writes = run([]).flash.writes
    cases = 0
    for write in range(writes):
        for outcome in OUTCOMES:
            run([(write, outcome)])
            cases += 1
    return cases


class Histories:
    """What may happen to a world, for `play`."""

    def __init__(self, world) -> None:
        self.world = world

    def deposit(self, grams) -> None:
        self.world.deposit(grams)

    def card(self, text) -> None:
        self.world.card = text

    def wait(self, ms) -> None:
        self.world.wait(min(ms, WINDOW_MS))
        self.world.ms += ms - min(ms, WINDOW_MS)
        self.world.flow.poll(self.world.ms)

    def link(self, up) -> None:
        self.world.flow.on_link(up, self.world.ms)

    def publish(self, fate) -> None:
        found = self.world.publish()
        if found is not None and fate != "lost":
            self.world.arrive(found)
            if fate == "answered":
                self.world.notice(found.seq)

    def told(self, notice) -> None:
        self.world.notice(notice[0], notice[1])

    def rubbish(self, data) -> None:
        self.world.flow.on_notice(data, self.world.ms)

    def boot(self, time) -> None:
        self.world.boot(time)


def play(world, events):
    """Any history [(what, argument), …], then a patient backend.

    Returns how many openings that somebody relied on never arrived without anybody having said that they did or are
    needed no more; and how many were dropped for room, grew too old, and were in a damaged file.
    """
    histories = Histories(world)
    dropped = expired = damaged = 0
    for what, argument in events:
        counts = world.flow.openings.counts
        if what == "boot":
            dropped, expired, damaged = dropped + counts.dropped, expired + counts.expired, damaged + counts.damaged
        getattr(histories, what)(argument)
        if len(world.flow.openings) > 64:
            raise AssertionError("too many openings")
        if len(world.display.pages) > world.flow.counts.offered:
            raise AssertionError("more than one page for a deposit")
    world.settle()
    counts = world.flow.openings.counts
    missing = len(world.seen - set(world.kept) - world.told)
    return [missing, dropped + counts.dropped, expired + counts.expired, damaged + counts.damaged]
