"""The two slots, and which of them is followed: the application's side of what starter.py reads at the next start.

    fetched, whole  →  `stage`     on trial, from the next start on
    has reported    →  `commit`    followed from now on; the slot before it is kept whole
    has not         →  `roll_back` the next start is that of the slot that was followed before

Each is one write of one small file, which a power cut leaves as it was or as it shall be. A slot is only written while
the file says that it is neither followed, nor on trial, nor the one to fall back to (`release_other`).

What lies outside the slots (identity, outbox, configuration, calibration) is read by two versions, for either may be
the one that runs tomorrow. The rule for its formats: a version reads what the one before it writes, and what the
factory's copy writes; and it writes what the one before it can read. So a new format takes two releases: the first
reads both and writes the old one, the second writes the new one and has the first as its `minimum`.
"""

import errno

import starter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.storage.flash import Flash

    Version = tuple[int, int, int]

MAX_FAILURES = 3  # of one version: a gateway may have been out during the first trials, but not during all


class Slots:
    """The state in folder `flash`, of which slot `chosen` runs. Methods that change it raise OSError."""

    def __init__(self, flash: "Flash", chosen: int) -> None:
        self._flash = flash
        self.chosen = chosen
        self._state = starter.read(Kept(flash)) or starter.State()

    @property
    def on_trial(self) -> bool:
        """Whether what runs has still to prove itself."""
        return self._state.trial != starter.FACTORY and self._state.trial == self.chosen

    @property
    def committed(self) -> "Version":
        """The newest version that ever proved itself here."""
        return self._state.committed

    @property
    def candidate(self) -> "Version":
        """The version that is on trial, or the last one that failed."""
        return self._state.candidate

    @property
    def failed(self) -> "Version | None":
        """The last version that failed, if none was committed since."""
        return self._state.candidate if self._state.failures else None

    def failures_of(self, version: "Version") -> int:
        """How often this version failed."""
        return self._state.failures if self._state.candidate == version else 0

    @property
    def other(self) -> str:
        """Folder of the slot that an update goes to."""
        return starter.FOLDERS[self._other]

    def release_other(self) -> None:
        """From now on that slot may be written: nothing falls back to it."""
        state = self._copy()
        if self._other in (state.previous, state.trial):
            state.previous = starter.FACTORY
            state.trial = starter.FACTORY
            self._write(state)

    def stage(self, version: "Version") -> None:
        """The slot holds this version, whole: the next start is its trial."""
        state = self._copy()
        if state.candidate != version:
            state.candidate, state.failures = version, 0
        state.trial, state.tries = self._other, 0
        self._write(state)

    def commit(self) -> None:
        """The version on trial has proved itself."""
        state = self._copy()
        state.previous, state.followed = state.followed, state.trial
        state.trial, state.tries, state.failures = starter.FACTORY, 0, 0
        state.committed = max(state.committed, state.candidate)
        self._write(state)
        starter.on_trial = False

    def roll_back(self) -> None:
        """The version on trial has failed."""
        state = self._copy()
        state.roll_back()
        self._write(state)

    def good(self) -> None:
        """This start came to something: it does not count against the slot that is followed."""
        state = self._copy()
        if state.tries and not self.on_trial and state.followed == self.chosen:
            state.tries = 0
            self._write(state)

    def bad(self) -> None:
        """A tag's wake that came to nothing, and was not counted as a start."""
        state = self._copy()
        if self.chosen != starter.FACTORY and self.chosen == state.followed and not self.on_trial:
            state.tries = min(starter.FOLLOWED_STARTS, state.tries + 1)
            self._write(state)

    @property
    def _other(self) -> int:
        """Not the one that runs, and not the one that is followed, which are different ones after damage alone."""
        taken = self.chosen if self.chosen != starter.FACTORY else self._state.followed
        return 2 if taken == 1 else 1

    def _copy(self) -> "starter.State":
        return starter.unpack(self._state.pack()) or starter.State()

    def _write(self, state: "starter.State") -> None:
        """What could not be written has not happened."""
        self._flash.replace(starter.FILE, [state.pack()])
        self._state = state


class Kept:
    """A Flash as starter.py wants it."""

    def __init__(self, flash: "Flash") -> None:
        self._flash = flash

    def read(self, name: str) -> bytes:
        """All of a file."""
        if name not in self._flash.names():
            raise OSError(errno.ENOENT)
        with self._flash.open(name) as file:
            return file.read()

    def replace(self, name: str, data: bytes) -> None:
        """Make a file, durably."""
        self._flash.replace(name, [data])
