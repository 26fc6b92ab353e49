"""A tag that is updated by radio: tag_world's wakes and air, update_world's slots and copies, and a gateway's parts.

What decides is the firmware's own: the cycle, the errands, the asker, and the updates of bins.
"""

import starter
from civicroot_device.tag import budget, errands, updating
from civicroot_device.tag.asker import Asker
from civicroot_device.tag.errands import Errands
from civicroot_device.update import manifest
from civicroot_wire import mac0, radio_fetch, record
from civicroot_wire.acknowledgement import RELEASE
from civicroot_wire.radio_fetch import Part, Standing
from tag_world import REALM as HOME
from tag_world import Gateway as Ears
from tag_world import World as Tag
from update_world import DEAD, MUTE, PUBLIC, STUCK, SUBJECT, TARGET, digest
from update_world import World as Slots

PART_MS = 3  # from a question to its first part, and between two


class Configuration:
    """What Errands asks of it."""

    operator, release, realm, subject, target = None, PUBLIC, HOME, SUBJECT, TARGET

    def __init__(self, kind, interval_ms) -> None:
        self.kind, self.interval_s, self.sample_s = kind, interval_ms / 1000, interval_ms / 1000


class Store:
    """Likewise."""

    def __init__(self, world) -> None:
        self.flash, self.outbox, self.counter = world.flash, world.outbox, world.tools.counter


class Telling(Ears):
    """A gateway that tells of a release, and gives parts. `spoil(octets)`: what is in its cache; `reason`: why not."""

    def __init__(self) -> None:
        super().__init__()
        self.offered = []
        self.contents = {}
        self.settled = []
        self.questions = 0
        self.given = 0
        self.versions = []
        self.reason = None
        self.spoil = lambda octets: octets

    def acknowledgement(self, unix):
        found = super().acknowledgement(unix)
        if self.offered and digest(self.offered[-1])[:8] not in self.settled:
            found.commands = {RELEASE: (digest(self.offered[-1])[:8], len(self.offered[-1]))}
        return found

    def asked(self, frame, kid, key, most):
        """The frames that answer one which is no record."""
        found = radio_fetch.decode_up(frame)
        said = radio_fetch.verify_up(found, HOME, key)
        if found.kid != kid or found.numbers[0] > self.counter:
            raise AssertionError("a question of nobody")
        if isinstance(said, Standing):
            self.settled = said.settled
            self.versions.append(said.state.version)
            return []
        self.questions += 1
        contents = list(self.contents.values()) + self.offered
        content = next((data for data in contents if digest(data)[:8] == said.head), None)
        reason = self.reason if content is not None else "unknown-content"
        if content in self.offered:
            reason = None  # commands are in its memory
        parts = [Part(reason=reason)] if reason else self._parts(content, said, most - radio_fetch.PART_OVERHEAD)
        return [radio_fetch.encode_part(kid, *found.numbers, part, HOME, key, most) for part in parts]

    def _parts(self, content, want, size):
        octets = self.spoil(content[want.offset : want.offset + want.length])
        self.given += len(octets)
        return [Part(want.offset + at, octets[at : at + size]) for at in range(0, len(octets), size)]


class Copies(Slots):
    """Its updates are made when the tag loads them, and not at each start."""

    def made(self, first):
        return None

    def made_now(self, first):
        return Slots.made(self, first)


class World(Tag):
    """One tag. `told`: what its records say of releases, in the order of their numbers; `running`: its version."""

    def __init__(self, seed=1) -> None:
        super().__init__(seed)
        self.gateway = Telling()
        self.slots = Copies(self.flash)
        self.interval_ms = 3_600_000
        self.lora = None
        self.sleeps = 0
        self.mixed = lambda frames: frames
        self.mute = self.safe = False
        self.slots.boot()
        updating.updates_of = lambda configuration, store, log, first: self.slots.made_now(first)

    # --- the city

    def offer(self, version, behaviour=b"works", **about):
        signed = self.slots.offer(version, behaviour, **about)
        self.gateway.offered.append(signed)
        self.gateway.contents = self.slots.gateway.contents
        return signed

    @property
    def told(self):
        found = []
        for seq in sorted(self.gateway.records):
            for item in record.decode(self.gateway.records[seq]).pack.measurements:
                if item.name == "update":
                    found.append(item.value)
        return found

    # --- the air

    def send(self, frame):
        if self.mute:
            return True
        if frame[0] != mac0.FIRST_BYTE:
            return super().send(frame)
        self.true_ms += 2
        if not self.gateway_is_there or self.lost(True):
            return True
        frames = self.gateway.asked(frame, self.identity.kid, self.link.key, self.budget().most)
        at = self.true_ms
        for answer in self.mixed(frames):
            at += PART_MS
            if not self.lost(False):
                self.heard.append((at, answer))
        return True

    def receive(self, timeout_ms):
        until = self.true_ms + timeout_ms
        for at, frame in self.heard:
            if at <= until:
                self.heard.remove((at, frame))
                self.true_ms = max(self.true_ms, at)
                return frame
        self.true_ms = until
        return None

    def budget(self):
        return budget.espnow() if self.lora is None else budget.of_lora(self.lora)

    # --- the tag

    def errands(self):
        configuration = Configuration(self.kind, self.interval_ms)

        def ask(tools):
            self.asker = Asker(tools, self.budget(), self.identity.kid, HOME, self.link.key)
            return self.asker

        self._errands = Errands(configuration, Store(self), self.kept, ask, self.safe)
        return self._errands

    def boot(self):
        """Everything anew; the version that starter.py has chosen says how it behaves."""
        version = manifest.text(self.slots.version)
        errands.VERSION = version
        super().boot()
        if self.kept.lost or self.kept.restart or self.kept.version != version:
            self.kept.starts(version, self.ms())
        if self.kept.first is None:
            self.kept.first = self.tools.counter.next

    def start(self):
        """One start: a wake with the sleep after it, or a crash. What runs is one whole release."""
        behaviour, _ = self.slots.boot()
        starter.chosen, starter.counted = self.slots.slot, True
        starter.on_trial = self.slots.state() is not None and 0 != self.slots.state().trial == self.slots.slot
        self.sleeps += 1
        if behaviour in (DEAD, STUCK):
            self.true_ms += 120_000
            return
        self.mute = behaviour == MUTE
        self.values["soil"] = (self.values["soil"] + 11) % 1000
        sleep = self.wake()
        self._errands.end()
        self.kept.save()
        if not self._errands.restart:
            self.true_ms += sleep.ms

    def live(self, starts=40, until=None):
        """So many starts, or until it is so; how many there were."""
        for number in range(starts):
            if until is not None and until():
                return number
            self.start()
        if until is not None and not until():
            raise AssertionError(f"not after {starts} starts: {self.told}")
        return starts

    @property
    def running(self):
        return self.slots.version
