"""A root key more, for a policy that is to come: the successor of one that is lost, stolen or given back."""

from collections.abc import Callable

from civicroot_backend.ceremony.journal import ID_BYTES
from civicroot_backend.ceremony.medium import Medium
from civicroot_backend.ceremony.open_key import Order
from civicroot_backend.ceremony.secret_source import Console


def make(
    medium: Medium, realm: str, name: str, console: Console, randomness: Callable[[int], bytes]
) -> tuple[bytes, bool]:
    """Its public key, and whether it was made now: one of this name that is there already is opened, and taken.

    Raises MediumTaken for any other key, and as the media do.
    """
    there = medium.holds(realm, name, console)
    if there is not None:
        return there, False
    order = Order(realm, name, randomness(ID_BYTES).hex())
    public = medium.make(order, console, randomness)
    with medium.opened({public}, console) as key:
        return key.public, True
