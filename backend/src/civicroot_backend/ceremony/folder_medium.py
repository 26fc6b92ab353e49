"""A folder, like a mounted USB stick, with sealed key files."""

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from civicroot_cli import files
from civicroot_wire import keys
from civicroot_wire.sodium import Signer

from civicroot_backend.ceremony import sealed_key
from civicroot_backend.ceremony.errors import MediumAbsent, MediumTaken, SameMedium, WrongMedium, WrongPassphrase
from civicroot_backend.ceremony.open_key import OpenKey, Order
from civicroot_backend.ceremony.sealed_key import SUFFIX, Label, SealedKey
from civicroot_backend.ceremony.secret_source import Console

PASSPHRASE = "passphrase"


class FolderMedium:
    """A folder, or one sealed key file in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._folder = path.parent if path.suffix == SUFFIX else path

    def __str__(self) -> str:
        return str(self.path)

    def identity(self) -> str:
        """Which folder it is, however it is called. Raises MediumAbsent."""
        found = self._stat()
        return f"folder {found.st_dev}:{found.st_ino}"

    def file_system(self) -> int | None:
        """Folders on one file system are not separate media; None while it is not in."""
        return self._folder.stat().st_dev if self._folder.is_dir() else None

    def make(self, order: Order, console: Console, randomness: Callable[[int], bytes]) -> bytes:
        """Make a key; its public key. One that this ceremony made before it was interrupted is taken up.

        Raises MediumTaken, SameMedium, WeakPassphrase, WrongPassphrase, MediumAbsent.
        """
        there = self.sealed()
        mine = [key for key in there if (key.label.realm, key.label.name, key.label.ceremony) == _of(order)]
        if mine:
            return self.open_sealed(mine[0], console).public
        if any(key.label.ceremony == order.ceremony for key in there):
            raise SameMedium(f"{self} holds {_listed(there)} already: every root has a medium of its own")
        if there:
            raise MediumTaken(f"{self} holds {_listed(there)} already; nothing is overwritten")
        signer = Signer(randomness(32))
        self.store(signer, Label(order.realm, order.name, order.ceremony, signer.public), console, randomness)
        return signer.public

    def holds(self, realm: str, name: str, console: Console) -> bytes | None:
        """The public key that is called so here, opened; None if there is none. MediumAbsent, WrongPassphrase."""
        for key in self.sealed():
            if (key.label.realm, key.label.name) == (realm, name):
                return self.open_sealed(key, console).public
        return None

    def store(self, signer: Signer, label: Label, console: Console, randomness: Callable[[int], bytes]) -> Path:
        """Seal a key onto this medium under a new passphrase; its file. Nothing is overwritten. MediumTaken."""
        path = self._folder / label.file_name
        if path.exists():
            raise MediumTaken(f"{path} is there already; nothing is overwritten")
        self._stat()
        sealed = sealed_key.seal(signer, label, console.secret(str(self), PASSPHRASE, new=True), randomness)
        # Under another name until it is whole: a stick that is pulled out leaves no half key that looks like one.
        half = path.with_name(path.name + ".half")
        half.unlink(missing_ok=True)
        files.create(half, sealed, 0o600)
        half.rename(path)
        files.sync_folder(self._folder)
        return path

    @contextmanager
    def opened(self, wanted: Collection[bytes] | None, console: Console) -> Iterator[OpenKey]:
        """The key on it, which is one of `wanted` if they are given. MediumAbsent, WrongMedium, WrongPassphrase."""
        key = self.choose(wanted)
        signer = self.open_sealed(key, console)
        yield OpenKey(key.label.name, signer.public, signer, self.identity())

    def peek(self, wanted: Collection[bytes]) -> bytes | None:
        """Whose key it is, as far as its label says without a passphrase. MediumAbsent, WrongMedium."""
        return self.choose(wanted).label.public

    def choose(self, wanted: Collection[bytes] | None) -> SealedKey:
        """The sealed key on it that is among `wanted`. MediumAbsent, WrongMedium."""
        there = self.sealed()
        if not there:
            raise MediumAbsent(f"{self} has no key ({SUFFIX})")
        found = [key for key in there if wanted is None or key.label.public in wanted]
        if not found:
            raise WrongMedium(f"{self} holds {_listed(there)}, which is none of those that are asked for")
        if len(found) > 1:
            raise WrongMedium(f"{self} holds {_listed(found)}: name the file")
        return found[0]

    def open_sealed(self, key: SealedKey, console: Console) -> Signer:
        """A key of this medium, with as many tries as the console gives. WrongPassphrase, SealedKeyError."""
        for left in reversed(range(console.tries)):
            try:
                return key.open(console.secret(str(self), PASSPHRASE, new=False))
            except WrongPassphrase as error:
                if not left:
                    raise
                console.say(str(error))
        raise ValueError("a console without a try")

    def sealed(self) -> list[SealedKey]:
        """What lies on it. MediumAbsent, SealedKeyError."""
        self._stat()
        paths = [self.path] if self.path != self._folder else sorted(self._folder.glob(f"*{SUFFIX}"))
        return [sealed_key.read(files.read(path, sealed_key.MAX_FILE_BYTES), path) for path in paths]

    def _stat(self) -> os.stat_result:
        try:
            found = self._folder.stat()
        except OSError as error:
            raise MediumAbsent(f"{self}: {error.strerror}; is it plugged in and mounted?") from error
        if not self._folder.is_dir():
            raise MediumAbsent(f"{self} is no folder")
        return found


def _of(order: Order) -> tuple[str, str, str]:
    return order.realm, order.name, order.ceremony


def _listed(found: list[SealedKey]) -> str:
    return ", ".join(f"{key.label.name} ({keys.kid(key.label.public).hex()})" for key in found)
