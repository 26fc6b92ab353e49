"""A tag over a simulated flash, RTC memory, clock and air, and a model of its gateway; on CPython and on MicroPython.

`wake` is one wake of the real parts, made anew from flash and RTC memory. Time is the world's: nothing waits.
"""

import hashlib
import random

from civicroot_device.clock import Clock
from civicroot_device.reporting.delivery import Delivery
from civicroot_device.reporting.kinds import KINDS
from civicroot_device.reporting.reporter import Reporter
from civicroot_device.reporting.sampling import ReportRule, Sample
from civicroot_device.storage import identity
from civicroot_device.storage.counter import Counter
from civicroot_device.storage.outbox import Outbox
from civicroot_device.storage.refusals import Refusals
from civicroot_device.tag import timing
from civicroot_device.tag.answers import Answers
from civicroot_device.tag.cycle import POWER, TIMER, Cycle
from civicroot_device.tag.exchange import Tools
from civicroot_device.tag.link import Link
from civicroot_device.tag.retained import Retained
from civicroot_device.tag.sleep_clock import SleepClock
from civicroot_device.version import BUILD_TIME
from civicroot_wire import acknowledgement, radio, record
from civicroot_wire.acknowledgement import Acknowledgement
from quick_curve import Curve
from simulated_flash import SimulatedFlash

REALM = "test.example"
START_S = BUILD_TIME + 1_000_000
HOUR_MS = 3_600_000
BEACON = bytes(range(8))
GATEWAY = b"\x05" * 32
ANSWER_MS = 40  # from a frame to its answer


def link_key(seed, gateway, realm=REALM):
    """In place of X25519 and HKDF."""
    return hashlib.sha256(seed + gateway + realm.encode()).digest()


class Memory:
    """RTC memory; `lose` is a loss of power."""

    def __init__(self) -> None:
        self.data = b""
        self.writes = 0

    def read(self):
        return self.data

    def write(self, data):
        self.data = data
        self.writes += 1

    def lose(self):
        self.data = b"\x5a" * 100


class Gateway:
    """Keeps what it hears and answers under the link key; `refuse`: seq -> reason; `deaf`: numbers it never takes."""

    def __init__(self) -> None:
        self.records = {}
        self.refuse = {}
        self.deaf = set()
        self.skipped = set()
        self.counter = 1000

    def hear(self, frame, kid, key, unix):
        """The frames that answer it."""
        found = record.decode(frame)
        if found.seq in self.deaf:
            return []
        if self.records.get(found.seq, frame) != frame:
            raise AssertionError(f"two contents of {found.seq}")
        if found.seq not in self.refuse:
            self.records[found.seq] = frame
        self.skipped.update(range(found.seq - found.sequence.skip, found.seq))
        return [self.protect(part, kid, key) for part in radio.cut(self.acknowledgement(unix), {found.seq})]

    def acknowledgement(self, unix):
        top = max(self.records, default=-1)
        missing = [seq for seq in range(top + 1) if seq not in self.records and seq not in self.skipped]
        holes = []
        for seq in missing:
            if holes and holes[-1][1] == seq - 1:
                holes[-1] = (holes[-1][0], seq)
            elif len(holes) == acknowledgement.MAX_RANGES:
                top = seq - 1
                break
            else:
                holes.append((seq, seq))
        return Acknowledgement((0, top) if top >= 0 else None, holes, BEACON, unix, sorted(self.refuse.items()))

    def protect(self, payload, kid, key, realm=REALM):
        self.counter += 1
        return radio.protect(kid, self.counter, payload, realm, key)


class World:
    """See the module. `lost(up)` says whether the next frame is lost; `inject` are frames that a wake hears first."""

    def __init__(self, seed=1, kind="tree") -> None:
        self.flash = SimulatedFlash()
        self.memory = Memory()
        self.gateway = Gateway()
        self.chance = random.Random(seed) if hasattr(random, "Random") else random
        random.seed(seed)
        self.kind = KINDS[kind]
        self.true_ms = START_S * 1000
        self.wall_zero = self.true_ms
        self.drift_ppm = 0
        self.values = {"soil": 300, "soiltemp": 120, "tilt": 10, "battery": 90}
        self.interval_ms = HOUR_MS
        self.gateway_is_there = True
        self.lost = lambda up: False
        self.inject = []
        self.overheard = []
        self.sent = []
        self.durable = {}
        self.counts = {}
        self.timing = timing.espnow()
        self.key = None
        self.place, self.bridge_place = 0, 0

    # What the tag sees

    def ms(self):
        passed = self.true_ms - self.wall_zero
        return passed + passed * self.drift_ppm // 1_000_000

    def pause(self, ms):
        self.true_ms += ms

    @property
    def unix(self):
        return self.true_ms // 1000

    def on(self):
        self.heard = [(self.true_ms, frame) for frame in self.inject]
        self.is_on = True

    def off(self):
        self.is_on = False

    def confirm(self):
        self.confirmed = True

    def elsewhere(self):
        self.place = (self.place + 1) % 5
        return True

    def send(self, frame):
        if not self.is_on:
            raise AssertionError("sent with the radio off")
        self.sent.append(record.decode(frame).seq)
        self.true_ms += 2
        if self.gateway_is_there and self.place == self.bridge_place and not self.lost(True):
            for answer in self.gateway.hear(frame, self.identity.kid, self.link.key, self.unix):
                self.overheard.append((self.unix, answer))
                if not self.lost(False):
                    self.heard.append((self.true_ms + ANSWER_MS, answer))
        return True

    def receive(self, timeout_ms):
        until = self.true_ms + timeout_ms
        for at, frame in sorted(self.heard):
            if at <= until:
                self.heard.remove((at, frame))
                self.true_ms = max(self.true_ms, at)
                return frame
        self.true_ms = until
        return None

    # The tag

    def boot(self):
        """Everything anew, as after deep sleep."""
        self.identity = identity.load_or_create(self.flash, Curve, lambda size: bytes([3] * size))
        self.outbox = Outbox(self.flash, self.identity.reserved == 0)
        self.outbox.begin()
        refusals = Refusals(self.flash)
        refusals.begin()
        self.outbox.delete([(seq, seq) for seq, _, _ in refusals.read()])
        self.refusals = refusals
        self.kept = Retained(self.memory, self.identity.kid, GATEWAY[:8])
        self.link = Link(self.flash, self.kept, GATEWAY, REALM, lambda gateway: link_key(b"seed", gateway))
        self.answers = Answers(self.identity.kid, REALM, self.link, self.kept, self.outbox.highest)
        self.answers.counts = self.counts
        self.clock = Clock(self.outbox.time)
        self.sleep_clock = SleepClock(self.kept)
        estimate = self.sleep_clock.now(self.ms())
        if estimate is not None:
            self.clock.tell(max(estimate, self.outbox.time), self.ms())
        counter = Counter(self.identity, self.outbox.highest, self.outbox.uncertain)
        rule = ReportRule(self.kind, self.interval_ms)
        delivery = Delivery(self.outbox, lambda: 0.5)
        delivery.up = self.kept.silent == 0
        self.reporter = Reporter(
            identity=self.identity,
            realm=REALM,
            counter=counter,
            outbox=self.outbox,
            refusals=refusals,
            kind=self.kind,
            rule=rule,
            promise_s=4000,
            clock=self.clock,
            delivery=delivery,
        )
        tools = Tools(
            radio=self,
            timing=self.timing,
            counter=counter,
            outbox=self.outbox,
            reporter=self.reporter,
            answers=self.answers,
            retained=self.kept,
            clock=self,
            unix=self.clock,
            sleep_clock=self.sleep_clock,
            pause=self.pause,
            chance=lambda: 0.5,
            feed=lambda: None,
        )
        self.tools = tools
        self.cycle = Cycle(tools, lambda: Sample(dict(self.values), {}), rule, self.interval_ms, self.errands())
        self.cycle.begin()

    def errands(self):
        """What it does beside records: nothing (tag_update_world.py)."""
        return

    def wake(self, why=None):
        """One wake; the Sleep that follows it. `sent` are the numbers that were transmitted in it."""
        self.sent = []
        self.heard = []
        self.boot()
        sleep = self.cycle.wake(why or (POWER if self.kept.lost else TIMER))
        for seq, data in self.outbox.read():
            self.durable[seq] = data
        return sleep

    def hour(self, wakes=1, change=11):
        """So many wakes with their sleep; the soil's moisture goes up by `change` each time."""
        for _ in range(wakes):
            self.values["soil"] = (self.values["soil"] + change) % 1000
            self.true_ms += self.wake().ms

    def lose_power(self):
        """The battery was taken out: RTC memory and clock are gone."""
        self.memory.lose()
        self.place = 0
        self.wall_zero = self.true_ms

    def waiting(self):
        return [seq for seq, _ in self.outbox.read()]

    def lag(self):
        """Seconds that the tag's clock is behind the time; None: it is not set."""
        now = self.clock.now(self.ms())
        return None if now is None else self.unix - now
