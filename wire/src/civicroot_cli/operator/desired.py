"""What an operator wants of a subject: the newest configuration that is logged, and the first one that a device gets.

A subject that has a configuration by this operator keeps it: whoever provisions a device does not undo what was set for
its place. One by another key is followed by nobody who was told of this operator, so it is replaced.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from civicroot_wire import configuration, keys, names
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.configuration import Configuration
from civicroot_wire.errors import WireError
from civicroot_wire.sodium import Signer
from civicroot_wire.tile import MAX_ENTRY_BYTES

from ..main import CommandError
from ..submission import City, EntryRefused

FIRST = 1
NOT_YET = "not-yet-published"
TRIES, PAUSE_SECONDS = 60, 0.25  # for a checkpoint to cover what was logged just now; one comes every second

Settings = Mapping[str, int | DecimalFraction | bool | str]


@dataclass(frozen=True, slots=True)
class Desired:
    """A configuration that is in the log: its version, its settings, by which key, and at which index."""

    version: int
    settings: Settings
    kid: bytes
    index: int

    def public_is(self, public: str) -> bool:
        """Whether it is by the key with this public part, in hex."""
        return self.kid == keys.kid(bytes.fromhex(public))


def newest(city: City, subject: str, pause: Callable[[float], None] = time.sleep) -> Desired | None:
    """The configuration that was logged last for a subject, as the city says. Raises CommandError."""
    path = f"/api/v1/entries?subject={quote(subject, safe='')}&kind=configuration&limit=1"
    try:
        indices = [int(item["index"]) for item in json.loads(city.get(path))["entries"]]
        if not indices:
            return None
        found = configuration.decode(_entry(city, indices[0], pause))
    except (ValueError, KeyError, TypeError, WireError) as error:
        raise CommandError(f"the city answers what no city answers: {error}") from error
    assert found.message is not None  # it was decoded
    return Desired(found.version, found.settings, found.message.kid, indices[0])


def give(city: City, subject: str, settings: Settings, issuer: str, realm: str, signer: Signer) -> Desired:
    """Have a subject's first configuration logged; what is in force for it if it has one by this key.

    Raises CommandError, Refused if the city refuses it. The same again is the same entry: nothing is logged twice.
    """
    before = newest(city, subject)
    if before is not None and before.kid == signer.kid:
        return before
    version = FIRST if before is None else before.version + 1
    signed = sign(subject, version, settings, issuer, realm, signer)
    return Desired(version, settings, signer.kid, city.submit(signed).index)


def sign(subject: str, version: int, settings: Settings, issuer: str, realm: str, signer: Signer) -> bytes:
    """The signed configuration. Raises CommandError if nobody would take it."""
    try:
        wanted = Configuration(names.subject(subject), version, dict(settings))
        signed = configuration.sign(wanted, signer.kid, names.subject(issuer), names.realm(realm), signer)
        configuration.decode(signed)
    except WireError as error:
        raise CommandError(f"this makes no configuration: {error}") from error
    return signed


def _entry(city: City, index: int, pause: Callable[[float], None]) -> bytes:
    for _ in range(TRIES):
        try:
            return city.get(f"/entries/{index}", MAX_ENTRY_BYTES)
        except EntryRefused as error:
            if error.reason != NOT_YET:
                raise
            pause(PAUSE_SECONDS)
    raise CommandError(f"the city does not publish entry {index}")
