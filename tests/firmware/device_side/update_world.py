"""A device's life through updates, over any flash: starter.py chooses, Updates fetches, a gateway answers.

Copies of the application are made up: what `start.py` of a release says is how it behaves. Whatever a boot runs must be
one release, whole and unmixed: `boot` demands it every time.
"""

import hashlib

import starter
from civicroot_device.crypto import ed25519
from civicroot_device.update import manifest
from civicroot_device.update.slots import Kept, Slots
from civicroot_device.update.trial import Trial
from civicroot_device.update.updates import Updates
from civicroot_wire import keys, piece, release
from civicroot_wire.piece import Piece
from civicroot_wire.release import Release

REALM, SUBJECT, TARGET = "test.example", "bin/12", "smart-bin"
SEED = bytes(range(32))
PUBLIC = ed25519.public_key(SEED)
OTHER_SEED = bytes(range(1, 33))
TRIAL_MS = 900_000
START, VERSION = "lib/civicroot_device/start.py", "lib/civicroot_device/version.py"
# How a copy behaves. MUTE cannot report, but gives itself up; STUCK cannot even do that.
WORKS, DEAD, MUTE, STUCK = b"works", b"dead", b"mute", b"stuck"
OLD = (0, 2, 0)
STEPS = 400  # of a boot; a release of four files in a handful of pieces takes about thirty

_verified = {}


class _Curve:
    """Ed25519 that verifies each message once: a life has hundreds of starts with the same manifest."""

    @staticmethod
    def verify(public, message, signature):
        key = (bytes(public), bytes(message), bytes(signature))
        if key not in _verified:
            ed25519.verify(public, message, signature)
            _verified[key] = True


manifest.ed25519 = _Curve


def digest(data):
    return hashlib.sha256(data).digest()


def files_of(version, behaviour=WORKS, size=5000):
    """A release's files: one of several pieces, one empty, in folders of folders, some the same in each release."""
    text = manifest.text(version).encode()
    return {
        START: behaviour + b" " + text,
        VERSION: text,
        "lib/civicroot_device/same.py": b"never changes" * 200,
        "lib/civicroot_device/update/__init__.py": b"",
        "lib/civicroot_device/update/large.py": (text + b" ") * (size // (len(text) + 1)),
    }


def sign(version, files, subject=SUBJECT, target=TARGET, minimum=(0, 0, 0), realm=REALM, seed=SEED):
    """A manifest; `files` as a dict of contents, or a list as it stands in the manifest."""
    if isinstance(files, dict):
        files = [(path, len(files[path]), digest(files[path])) for path in sorted(files)]
    found = Release(subject, version, target, minimum, files)
    public = ed25519.public_key(seed)
    return release.sign(found, keys.kid(public), "release/1", realm, lambda data: ed25519.sign(seed, public, data))


class Running:
    """The copy that runs, as running.py has it, out of a dict."""

    def __init__(self, files) -> None:
        self._files = files

    def find(self, path, size, wanted):
        return path if path in self._files and digest(self._files[path]) == wanted else None

    def chunks(self, place):
        return [self._files[place]]


class Gateway:
    """Has contents. `spoil(want, octets)` may change what it answers with; None: no answer."""

    def __init__(self) -> None:
        self.contents = {}
        self.wants = 0
        self.spoil = lambda want, octets: octets

    def add(self, files) -> None:
        for data in files.values():
            self.contents[digest(data)] = data

    def answer(self, data):
        """Messages that come back."""
        self.wants += 1
        want = piece.decode_want(data)
        content = self.contents.get(want.digest)
        if content is None:
            return [piece.encode(Piece(want.digest, reason=piece.UNKNOWN))]
        octets = self.spoil(want, content[want.offset : want.offset + want.length])
        return [] if octets is None else [piece.encode(Piece(want.digest, want.offset, octets, len(content)))]


class World:
    """What outlives a boot: flash, gateway, what is offered, and what the backend knows (`reported`: versions)."""

    def __init__(self, flash) -> None:
        self.flash = flash
        self.gateway = Gateway()
        self.factory = files_of(OLD)
        self.offered = []
        self.releases = {}
        self.reported = []
        self.seq = 0
        self.reserve = 0
        self.lines = []
        self.updates = None

    def offer(self, version, behaviour=WORKS, **about):
        """A signed release, with its contents at the gateway; the manifest."""
        self.offered.append(sign(version, self.know(version, behaviour), **about))
        return self.offered[-1]

    def know(self, version, behaviour=WORKS):
        """A release that may be on the flash, and whose contents the gateway has; its files."""
        files = self.files(version, behaviour)
        self.gateway.add(files)
        self.releases[version] = files
        return files

    def files(self, version, behaviour):
        return files_of(version, behaviour)

    def boot(self):
        """Choose a copy and start it; (how it behaves, its version). `updates` is its part, None if it is DEAD."""
        slot = starter.choose(starter.Disk(self.flash.root) if hasattr(self.flash, "root") else Kept(self.flash))
        files = self.factory if slot == starter.FACTORY else self.content(starter.FOLDERS[slot])
        version = manifest.version_of(files[VERSION].decode())
        if slot != starter.FACTORY and files != self.releases[version]:
            raise AssertionError("a mixture of files runs")
        behaviour = files[START].split()[0]
        self.slot, self.version, self.updates = slot, version, None
        self._files = files
        if behaviour not in (DEAD, STUCK):
            self.updates = self.made(self.seq)
        return behaviour, version

    def made(self, first):
        """The updates of the copy that was chosen, whose first record has the number `first`."""
        slots = Slots(self.flash, self.slot)
        return Updates(
            flash=self.flash,
            slots=slots,
            trial=Trial(slots, self.version, first, TRIAL_MS, self.lines.append),
            running=Running(self._files),
            rules=manifest.Rules(REALM, SUBJECT, TARGET, PUBLIC),
            version=self.version,
            reserve=lambda: self.reserve,
            random=lambda: 0.5,
            log=self.lines.append,
        )

    def content(self, folder):
        """All files of a slot, by path."""
        found = {}
        _read(self.flash.folder(folder), "", found)
        return found

    def live(self, boots=20):
        """Boot and do what that copy does, again and again until one goes on for ever; its version."""
        for _ in range(boots):
            behaviour, version = self.boot()
            if behaviour in (DEAD, STUCK):
                continue  # a crash, the watchdog, or the guard of starter.py
            now = self.serve(0, behaviour == WORKS)
            if not self.updates.restart_wanted:
                now = self.serve(max(now, TRIAL_MS), behaviour == WORKS)
            if not self.updates.restart_wanted:
                return version
        raise AssertionError("no copy goes on")

    def serve(self, now, reports=True):
        """What a copy does that is connected, from `now` until nothing is left to do at once; the time then."""
        updates = self.updates
        if reports and not updates.restart_wanted:
            self.reported.append(self.version)
            self.seq += 1
            updates.delivered(self.seq - 1)
            updates.good()
        for data in self.offered:
            updates.on_command(data, now)
        for _ in range(STEPS):
            updates.look(now)
            if updates.restart_wanted:
                return now
            want = updates.poll(now)
            for message in self.gateway.answer(want) if want is not None else []:
                updates.on_piece(message, now)
            wait = updates.wait_ms(now)
            if wait is None or (want is None and wait > TRIAL_MS):
                return now
            now += wait
        return now

    def state(self):
        """What starter.py reads, or None."""
        return starter.read(Kept(self.flash))


def _read(flash, prefix, found) -> None:
    for name in flash.names():
        with flash.open(name) as file:
            found[prefix + name] = file.read()
    for name in flash.folders():
        _read(flash.folder(name), prefix + name + "/", found)
