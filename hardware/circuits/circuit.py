"""A circuit: parts with a net at each pin. Pure data; skidl_export.py hands it to skidl, checks/ looks at it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from hardware.parts.part import Flow, PartType

GROUND = "GND"


class CircuitError(Exception):
    """A circuit that cannot be: an unknown pin, a pin that nobody connected."""


@dataclass(frozen=True)
class Rail:
    """A supply net: its voltages, and what makes it. `budget_ma`: what that part or its fuse may give.

    `fed_by`: the rail that its converter or switch takes from, "" for one from outside.
    """

    net: str
    low: float
    typical: float
    high: float
    source: str  # reference of the converter or switch, or what stands outside
    budget_ma: float
    fed_by: str = ""


@dataclass(frozen=True)
class Placed:
    """A part in a circuit. `nets`: number of the pin -> net. `near`: the part that it must stand close to."""

    ref: str
    type: PartType
    nets: Mapping[str, str]
    near: str = ""
    note: str = ""
    fitted: bool = True

    def net(self, name: str) -> str:
        """The net at the pin of that name. Raises CircuitError."""
        for number in self.type.numbers(name):
            if number in self.nets:
                return self.nets[number]
        raise CircuitError(f"{self.ref} ({self.type.name}) has nothing at {name}")

    def names_on(self, net: str) -> list[str]:
        """Names of its pins on that net."""
        return [pin.name for pin in self.type.pins if self.nets.get(pin.number) == net]


@dataclass
class Circuit:
    """`name` of the folder, `title` for people, `board`: name of the firmware's board file, or ""."""

    name: str
    title: str
    rails: tuple[Rail, ...]
    board: str = ""
    spare: Mapping[str, str] = field(default_factory=dict)  # module's pin -> why no board file names it
    modes: Mapping[str, Mapping[str, float]] = field(
        default_factory=dict
    )  # name -> reference -> mA at most; else all on
    parts: list[Placed] = field(default_factory=list)
    _counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(
        self,
        part: PartType,
        nets: Mapping[str, str],
        near: str = "",
        note: str = "",
        unused: str = "",
        fitted: bool = True,
    ) -> str:
        """Put a part in: `nets` by name or number of pin, `unused` pins stay open. Its reference; CircuitError."""
        self._counts[part.prefix] += 1
        ref = f"{part.prefix}{self._counts[part.prefix]}"
        found: dict[str, str] = {}
        for name, net in nets.items():
            numbers = part.numbers(name)
            if not numbers:
                raise CircuitError(f"{ref} ({part.name}) has no pin {name}")
            found.update(dict.fromkeys(numbers, net))
        open_pins = {number for name in unused.split() for number in part.numbers(name)}
        for pin in part.pins:
            if pin.number not in found and pin.number not in open_pins and pin.flow != Flow.FREE:
                raise CircuitError(f"{ref} ({part.name}): pin {pin.number} {pin.name} has no net and is not unused")
        self.parts.append(Placed(ref, part, found, near, note, fitted))
        return ref

    def __getitem__(self, ref: str) -> Placed:
        for part in self.parts:
            if part.ref == ref:
                return part
        raise CircuitError(f"{self.name} has no {ref}")

    def of(self, kind: str) -> list[Placed]:
        """The parts of a kind."""
        return [part for part in self.parts if part.type.kind == kind]

    def nets(self) -> dict[str, list[tuple[str, str]]]:
        """Net -> (reference, number of pin), in the order of the parts."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for part in self.parts:
            for number, net in part.nets.items():
                found[net].append((part.ref, number))
        return dict(found)

    def on(self, net: str) -> Iterator[Placed]:
        """The parts with a pin on a net."""
        return (part for part in self.parts if net in part.nets.values())

    def rail(self, net: str) -> Rail | None:
        """The supply net of that name."""
        return next((rail for rail in self.rails if rail.net == net), None)

    def joined(self, net: str, most_ohm: float = 470_000.0, buffers: bool = True) -> set[str]:
        """The nets that carry the same signal: through resistors up to `most_ohm`, fuses and (if so) buffers."""
        found, waiting = {net}, [net]
        while waiting:
            here = waiting.pop()
            for part in self.on(here):
                if part.type.kind == "resistor" and part.type.value > most_ohm:
                    continue
                if part.type.kind == "buffer" and not buffers:
                    continue
                for one, other in part.type.links:
                    ends = {part.net(one), part.net(other)}
                    if here in ends:
                        for end in ends - found - {GROUND} - {rail.net for rail in self.rails}:
                            found.add(end)
                            waiting.append(end)
        return found

    # What broken-on-purpose tests and variants do: each gives a changed copy.

    def without(self, ref: str) -> "Circuit":
        """The circuit with a part left out."""
        return replace(self, parts=[part for part in self.parts if part.ref != ref])

    def rewired(self, ref: str, pin: str, net: str) -> "Circuit":
        """The circuit with a pin on another net."""
        changed = {**self[ref].nets, **dict.fromkeys(self[ref].type.numbers(pin), net)}
        return replace(self, parts=[replace(p, nets=changed) if p.ref == ref else p for p in self.parts])

    def swapped(self, ref: str, part: PartType) -> "Circuit":
        """The circuit with another type in a part's place."""
        return replace(self, parts=[replace(p, type=part) if p.ref == ref else p for p in self.parts])
