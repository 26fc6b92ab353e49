"""Where a device reports to, and when: by its file and by the operator's signed configuration together."""

from civicroot_wire.errors import WireError

from civicroot_device.errors import ConfigurationError, SettingRefused
from civicroot_device.homes import Homes
from civicroot_device.reporting.tuning import BINS, TAGS, Tuning, tuned
from civicroot_device.wanted import GATEWAY, WantedConfiguration, home_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_wire.configuration import Configuration as Wanted

    from civicroot_device.config import Configuration
    from civicroot_device.storage.flash import Flash

HOME = "home"  # why a configuration is refused whose home cannot be found
RELEASE = "wrong-kind"  # what shares the topic with configurations, and is none
MAX_REASON = 32  # bytes (SPEC.md §8)


class Places:
    """`homes`, `tuning`, and `wanted`: None if no operator's key is set, and then no configuration is followed.

    standing   (version followed or None, why the newest was refused or None), for the device's state

    Raises OSError, and ConfigurationError if the stored configuration names a home that the file no longer knows.
    """

    def __init__(self, configuration: "Configuration", flash: "Flash", verified: "bytes | None" = None) -> None:
        """`verified`: wanted.py's. A tag has no homes: it reports to whoever hears it."""
        homes = list(configuration.homes)
        self._bounds = TAGS if configuration.radio is not None else BINS
        interval_ms, sample_ms = int(configuration.interval_s * 1000), int(configuration.sample_s * 1000)
        self._own = Tuning(configuration.kind, interval_ms, sample_ms)
        self.tuning = self._own
        self.standing: "tuple[int | None, str | None]" = (None, None)
        self.wanted: "WantedConfiguration | None" = None
        if configuration.operator is not None and configuration.subject is not None:
            self.wanted = WantedConfiguration(
                flash, configuration.realm, configuration.subject, configuration.operator, verified
            )
            present = self.wanted.present
            home = None if present is None or not homes else home_of(present, homes)
            if home is not None:
                homes = [home] + [other for other in homes if other.gateway != home.gateway]
            self._resume()
        self._stays = not homes
        if homes:
            self.homes = Homes(homes, flash, int(configuration.silent_s * 1000))

    def follow(self, data: bytes) -> bool:
        """Follow the signed configuration in `data`; whether it moves the device.

        Raises WireError if it is not to be followed, ConfigurationError if it cannot be: then nothing has changed.
        """
        if self.wanted is None:
            return False
        try:
            return self._follow(self.wanted, data)
        except (WireError, ConfigurationError) as error:
            self._refuse(self.wanted, data, error)
            raise

    def _follow(self, wanted: WantedConfiguration, data: bytes) -> bool:
        found = wanted.check(data)
        tuning = tuned(self._own, found.settings, self._bounds)
        moves = self._move(found)
        # Last: a power cut before this leaves a configuration that comes again, not one that was followed by half.
        wanted.keep(found, data)
        self.tuning, self.standing = tuning, (found.version, None)
        return moves

    def _move(self, found: "Wanted") -> bool:
        """Move to the home that a configuration names; whether it is another one."""
        if self._stays:
            if GATEWAY in found.settings:  # its link key needs more than a kid
                raise ConfigurationError("a tag is given another gateway by cable")
            return False
        home = home_of(found, self.homes.all)
        if home is None or home.gateway == self.homes.present.gateway:
            return False
        self.homes.move(home)
        return True

    def _refuse(self, wanted: WantedConfiguration, data: bytes, error: "WireError | ConfigurationError") -> None:
        if wanted.holds(data):
            self.standing = (self.standing[0], None)  # what the device follows already is the newest there is
            return
        reason = error.reason if isinstance(error, WireError) else HOME
        if isinstance(error, SettingRefused):
            reason = error.setting
        if reason != RELEASE:
            self.standing = (self.standing[0], reason[:MAX_REASON])

    def _resume(self) -> None:
        """Follow the stored one. Another firmware's limits may refuse what was good: then the file's own count."""
        present = None if self.wanted is None else self.wanted.present
        if present is None:
            return
        try:
            self.tuning, self.standing = tuned(self._own, present.settings, self._bounds), (present.version, None)
        except SettingRefused as error:
            self.standing = (None, error.setting)
