"""What a device does about updates, from the signed manifest to the version that has proved itself.

A release is fetched into the slot that is not in use, beside everything else that the device does. When all of it is
there the device starts again with it, on trial (trial.py).
"""

import hashlib

from civicroot_wire.errors import MalformedError, TrustError, WireError

from civicroot_device.update.fetch import decode
from civicroot_device.update.install import Install
from civicroot_device.update.manifest import judge, text
from civicroot_device.update.slot import Slot, need
from civicroot_device.update.slots import MAX_FAILURES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_wire.release import Release

    from civicroot_device.storage.flash import Flash
    from civicroot_device.update.manifest import Rules
    from civicroot_device.update.running import Running
    from civicroot_device.update.slots import Slots
    from civicroot_device.update.trial import Trial

    Version = tuple[int, int, int]

FILE = "release"  # beside the slots: the manifest of what is being fetched, its exact bytes
# A version that failed is tried again: the gateway may have been out, and nobody wants a new release for that. The
# device reports meanwhile; what fails every time costs it three trials in a day, and then none.
AGAIN_MS = 21_600_000
MAX_NEWS = 8
NO_ROOM = "no-room"
_NO_SPACE = 28  # ENOSPC


class Updates:
    """See the module.

    flash      the folder of the slots, and of the file that says which one is followed
    slots      slots.py;  trial  trial.py;  running  running.py;  rules  whose releases are followed
    version    what runs
    reserve()  bytes of the flash that are not for updates
    """

    def __init__(
        self,
        *,
        flash: "Flash",
        slots: "Slots",
        trial: "Trial",
        running: "Running",
        rules: "Rules",
        version: "Version",
        reserve: "Callable[[], int]",
        random: "Callable[[], float]",
        log: "Callable[[str], None]",
    ) -> None:
        self._flash = flash
        self._slots = slots
        self._trial = trial
        self._running = running
        self._rules = rules
        self._version = version
        self._reserve = reserve
        self._random = random
        self._log = log
        self._install: "Install | None" = None
        self._digest = b""  # of the manifest that is being followed, or was
        self._later: "bytes | None" = None
        self._news: "list[str]" = []
        self._told: "set[str]" = set()
        self.counts: "dict[str, int]" = {}
        self.gave_up = False  # on the last release, for the flash: it may come again
        self.restart_wanted = trial.is_over(0)
        self._begin()

    @property
    def busy(self) -> bool:
        """Whether anything is left to do: a release under way, or a trial."""
        return self._install is not None or self._slots.on_trial

    def size_of(self, digest: bytes) -> int:
        """Bytes of a content of the release that is under way; 0 for another."""
        files = [] if self._install is None else self._install.release.files
        return next((size for _, size, found in files if found == digest), 0)

    # --- what comes in

    def on_command(self, data: bytes, _now_ms: int) -> bool:
        """Something signed has come for the device: whether it is a release, followed or refused."""
        digest = _digest(data)
        if digest == self._digest:
            return True  # it comes again at each connection, and to judge it takes a board a second or two
        self.gave_up = False
        try:
            found = judge(data, self._rules, self._version, self._slots.committed)
            if found is None:
                self._count("current")
                if self._install is None:
                    self._digest = digest
            else:
                self._follow(found, data)
        except WireError as error:
            if error.reason == "wrong-kind":
                return False
            self.gave_up = error.reason == NO_ROOM
            self._refused(error)
        except MemoryError:
            self._refused(MalformedError("too-large", "no memory for a manifest of %d bytes" % len(data)))
        except OSError as error:
            self._give_up(error)
        return True

    def on_piece(self, data: bytes, now_ms: int) -> None:
        """A piece of content has come."""
        found = decode(data)
        if found is None or self._install is None:
            self._count("malformed" if found is None else "stray")
            return
        try:
            self._install.take(found, now_ms)
        except OSError as error:
            self._give_up(error)

    def delivered(self, seq: int) -> None:
        """The gateway has the record `seq`, and perhaps not all before it."""
        if self._trial.delivered(seq):
            self._tell(text(self._version) + " committed")
            if self._later is not None:
                later, self._later = self._later, None
                self.on_command(later, 0)

    def good(self) -> None:
        """This start came to something."""
        self._trial.good()

    # --- what goes out

    def poll(self, now_ms: int) -> "bytes | None":
        """Do one step; the question to send to the gateway, if that is the step. For a device that is connected."""
        install = self._install
        if install is None or self.restart_wanted:
            return None
        try:
            want = install.poll(now_ms)
            if install.done and self._pause_ms(install, now_ms) == 0:
                self._slots.stage(install.release.version)
                self._log("update: starts with " + text(install.release.version))
                self.restart_wanted = True
        except OSError as error:
            self._give_up(error)
            return None
        return want

    def wait_ms(self, now_ms: int) -> "int | None":
        """Milliseconds until `poll` has something to do; None until something comes in."""
        install = self._install
        if install is None or self.restart_wanted:
            return None
        return self._pause_ms(install, now_ms) if install.done else install.wait_ms(now_ms)

    def look(self, now_ms: int) -> None:
        """Look at the clock, connected or not."""
        if self._trial.is_over(now_ms):
            self.restart_wanted = True

    def news(self) -> "str | None":
        """Something to tell in a record, once; at most 64 bytes."""
        return self._news.pop(0) if self._news else None

    # --- inside

    def _begin(self) -> None:
        if self._slots.on_trial:
            return
        failed = self._slots.failed
        if failed is not None:
            self._tell(text(failed) + " rolled-back")
        elif self._slots.committed == self._version:
            self._tell(text(self._version) + " committed")  # the power may have gone before its record was written
        if FILE in self._flash.names():
            with self._flash.open(FILE) as file:
                data = file.read()
            try:
                found = judge(data, self._rules, self._version, self._slots.committed)
                if found is not None:
                    self._check_failures(found)
                    self._fetch(found, data, True)
            except WireError as error:
                self._log("update: what was begun is not gone on with: " + str(error))
            except OSError as error:
                self._give_up(error)

    def _follow(self, found: "Release", data: bytes) -> None:
        """Begin with a release that is in order. Raises WireError, OSError."""
        if self._slots.on_trial:
            self._later = data  # the slot that it would go to is the one to fall back to
            return
        # 1. Of two the newer one; of one version one content.
        if self._install is not None:
            before = self._install.release.version
            if found.version < before:
                raise TrustError("old-version", "%s after %s" % (text(found.version), text(before)))
            if found.version == before:
                raise TrustError("equivocation", "two contents of " + text(before))
        # 2. Not one that has failed often enough.
        self._check_failures(found)
        # 3. One that there is room for, beside what the device needs to go on.
        slot = Slot(self._flash.folder(self._slots.other))
        room = self._flash.free() + slot.taken() - self._reserve()
        if room < need(found.files):
            raise TrustError(NO_ROOM, "%s takes %d bytes of %d" % (text(found.version), need(found.files), room))
        self._flash.replace(FILE, [data])
        self._log("update: fetches " + text(found.version))
        self._fetch(found, data, False)

    def _check_failures(self, found: "Release") -> None:
        if self._slots.failures_of(found.version) >= MAX_FAILURES:
            raise TrustError("failed-version", text(found.version))

    def _fetch(self, found: "Release", data: bytes, begun: bool) -> None:
        self._slots.release_other()
        slot = Slot(self._flash.folder(self._slots.other))
        self._digest = _digest(data)
        self._install = Install(found, slot, self._running, self._random, self.counts, begun)

    def _pause_ms(self, install: Install, now_ms: int) -> int:
        """Milliseconds until a whole release may be tried."""
        return max(0, AGAIN_MS - now_ms) if self._slots.failures_of(install.release.version) else 0

    def _give_up(self, error: OSError) -> None:
        """The flash fails, most likely for lack of room, which records need more. The release will come again."""
        self._install, self._digest, self.gave_up = None, b"", True
        self._refused(TrustError(NO_ROOM if error.args[0] == _NO_SPACE else "flash", repr(error)))
        try:
            if FILE in self._flash.names():
                self._flash.remove(FILE)
            self._slots.release_other()
            Slot(self._flash.folder(self._slots.other)).sweep([])
        except OSError as again:
            self._log("update: %r" % (again,))

    def _refused(self, error: WireError) -> None:
        self._count(error.reason)
        self._log("update: refused: " + str(error))
        if isinstance(error, TrustError):  # others are not known to be signed, and nobody shall fill the log with them
            self._tell("refused " + error.reason)

    def _tell(self, what: str) -> None:
        if what not in self._told and len(self._told) < MAX_NEWS:
            self._told.add(what)
            self._news.append(what)

    def _count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
