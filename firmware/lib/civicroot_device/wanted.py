"""What the operator wants of the device: the newest configuration that the operator's key signed for it (SPEC.md §3.6).

File `wanted` in the key's folder: its exact bytes, verified again at every start. A version that is not higher than the
one in the file is refused, so nobody replays an old one.
"""

import hashlib

from civicroot_wire import configuration
from civicroot_wire.errors import MalformedError, TrustError, WireError

from civicroot_device.config import Broker, Home, kid_of
from civicroot_device.crypto import ed25519
from civicroot_device.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_wire.configuration import Configuration as Wanted

    from civicroot_device.storage.flash import Flash

GATEWAY, HOST, PORT = "home.gateway", "home.host", "home.port"
FILE = "wanted"
MAX_BYTES = 4096  # 64 settings with long values are 3.5 KiB


class WantedConfiguration:
    """`present`: the newest one, or None. `subject` is what the device is called, `operator` 32 bytes.

    `verified`: SHA-256 of a file whose signature was verified before: a tag does not do it again in each wake. `digest`
    is that of the present one.
    """

    def __init__(
        self, flash: "Flash", realm: str, subject: str, operator: bytes, verified: "bytes | None" = None
    ) -> None:
        self._flash = flash
        self._realm = realm
        self._subject = subject
        self._operator = operator
        self._verified_before = verified
        self.digest: "bytes | None" = None
        self.present: "Wanted | None" = None
        if FILE in flash.names():
            with flash.open(FILE) as file:
                self.present = self._stored(file.read())

    def check(self, data: bytes) -> "Wanted":
        """The configuration in `data`. Raises WireError if it is not to be followed."""
        found = self._verified(data)
        if self.present is not None and found.version <= self.present.version:
            raise TrustError("old-version", "version %d after %d" % (found.version, self.present.version))
        return found

    def holds(self, data: bytes) -> bool:
        """Whether the present one is exactly `data`: a retained one comes again at each connection. Raises OSError."""
        if self.present is None:
            return False
        with self._flash.open(FILE) as file:
            return bool(file.read() == data)

    def keep(self, found: "Wanted", data: bytes) -> None:
        """Make what `check` returned for `data` the present one, durably. Raises OSError."""
        self._flash.replace(FILE, [data])
        self.present, self.digest = found, hashlib.sha256(data).digest()

    def _stored(self, data: bytes) -> "Wanted | None":
        digest = hashlib.sha256(data).digest()
        try:
            found = configuration.decode(data) if digest == self._verified_before else self._verified(data)
        except WireError:
            return None  # the operator's key was changed by hand since
        self.digest = digest
        return found

    def _verified(self, data: bytes) -> "Wanted":
        # 1. Small enough for the flash, and well-formed.
        if len(data) > MAX_BYTES:
            raise MalformedError("too-large", "configuration of %d bytes" % len(data))
        found = configuration.decode(data)
        # 2. For this device: another one's is not followed.
        if found.subject != self._subject:
            raise TrustError("wrong-topic", "configuration of " + found.subject)
        # 3. By the city's operator.
        return configuration.verify(found, self._realm, self._operator, ed25519.verify)


def home_of(wanted: "Wanted", known: "list[Home]") -> "Home | None":
    """Where the configuration wants the device to report to; None if it does not say. Raises ConfigurationError.

    A gateway that the device knows is named by its kid alone. Of another one the broker's host and port are given; the
    account and the certificate authority are those of the first home.
    """
    settings = wanted.settings
    if GATEWAY not in settings:
        return None
    gateway = kid_of(settings[GATEWAY])
    if HOST not in settings:
        for home in known:
            if home.gateway == gateway:
                return home
        raise ConfigurationError("the device does not know this gateway, and is not told its host")
    like = known[0].broker
    fields: "dict[str, object]" = {"host": settings[HOST], "port": settings.get(PORT)}
    fields["username"], fields["password"] = like.username, like.password
    if like.tls is not None:
        fields["tls"] = {"ca": like.tls["ca"]}
    return Home(gateway, Broker(fields))
