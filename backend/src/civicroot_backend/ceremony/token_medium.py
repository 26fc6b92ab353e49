"""A PKCS#11 token with a root key."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from civicroot_backend.ceremony import pkcs11_token
from civicroot_backend.ceremony.errors import SameMedium, WrongMedium
from civicroot_backend.ceremony.open_key import OpenKey, Order
from civicroot_backend.ceremony.pkcs11_token import TokenAddress, TokenKey
from civicroot_backend.ceremony.secret_source import Console

PIN = "PIN"


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


def _open_key(key: TokenKey, serial: str) -> OpenKey:
    return OpenKey(key.name, key.public, key.sign, f"token {serial}")
