"""Brings the files of a release into the slot that is not in use.

Nothing of how far it is is written down: after a restart every file is read and hashed, what is right is kept, and a
file that had only begun goes on where it ended. So a power cut at any moment needs no care, and what `done` says was
read from the flash. A file that turns out wrong as a whole costs that file again, not the others.
"""

from civicroot_device.update.fetch import REFUSED_MS, Fetch, Pauses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_wire.piece import Piece
    from civicroot_wire.release import Release

    from civicroot_device.update.running import Running
    from civicroot_device.update.slot import Slot


class Install:
    """One release on its way. Every failure of the flash is an OSError; `counts` are events by name.

    `begun`: the device was about it before a restart. Else a file that is too short is another release's, no beginning.
    `poll` does one step at a time, the longest is a file that is read and hashed, or copied.
    """

    def __init__(
        self,
        release: "Release",
        slot: "Slot",
        running: "Running",
        random: "Callable[[], float]",
        counts: "dict[str, int]",
        begun: bool,
    ) -> None:
        self.release = release
        self._slot = slot
        self._running = running
        self._counts = counts
        self._begun = begun
        self._pauses = Pauses(random)
        self._damages = Pauses(random)
        self._swept = False
        self._at = 0  # of the files: those before it are there, and right
        self._fetch: "Fetch | None" = None
        self._not_before_ms = 0

    @property
    def done(self) -> bool:
        """Whether the slot holds the release, whole and right, and nothing else."""
        return self._swept and self._at == len(self.release.files)

    def poll(self, now_ms: int) -> "bytes | None":
        """Get on by one step; the question to send, if that is the step."""
        if self._fetch is not None:
            return self._fetch.poll(now_ms)
        if not self._swept:
            self._slot.sweep([path for path, _, _ in self.release.files])
            self._swept = True
        elif not self.done:
            self._look(*self.release.files[self._at])
        return None

    def wait_ms(self, now_ms: int) -> "int | None":
        """Milliseconds until `poll` has something to do; None if it is done."""
        if self._fetch is not None:
            return self._fetch.wait_ms(now_ms)
        return None if self.done else 0

    def take(self, found: "Piece", now_ms: int) -> None:
        """A piece has come."""
        fetch = self._fetch
        if fetch is None:
            self._count("stray")
            return
        octets = fetch.take(found, now_ms)
        if not octets:
            return
        path, size, digest = self.release.files[self._at]
        self._slot.append(path, octets)
        if fetch.have < size:
            return
        self._fetch = None
        if not self._slot.holds(path, size, digest):
            # Nobody can say which piece it was, nor whose fault: all of it again, and not at once.
            self._count("damaged")
            self._slot.remove(path)
            self._not_before_ms = now_ms + self._damages.next(REFUSED_MS)
        else:
            self._count("fetched")
            self._damages.over()

    def _look(self, path: str, size: int, digest: bytes) -> None:
        have = self._slot.size(path)
        # 1. There, and right.
        if have == size and self._slot.holds(path, size, digest):
            self._at += 1
            return
        # 2. There, and wrong: of another release, or torn by a power cut.
        if have is not None and (have >= size or not self._begun):
            self._count("replaced")
            self._slot.remove(path)
            have = None
        # 3. The same in the copy that runs, or of no size: it is made at once, and looked at in the next step.
        place = self._running.find(path, size, digest)
        if place is not None:
            self._count("copied")
            self._slot.create(path, self._running.chunks(place))
            return
        if have is None:
            self._slot.create(path, [])
        # 4. To be fetched, from where it ends.
        if size > 0:
            self._fetch = Fetch(digest, size, have or 0, self._pauses, self._not_before_ms, self._counts)

    def _count(self, name: str) -> None:
        self._counts[name] = self._counts.get(name, 0) + 1
