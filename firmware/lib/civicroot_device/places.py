"""Where the device may report to, from its file and from the operator's signed configuration together."""

from civicroot_device.homes import Homes
from civicroot_device.wanted import WantedConfiguration, home_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.config import Configuration
    from civicroot_device.storage.flash import Flash


class Places:
    """`homes`, and `wanted`: None if no operator's key is set, and then no configuration is followed.

    Raises OSError, and ConfigurationError if the stored configuration names a home that the file no longer knows.
    """

    def __init__(self, configuration: "Configuration", flash: "Flash") -> None:
        homes = list(configuration.homes)
        self.wanted: "WantedConfiguration | None" = None
        if configuration.operator is not None and configuration.subject is not None:
            self.wanted = WantedConfiguration(flash, configuration.realm, configuration.subject, configuration.operator)
            present = self.wanted.present
            home = None if present is None else home_of(present, homes)
            if home is not None:
                homes = [home] + [other for other in homes if other.gateway != home.gateway]
        self.homes = Homes(homes, flash, int(configuration.silent_s * 1000))

    def follow(self, data: bytes) -> bool:
        """Follow the signed configuration in `data`; whether it moves the device.

        Raises WireError if it is not to be followed, ConfigurationError if it cannot be: then nothing has changed.
        """
        if self.wanted is None:
            return False
        found = self.wanted.check(data)
        home = home_of(found, self.homes.all)
        moves = home is not None and home.gateway != self.homes.present.gateway
        if home is not None and moves:
            self.homes.move(home)
        # Last: a power cut before this leaves a configuration that comes again, not one that was followed by half.
        self.wanted.keep(found, data)
        return moves
