"""The claim flow with the true reporter, outbox and counter on one flash; runs on CPython and on MicroPython."""

from civicroot_device.claim.flow import ClaimFlow
from civicroot_device.claim.scanner import Gm861
from civicroot_device.storage.segment import CHANGE
from civicroot_simulator.gm861 import Gm861Model
from civicroot_wire import opening, record
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.claim_notice import KEPT, ClaimNotice, encode
from civicroot_wire.senml import Measurement
from claim_world import CARD, WINDOW_MS
from reporter_world import NOW, REALM, ReporterWorld
from simulated_flash import OUTCOMES, PowerCut

POLL_MS = 100


class Lamp:
    """What people rely on: a code that is blinked, a card that is confirmed."""

    def __init__(self, life) -> None:
        self.life = life

    def offer(self, colours) -> None:
        self.life.seen.add(self.life.reports.outbox.highest)

    def card(self) -> None:
        self.life.seen.add(self.life.reports.outbox.highest)

    def ended(self, outcome) -> None:
        pass


class Life:
    """`seen` are the numbers that somebody relies on, `kept` the openings that the backend has."""

    def __init__(self) -> None:
        self.reports = ReporterWorld(limit=100_000)
        self.flash = self.reports.flash
        self.seen = set()
        self.kept = {}
        self.card = None
        self.drawn = 0

    def boot(self) -> None:
        self.reports.boot()
        self.reports.clock.tell(NOW + self.reports.ms // 1000, self.reports.ms)
        self.flow = ClaimFlow(
            kid=self.reports.key.kid,
            realm=REALM,
            sign=self.reports.key.sign,
            random=self.random,
            clock=self.reports.clock,
            record=lambda items, now_ms, sample: self.reports.report(items, CHANGE, sample),
            flash=self.flash,
            jitter=lambda: 0.0,
            lamp=Lamp(self),
            scanner=Gm861(Gm861Model(lambda: self.card)),
        )
        self.flow.begin(self.reports.ms)

    def random(self, size):
        self.drawn += 1
        return bytes([(self.drawn * 31 + at * 7) % 256 for at in range(size)])

    def wait(self, ms) -> None:
        until = self.reports.ms + ms
        while self.reports.ms < until:
            self.reports.ms += POLL_MS
            self.flow.poll(self.reports.ms)

    def exchange(self) -> None:
        """The backend takes in what comes, in whatever order, and says so."""
        self.flow.on_link(True, self.reports.ms)
        while self.flow.wait_ms(self.reports.ms) is not None:
            self.reports.ms += self.flow.wait_ms(self.reports.ms)
            message = self.flow.message(self.reports.ms)
            if message is not None:
                found = opening.decode(message)
                self.kept[found.seq] = found
                self.flow.on_notice(encode(ClaimNotice(found.seq, KEPT)), self.reports.ms)

    def live(self, rounds) -> None:
        self.boot()
        for number in range(rounds):
            self.card = None
            self.flow.on_deposit([Measurement("deposit", DecimalFraction(-2, 125), "kg")], 1250, self.reports.ms)
            self.card = CARD + str(number).encode()
            self.wait(1500)
            if number % 2:
                self.exchange()
            self.reports.ms += WINDOW_MS
            self.wait(1000)

    def check(self) -> None:
        """Everything that somebody saw is at the backend, and opens the commitment in its record there."""
        self.exchange()
        self.reports.settle()
        for seq in self.seen:
            said = {item.name: item.value for item in record.decode(self.reports.received[seq]).pack.measurements}
            found = self.kept[seq]
            opening.verify(found, REALM, self.reports.key.kid, said[found.name])
            if found.name == "led" and "deposit" not in said:
                raise AssertionError("the commitment stands beside another deposit")
            if found.name == "scan" and said["claims"] >= seq:
                raise AssertionError("a card claims a later deposit")
        secrets = [found.value for found in self.kept.values() if found.name == "scan"]
        secrets += [found.salt for found in self.kept.values()]
        for name, data in self.flash.files.items():
            for secret in secrets:
                if secret in data:
                    raise AssertionError("personal data in " + name)
        for data in self.reports.messages:
            for secret in secrets:
                if secret in data:
                    raise AssertionError("personal data in a record")


def run(cuts, rounds=3):
    """Lives that end with the cuts [(write, outcome), …], then one without; the life after it."""
    life = Life()
    for write, outcome in cuts:
        life.flash.plan(write, outcome)
        try:
            life.live(rounds)
        except PowerCut:
            continue  # the next life begins
    life.flash.plan(None, None)
    life.live(rounds)
    life.check()
    return life


def cut_every_write(rounds=3):
    """Cut every single write of a life in every way; how many cases ran."""
    writes = run([], rounds).flash.writes
    cases = 0
    for write in range(writes):
        for outcome in OUTCOMES:
            run([(write, outcome)], rounds)
            cases += 1
    return cases
