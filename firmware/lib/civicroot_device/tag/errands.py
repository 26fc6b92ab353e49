"""What a tag does beside its records: it follows its operator's configuration, and releases (SPEC.md §8.1).

The gateway tells of commands with its answers. Each is fetched, judged by the code that bins use, and is settled then:
the gateway hears that it need not tell of it again. A wake in which there is nothing to do loads none of that code.
"""

import starter
from civicroot_wire.acknowledgement import CONFIGURATION, RELEASE
from civicroot_wire.errors import WireError
from civicroot_wire.senml import Measurement

from civicroot_device.errors import ConfigurationError
from civicroot_device.reporting.tuning import Tuning
from civicroot_device.storage.segment import CHANGE
from civicroot_device.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.config import Configuration
    from civicroot_device.places import Places
    from civicroot_device.reporting.sampling import Sample
    from civicroot_device.storage.store import Store
    from civicroot_device.tag.asker import Asker
    from civicroot_device.tag.exchange import Tools
    from civicroot_device.tag.retained import Retained
    from civicroot_device.tag.updating import Updating

BATTERY, UPDATE = "battery", "update"
WANTED = "wanted"  # the configuration's file (wanted.py)
MAX_CONFIGURATION_BYTES = 4096  # that one takes; what is longer is refused by the size that the gateway tells
DAY_MS = 86_400_000  # a release that there was no room for is tried again


class Errands:
    """One wake's. `ask(tools)` makes who asks for contents; `safe`: a tag in safe mode goes by its own file alone."""

    def __init__(
        self,
        configuration: "Configuration",
        store: "Store",
        kept: "Retained",
        ask: "Callable[[Tools], Asker]",
        safe: bool,
    ) -> None:
        self._configuration = configuration
        self._store = store
        self._kept = kept
        self._ask = ask
        self._tools: "Tools | None" = None
        self._places: "Places | None" = None
        self._updating: "Updating | None" = None
        self._battery: "tuple[int | bool | None, bool]" = (None, False)  # level in %, whether its gauge failed
        interval_ms, sample_ms = int(configuration.interval_s * 1000), int(configuration.sample_s * 1000)
        self.tuning = Tuning(configuration.kind, interval_ms, sample_ms)
        self.on_trial = starter.on_trial
        if configuration.operator is not None and not safe and self._may_follow():
            self.tuning = self._judge_of_places().tuning

    @property
    def restart(self) -> bool:
        """Whether another version is to run now."""
        return self._updating is not None and self._updating.restart

    def begin(self, tools: "Tools", sample: "Sample | None") -> None:
        """Before the radio is on: look at the battery, and make records of what is news."""
        self._tools = tools
        if sample is not None:
            self._battery = (sample.values.get(BATTERY), BATTERY in sample.faults)
        uncounted = not starter.counted or starter.chosen == starter.FACTORY
        if self._configuration.release is not None and not (self._kept.updating is False and uncounted):
            self._load_updating()
        self._tell()

    def run(self, commands: "dict[int, tuple[bytes, int]]") -> None:
        """While the gateway is heard: deal with the commands that it told of, and go on with a release."""
        tools = self._tools
        assert tools is not None
        asker = self._ask(tools)
        if self._updating is not None:
            self._updating.heard(tools.reporter.delivered)
        untold = False
        for kind in (CONFIGURATION, RELEASE):
            if kind in commands:
                head, size = commands[kind]
                untold = self._is_settled(kind, head) or self._settle(kind, head, size, asker) or untold
        if untold:
            self._say(asker, tools.outbox.waiting)
        if self._updating is not None and self._healthy:
            self._updating.go_on(asker)
        self._tell()

    def end(self) -> None:
        """After the radio: what the next wake has to know."""
        if self._updating is not None:
            self._updating.look()
            self._kept.updating = self._updating.busy
        if self.restart:
            self._kept.restart = UPDATE

    def _may_follow(self) -> bool:
        """Whether a configuration may be there: the folder is listed once after a loss of the memory alone."""
        kept = self._kept
        return kept.follows is not None or (kept.version is None and WANTED in self._store.flash.names())

    @property
    def _healthy(self) -> bool:
        from civicroot_device.tag.budget import healthy  # noqa: PLC0415 (only with a release)

        return healthy(*self._battery)

    # --- commands

    def _is_settled(self, kind: int, head: bytes) -> bool:
        kept = self._kept
        return head == (kept.settled_configuration if kind == CONFIGURATION else kept.settled_release)

    def _settle(self, kind: int, head: bytes, size: int, asker: "Asker") -> bool:
        """Deal with a command; whether that is done, for good or ill."""
        if kind == CONFIGURATION:
            done = self._configuration.operator is None or self._configure(head, size, asker)
            if done:
                self._kept.settled_configuration = head
        else:
            done = self._configuration.release is None or self._update(head, size, asker)
            if done:
                self._kept.settled_release = head
        return done

    def _configure(self, head: bytes, size: int, asker: "Asker") -> bool:
        kept = self._kept
        if size > MAX_CONFIGURATION_BYTES:
            kept.refused = "too-large"
            return True
        data = self._fetched(CONFIGURATION, head, size, asker)
        if data is None:
            return False
        places = self._judge_of_places()
        try:
            places.follow(data)
            kept.begun = 0  # it may be what a tag in safe mode was waiting for
        except (WireError, ConfigurationError) as error:
            print("configuration: " + str(error))
        kept.follows, kept.refused = places.standing
        kept.verified = None if places.wanted is None else places.wanted.digest
        return True

    def _update(self, head: bytes, size: int, asker: "Asker") -> bool:
        from civicroot_device.update.manifest import MAX_BYTES  # noqa: PLC0415 (only with a release)

        kept, tools = self._kept, self._tools
        assert tools is not None
        now = tools.clock.ms()
        if self.on_trial or not self._healthy or (kept.put_off == head and now < kept.put_off_until):
            return False  # what is on trial needs the other slot; it is told again with each answer
        if size > MAX_BYTES:
            print("update: refused: a manifest of %d bytes" % size)
            return True
        data = self._fetched(RELEASE, head, size, asker)
        if data is None:
            return False
        if self._load_updating().take(data):
            return True
        kept.put_off, kept.put_off_until = head, now + DAY_MS
        return False

    def _fetched(self, kind: int, head: bytes, size: int, asker: "Asker") -> "bytes | None":
        from civicroot_device.tag.incoming import Incoming  # noqa: PLC0415 (only with a command)

        coming = Incoming(self._store.flash, kind, head, size)
        data = coming.fetch(asker)
        if data is not None:
            coming.forget()
        return data

    # --- what is said

    def _say(self, asker: "Asker", waiting: int) -> None:
        from civicroot_wire.radio_fetch import Standing  # noqa: PLC0415 (only with a command)
        from civicroot_wire.state import State  # noqa: PLC0415

        kept = self._kept
        said = State(True, VERSION, waiting, configuration=kept.follows, refused=kept.refused)
        settled = [head for head in (kept.settled_configuration, kept.settled_release) if head is not None]
        asker.say(Standing(said, settled))

    def _tell(self) -> None:
        """Records of what became of releases, each once a start."""
        tools, updating = self._tools, self._updating
        if updating is None or tools is None:
            return
        for news in updating.news():
            if news not in self._kept.told_news and tools.reporter.report(
                [Measurement(UPDATE, news)], CHANGE, tools.clock.ms()
            ):
                self._kept.told_news = self._kept.told_news + [news]

    # --- what is loaded when it is needed

    def _judge_of_places(self) -> "Places":
        if self._places is None:
            from civicroot_device.places import Places  # noqa: PLC0415 (only with a configuration)

            kept = self._kept
            self._places = Places(self._configuration, self._store.flash, kept.verified)
            kept.verified = None if self._places.wanted is None else self._places.wanted.digest
            if kept.follows is None:
                kept.follows, kept.refused = self._places.standing
        return self._places

    def _load_updating(self) -> "Updating":
        if self._updating is None:
            from civicroot_device.tag.updating import Updating  # noqa: PLC0415 (only with a release)

            assert self._tools is not None
            self._updating = Updating(self._configuration, self._store, self._kept, self._tools)
        return self._updating
