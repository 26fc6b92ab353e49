"""What a root key lies on: a folder (a USB stick, mounted) with a sealed key file, or a PKCS#11 token."""

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from civicroot_cli import files
from civicroot_wire import keys
from civicroot_wire.sodium import Signer

from civicroot_backend.ceremony import pkcs11_token, sealed_key
from civicroot_backend.ceremony.errors import (
    MediumAbsent,
    MediumTaken,
    SameMedium,
    TokenError,
    WrongMedium,
    WrongPassphrase,
)
from civicroot_backend.ceremony.pkcs11_token import SCHEME, TokenAddress, TokenKey
from civicroot_backend.ceremony.sealed_key import SUFFIX, Label, SealedKey
from civicroot_backend.ceremony.secret_source import Console

PASSPHRASE, PIN = "passphrase", "PIN"


@dataclass(frozen=True)
class OpenKey:
    """A key that can sign now: `sign` gives 64 bytes; `identity` tells its medium from others."""

    name: str
    public: bytes
    sign: Callable[[bytes], bytes]
    identity: str

    @property
    def kid(self) -> bytes:
        """Its key identifier."""
        return keys.kid(self.public)


@dataclass(frozen=True)
class Order:
    """A key to make: in which realm and ceremony (hex), and what it is called."""

    realm: str
    name: str
    ceremony: str

    @property
    def token_name(self) -> str:
        """CKA_LABEL of it."""
        return f"{self.realm}/{self.name}"

    @property
    def token_identifier(self) -> bytes:
        """CKA_ID of it: a key of an earlier ceremony is another."""
        return bytes.fromhex(self.ceremony) + self.name.encode()


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


class TokenMedium:
    """A PKCS#11 token."""

    def __init__(self, address: TokenAddress, text: str) -> None:
        self._address = address
        self._text = text

    def __str__(self) -> str:
        return self._text

    def identity(self) -> str:
        """Before it is open: what it is called."""
        return f"token {self._address.module} {self._address.label} {self._address.serial}"

    def file_system(self) -> int | None:
        """It is on none."""
        return None

    def peek(self, _wanted: Collection[bytes]) -> bytes | None:
        """Nothing without its PIN."""
        return None

    def make(self, order: Order, console: Console, _randomness: Callable[[int], bytes]) -> bytes:
        """Make a key on the token; its public key. One that an interrupted ceremony left is taken up."""
        pin = console.secret(str(self), PIN, new=False)
        with pkcs11_token.opened(self._address, pin, write=True) as token:
            for key in token.found():
                if key.identifier == order.token_identifier:
                    return key.public
                if key.identifier.startswith(bytes.fromhex(order.ceremony)):
                    raise SameMedium(f"{self} holds {key.name} already: every root has a medium of its own")
            return token.make(order.token_name, order.token_identifier).public

    def holds(self, realm: str, name: str, console: Console) -> bytes | None:
        """The public key that is called so here; None if there is none. TokenError."""
        with pkcs11_token.opened(self._address, console.secret(str(self), PIN, new=False)) as token:
            wanted = Order(realm, name, "").token_name
            return next((key.public for key in token.found() if key.name == wanted), None)

    @contextmanager
    def opened(self, wanted: Collection[bytes] | None, console: Console) -> Iterator[OpenKey]:
        """The key on it, which is one of `wanted` if they are given. TokenError, WrongMedium."""
        with pkcs11_token.opened(self._address, console.secret(str(self), PIN, new=False)) as token:
            found = [key for key in token.found() if wanted is None or key.public in wanted]
            if len(found) != 1:
                there = ", ".join(f"{key.name} ({key.kid.hex()})" for key in token.found()) or "no Ed25519 key"
                raise WrongMedium(f"{self} holds {there}: {'which' if found else 'none of those that are asked for'}")
            yield _open_key(found[0], token.serial)


Medium = FolderMedium | TokenMedium


def parse(text: str, base: Path | None = None) -> Medium:
    """A medium as people write it: a folder (relative to `base`), a sealed file, or a `pkcs11:` URI. TokenError."""
    if text.startswith(SCHEME):
        return TokenMedium(pkcs11_token.parse(text), text)
    return FolderMedium((base or Path()) / text)


def folder_only(medium: Medium) -> FolderMedium:
    """The folder. Raises TokenError: what is on a token does not leave it, and comes from nowhere else."""
    if isinstance(medium, TokenMedium):
        raise TokenError(f"{medium}: a token makes its own key, which never leaves it; other roots are its backup")
    return medium


def _open_key(key: TokenKey, serial: str) -> OpenKey:
    return OpenKey(key.name, key.public, key.sign, f"token {serial}")


def _of(order: Order) -> tuple[str, str, str]:
    return order.realm, order.name, order.ceremony


def _listed(found: list[SealedKey]) -> str:
    return ", ".join(f"{key.label.name} ({keys.kid(key.label.public).hex()})" for key in found)
