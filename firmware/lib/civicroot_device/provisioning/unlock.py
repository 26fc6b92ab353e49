"""The way back to the prompt: whoever has the operator's key may take a device out of service where it stands.

The device gives a random challenge; the operator signs a configuration (SPEC.md §3.6) for this subject whose one
setting is `unlock` = that challenge. Then the key is removed and the prompt comes back.

File `unlocked` beside the configuration says that this was decided. It is written first, so that a device that is
unplugged meanwhile goes on wiping at its next start; it stays until the firmware is put on again.
"""

from civicroot_wire import configuration
from civicroot_wire.errors import WireError

from civicroot_device.claim import openings
from civicroot_device.crypto import ed25519
from civicroot_device.provisioning import draft
from civicroot_device.provisioning.errors import NOT_SIGNED, ProvisioningError
from civicroot_device.storage import identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.config import Configuration
    from civicroot_device.storage.flash import Flash

SETTING = "unlock"
CHALLENGE_BYTES = 16
FILE = "unlocked"
_LINK = "link"  # a tag's radio key (tag/link.py), in the key's folder


def check(statement: bytes, options: "Configuration", challenge: "bytes | None") -> None:
    """The statement unlocks this device now. Raises ProvisioningError."""
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
