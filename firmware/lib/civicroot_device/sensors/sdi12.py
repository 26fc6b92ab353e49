"""An SDI-12 probe (soil moisture, soil temperature) on its own line, read by a measurement with CRC.

SDI-12 version 1.4, January 10, 2019; messages are in sdi12_message.py. A measurement takes three exchanges at 1200
baud, none of which may hold up the other tasks, so that `read()` is called once after each:

    aMC!  →  atttn        n values in at most ttt seconds; then the probe may send a service request, `a`
    aD0!  →  a+1.2-3…CRC  the first of the values
    aD1!  →  …            until there are n

The values are fetched after the service request, which is looked for LOOKS times, or when the time that the probe
named is over. An answer that is missing or damaged is asked for again (§7.2), each time behind a break.

Break and command belong together and take up to 61 ms, a little over MAX_BLOCK_MS: a pause between them that is too
long would send the probe back to sleep (§7.1: after 100 ms of marking).
"""

from civicroot_device.errors import ConfigurationError, SensorFault
from civicroot_device.sensors import sdi12_message as message
from civicroot_device.sensors.sensor import NO_ANSWER, NOT_READY, OUT_OF_RANGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from civicroot_device.buses.bus import BreakUart, Output
    from civicroot_device.reporting.kinds import Reading

    Step = Callable[[], "dict[str, Reading | SensorFault] | int"]

POWER_MS = 1000  # from supply to the first command: probes name up to this
CHARACTER_MS = 9  # 10 bits at 1200 baud are 8.33 ms (§4.1); up to 1.66 ms lie between two of them (§7.1), seldom used
BEFORE_MS = 60  # break, marking, a command of four characters still being sent (§7.1), rounded up
REACTION_MS = 16  # the first start bit comes within 15 ms (§7.1)
TRIES = 3  # §7.2
MAX_SECONDS = 60  # a probe that needs longer would empty a tag's battery
LOOKS = 4  # for a service request: most probes are ready long before the seconds that they name
PAGES = 10  # aD0! to aD9!
_START_ANSWER = 7  # atttn CR LF
_ID_ANSWER = 35  # §4.4.2: at most 33 characters and CR LF

# What the probe of a tag may measure: name -> lowest and highest value that it can have measured.
RANGES = {"soil": (0, 1), "soiltemp": (-40, 85)}


def answer_ms(characters: int) -> int:
    """Milliseconds from writing a command until an answer of so many characters is complete."""
    return BEFORE_MS + REACTION_MS + characters * CHARACTER_MS


class Sdi12:
    """One probe as a Sensor.

    address   its SDI-12 address
    values    {name: [place, exponent]}: the reading is the value at `place` (from 0) × 10^exponent, as a probe that
              says percent has -2 for a share
    power     its supply, None if it is always on
    checked   False: aM!, for probes older than SDI-12 1.3, which know no CRC
    """

    def __init__(
        self,
        line: "BreakUart",
        address: str,
        values: "dict[str, list[int]]",
        power: "Output | None" = None,
        checked: bool = True,
    ) -> None:
        try:
            message.address(address)
        except ValueError as error:
            raise ConfigurationError(str(error))
        for name in values:
            if name not in RANGES:
                raise ConfigurationError("an SDI-12 probe gives no " + name)
        self.names = tuple(sorted(values))
        self._line = line
        self._address = address
        self._values = values
        self._power = power
        self._checked = checked
        self._step: "Step" = self._begin
        self._command = b""
        self._characters = 0
        self._tries = 0
        self._count = 0
        self._look_ms = 0
        self._looks = 0
        self._page = 0
        self._found: "list[message.Number]" = []

    def start(self) -> int:
        """Switch the probe on."""
        self._found = []
        self._step = self._begin
        if self._power is None:
            return 0
        self._power.set(True)
        return POWER_MS

    def read(self) -> "dict[str, Reading | SensorFault] | int":
        """The next step, at last {name: reading or fault}. Raises SensorFault."""
        wait = None
        try:
            wait = self._step()
            return wait
        except OSError as error:
            raise SensorFault(NO_ANSWER, repr(error))
        finally:
            if self._power is not None and not isinstance(wait, int):
                self._power.set(False)

    def raw(self) -> "dict[str, int]":
        """Nothing: the probe is calibrated by itself."""
        return {}

    def identify(self) -> int:
        """Ask who the probe is; milliseconds until `identity` may be called. For whoever sets it up."""
        return self._send("I!", _ID_ANSWER)

    def identity(self) -> "dict[str, str]":
        """The answer, see sdi12_message.identification. Raises SensorFault."""
        return message.identification(message.response(self._hear(), self._command))

    def _begin(self) -> int:
        self._step = self._promised
        return self._send("MC!" if self._checked else "M!", _START_ANSWER)

    def _promised(self) -> int:
        line, rest = message.first_line(self._hear())
        try:
            seconds, self._count = message.promise(message.response(line, self._command))
        except SensorFault as fault:
            return self._again(fault)
        if self._count == 0:
            raise SensorFault(NOT_READY, "the probe promises no values")
        if seconds > MAX_SECONDS:
            raise SensorFault(NOT_READY, "the probe needs %d s" % seconds)
        if seconds == 0 or message.is_service_request(rest, self._command[:1]):
            return self._fetch(0)  # ready at once (with 0 there is no service request, §4.4.3), or by now
        self._step = self._requested
        self._look_ms = seconds * 1000 // LOOKS
        self._looks = LOOKS
        return self._look_ms

    def _requested(self) -> int:
        self._looks -= 1
        if self._looks and not message.is_service_request(self._hear(), self._command[:1]):
            return self._look_ms
        return self._fetch(0)

    def _fetch(self, page: int) -> int:
        self._page = page
        self._step = self._fetched
        # A page holds at most 35 characters of values (§4.4.7), with address, CRC and end 41.
        return self._send("D%d!" % page, 41)

    def _fetched(self) -> "dict[str, Reading | SensorFault] | int":
        try:
            found = message.values(message.response(self._hear(), self._command, self._checked))
        except SensorFault as fault:
            return self._again(fault)
        if not found:
            raise SensorFault(NOT_READY, "the probe gave up its measurement")  # §4.4.7: an address and no values
        self._found += found
        if len(self._found) < self._count and self._page + 1 < PAGES:
            return self._fetch(self._page + 1)
        if len(self._found) != self._count:
            raise SensorFault(OUT_OF_RANGE, "%d values, promised %d" % (len(self._found), self._count))
        return {name: self._reading(name) for name in self.names}

    def _reading(self, name: str) -> "Reading | SensorFault":
        place, exponent = self._values[name]
        if place >= len(self._found):
            return SensorFault(OUT_OF_RANGE, "only %d values" % len(self._found))
        digits, places = self._found[place]
        power = exponent - places
        value = digits * 10**power if power >= 0 else digits / 10**-power
        low, high = RANGES[name]
        if not low <= value <= high:
            return SensorFault(OUT_OF_RANGE, name)  # also what probes say for "broken": -9999 and the like
        return value

    def _send(self, command: str, characters: int) -> int:
        self._command = (self._address + command).encode()
        self._characters = characters
        self._tries = 0
        return self._repeat()

    def _again(self, fault: SensorFault) -> int:
        """Ask once more for what was not understood; the last time its fault stands. Raises SensorFault."""
        if self._tries == TRIES:
            raise fault
        return self._repeat()

    def _repeat(self) -> int:
        self._tries += 1
        self._hear()  # what is left of an answer that came too late
        self._line.send_break()
        self._line.write(self._command)
        return answer_ms(self._characters)

    def _hear(self) -> bytes:
        """What has arrived; more than any answer has is noise and is not kept."""
        return self._line.read(2 * message.MAX_LINE)
