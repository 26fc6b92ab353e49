"""A part type: what is ordered, its pins, what checks must know. Volts, milliamperes, US dollars, °C, °C/W."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

PRICES_AS_OF = "November 2026"  # all prices are assumptions of that month, without tax and freight
QUANTITIES = (10, 100, 1000)  # units built, for which prices are given
ROHS = "RoHS 3 (2015/863): compliant, no exemption"
ROHS_7CI = "RoHS 3 (2015/863): compliant by exemption 7(c)-I (lead in glass of thick film)"


class Flow(StrEnum):
    """The electrical type of a pin, by KiCad's names."""

    SUPPLY = "power_in"
    SOURCE = "power_out"
    IN = "input"
    OUT = "output"
    BOTH = "bidirectional"
    OPEN = "open_collector"
    PASSIVE = "passive"
    FREE = "no_connect"


@dataclass(frozen=True)
class Pin:
    """A pin of a package."""

    number: str
    name: str
    flow: Flow


@dataclass(frozen=True)
class Supply:
    """A supply pin: its voltage range, and the most that it takes in mA with everything on.

    `pulsed`: the most lasts for milliseconds, as of a radio that sends.
    """

    low: float
    high: float
    most_ma: float
    pulsed: bool = False


@dataclass(frozen=True)
class Address:
    """The part's I2C address: `low`, or `high` if the pin is tied to the supply. No pin: always `low`."""

    low: int
    high: int = 0
    pin: str = ""


@dataclass(frozen=True)
class Regulator:
    """A converter. `rise`: junction over ambient per watt on a board of this size, from the data sheet."""

    input_low: float
    input_high: float  # recommended
    absolute: float  # destroyed above
    most_ma: float
    efficiency: float  # at the load that is checked, from the data sheet's curve
    rise: float
    reference: float = 0.0  # of the feedback pin; 0: set otherwise
    own_share: float = 0.7  # of the loss that is in the chip and not in its coil
    limit_c: float = 125.0
    steps_up: bool = False


@dataclass(frozen=True)
class PartType:
    """What is ordered under one number.

    prefix      of the reference: R, C, U …
    kind        what checks ask for: "resistor", "esd", "connector", "off-board" …
    value       ohms, farads, henries, or volts of stand-off; 0 if none
    prices      each, at 10, 100 and 1,000 units
    supplies    pin -> Supply
    io          the supply pin to which the levels of its lines belong; `io_volts`: their level if it makes its own
    input_high  volts above which an input is high, if not 0.7 of the supply; `tolerant`: volts that an input stands
    driver      which of the firmware's drivers speaks to it, and `lines`: "part key.pin of the line" -> its pin
    decouple    supply pin -> farads that it must have close by, the smallest capacitor included
    links       pins that carry one and the same signal: of a resistor, a buffer, a fuse
    """

    name: str
    prefix: str
    kind: str
    maker: str
    mpn: str
    footprint: str
    datasheet: str
    pins: tuple[Pin, ...]
    prices: tuple[float, float, float]
    description: str
    alternates: tuple[str, ...] = ()
    rohs: str = ROHS
    value: float = 0.0
    supplies: Mapping[str, Supply] = field(default_factory=dict)
    io: str = ""
    io_volts: float = 0.0
    input_high: float = 0.0
    tolerant: float = 0.0
    address: Address | None = None
    driver: str = ""
    lines: Mapping[str, str] = field(default_factory=dict)
    decouple: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    links: tuple[tuple[str, str], ...] = ()
    regulator: Regulator | None = None
    chip: str = ""  # of a module: the chip in it, by the firmware's name

    @property
    def single_source(self) -> bool:
        """Whether only one maker's number does."""
        return not self.alternates

    @property
    def off_board(self) -> bool:
        """Whether it hangs at a cable."""
        return self.kind == "off-board"

    def numbers(self, name: str) -> list[str]:
        """The numbers of the pins of that name, or the one of that number."""
        return [pin.number for pin in self.pins if name in (pin.name, pin.number)]


def pins(flow: Flow, text: str) -> tuple[Pin, ...]:
    """Pins of one flow from "1=VIN 4=GND"."""
    pairs = (item.split("=", 1) for item in text.split())
    return tuple(Pin(number, name, flow) for number, name in pairs)


def contacts(*names: str) -> tuple[Pin, ...]:
    """Passive pins numbered from 1."""
    return tuple(Pin(str(at), name, Flow.PASSIVE) for at, name in enumerate(names, 1))
