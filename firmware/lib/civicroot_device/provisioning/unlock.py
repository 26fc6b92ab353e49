"""The way back to the prompt: the device is shown that the city has given it up, and wipes its key.

By the registrar: the revocation of this device's key (SPEC.md §3.4), as it is in the public log. It needs no challenge:
a key that was revoked never counts again, so whoever holds the device and repeats what is public can only have wiped
what is worth nothing. By the operator, before anything is logged: the device gives a random challenge, and the operator
signs a configuration (SPEC.md §3.6) for this subject whose one setting is `unlock` = that challenge.

File `unlocked` beside the configuration says that this was decided. It is written first, so that a device that is
unplugged meanwhile goes on wiping at its next start; it stays until the firmware is put on again.
"""

from civicroot_wire import configuration, keys, revocation
from civicroot_wire.errors import WireError

from civicroot_device.claim import openings
from civicroot_device.crypto import ed25519
from civicroot_device.provisioning import draft
from civicroot_device.provisioning.errors import NOT_SIGNED, ProvisioningError
from civicroot_device.storage import identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_wire.revocation import Revocation

    from civicroot_device.config import Configuration
    from civicroot_device.storage.flash import Flash

SETTING = "unlock"
CHALLENGE_BYTES = 16
FILE = "unlocked"
_LINK = "link"  # a tag's radio key (tag/link.py), in the key's folder


def signers(options: "Configuration") -> "list[str]":
    """Who can unlock this device: whose keys it was told."""
    known = (("operator", options.operator), ("registrar", options.registrar))
    return [name for name, key in known if key is not None]


def check(statement: bytes, options: "Configuration", public: bytes, challenge: "bytes | None") -> None:
    """The statement unlocks the device with this key now. Raises ProvisioningError."""
    try:
        found = revocation.decode(statement)
    except WireError:  # another kind of statement, or none
        _check_answer(statement, options, challenge)
    else:
        _check_revocation(found, options, public)


def _check_revocation(found: "Revocation", options: "Configuration", public: bytes) -> None:
    # 1. The device knows a registrar.
    if options.registrar is None:
        raise ProvisioningError(NOT_SIGNED, "the device knows no registrar")
    # 2. It is this device's key that was withdrawn, and not another's of the same subject.
    if found.thumbprint != keys.thumbprint(public):
        raise ProvisioningError(NOT_SIGNED, "it withdraws another key")
    # 3. By that registrar, in this realm.
    try:
        revocation.verify(found, options.realm, options.registrar, ed25519.verify)
    except WireError as error:
        raise ProvisioningError(NOT_SIGNED, str(error))


def _check_answer(statement: bytes, options: "Configuration", challenge: "bytes | None") -> None:
    # 1. A challenge is out, and somebody may answer it.
    if challenge is None or options.operator is None or options.subject is None:
        raise ProvisioningError(NOT_SIGNED, "no challenge is out, or the device knows no operator")
    try:
        found = configuration.decode(statement)
        # 2. It is about this device.
        if found.subject != options.subject:
            raise ProvisioningError(NOT_SIGNED, "it is for " + found.subject)
        # 3. By the city's operator, in this realm.
        configuration.verify(found, options.realm, options.operator, ed25519.verify)
    except WireError as error:
        raise ProvisioningError(NOT_SIGNED, str(error))
    # 4. It answers this very challenge: nobody replays an old one.
    if found.settings != {SETTING: challenge.hex()}:
        raise ProvisioningError(NOT_SIGNED, "it does not answer this challenge")


def begin(flash: "Flash") -> None:
    """The device is to be wiped, durably. Raises OSError."""
    flash.replace(FILE, [b"1"])


def begun(flash: "Flash") -> bool:
    """Whether it is."""
    return FILE in flash.names()


def wipe(flash: "Flash", data: "Flash") -> None:
    """Remove key and configuration; it may be repeated. Signed records stay, to be fetched by hand. Raises OSError."""
    _remove(data, identity.FILE)
    for name in data.folders():
        for file in (_LINK, openings.FILE):  # citizens' cards must not stay behind an open prompt
            _remove(data.folder(name), file)
    for name in (draft.FILE, draft.AUTHORITY, draft.CONFIGURATION):
        _remove(flash, name)


def _remove(flash: "Flash", name: str) -> None:
    if name in flash.names():
        flash.remove(name)
