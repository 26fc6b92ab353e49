"""What an operator wants of a subject: the newest configuration that is logged, and the first one that a device gets.

A subject that has a configuration by this operator keeps it: whoever provisions a device does not undo what was set for
its place. One by another key is followed by nobody who was told of this operator, so it is replaced.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from civicroot_wire import configuration, entry, keys, names
from civicroot_wire.cbor import DecimalFraction
from civicroot_wire.configuration import Configuration
from civicroot_wire.errors import WireError
from civicroot_wire.sodium import Signer

from .. import logged
from ..main import CommandError
from ..submission import City

FIRST = 1

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


def newest(city: City, subject: str) -> Desired | None:
    """The configuration that was logged last for a subject, as the city says. Raises CommandError."""
    found = logged.indices(city, subject, entry.CONFIGURATION, 1)
    if not found:
        return None
    try:
        wanted = configuration.decode(logged.entry(city, found[0]))
    except WireError as error:
        raise CommandError(f"the city answers what no city answers: {error}") from error
    assert wanted.message is not None  # it was decoded
    return Desired(wanted.version, wanted.settings, wanted.message.kid, found[0])


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
