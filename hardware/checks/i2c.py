"""I2C: every address once on a bus and as the firmware has it; pull-ups that are strong enough and not too strong."""

from collections.abc import Iterator, Mapping
from typing import Any

from hardware.circuits.circuit import Circuit, Placed

SINK_MA = 3.0  # UM10204, table 10: what a chip can hold low
RISE_S = 300e-9  # UM10204, table 10: at 400 kHz
RISE_FACTOR = 0.8473  # UM10204, §7.1: from 0.3 to 0.7 of the supply
CHIP_F, CABLE_F, TRACE_F, GUARD_F = 10e-12, 30e-12, 15e-12, 35e-12  # a pin, 0.3 m of cable, the board, an arrester
HOST_OHM = {"Raspberry Pi 4B, 2 GB": 1_800.0}  # pull-ups that a part brings along


def address(circuit: Circuit, part: Placed) -> int:
    """The address that the circuit gives a part."""
    own = part.type.address
    assert own is not None
    if not own.pin:
        return own.low
    return own.high if circuit.rail(part.net(own.pin)) else own.low


def buses(circuit: Circuit) -> dict[str, list[Placed]]:
    """Net of SCL -> the parts with an address on it."""
    found: dict[str, list[Placed]] = {}
    for part in circuit.parts:
        if part.type.address is not None:
            found.setdefault(min(circuit.joined(part.net("SCL"))), []).append(part)
    return found


def problems(circuit: Circuit, board: Mapping[str, Any] | None = None) -> list[str]:
    """All that is wrong with the circuit's buses."""
    found = []
    for clock, parts in buses(circuit).items():
        taken: dict[int, str] = {}
        for part in parts:
            at = address(circuit, part)
            if at in taken:
                found.append(f"address 0x{at:02x} is that of {taken[at]} and of {part.ref} ({part.type.name})")
            taken[at] = f"{part.ref} ({part.type.name})"
        for net in (clock, parts[0].net("SDA")):
            found += _pull_ups(circuit, net, parts)
    return [*found, *(_firmware(circuit, board) if board else ())]


def pull_up_ohm(circuit: Circuit, net: str) -> float:
    """All pull-ups of a net in parallel; infinite without one."""
    siemens = sum(1 / ohm for ohm in _ohms(circuit, net))
    return 1 / siemens if siemens else float("inf")


def farads(circuit: Circuit, net: str) -> float:
    """What the pull-up has to charge."""
    pins = [part for part in circuit.on(net) if part.type.kind not in ("resistor", "connector", "esd")]
    guards = [part for part in circuit.on(net) if part.type.kind == "esd"]
    cables = [part for part in pins if part.type.off_board]
    return TRACE_F + CHIP_F * len(pins) + CABLE_F * len(cables) + GUARD_F * len(guards)


def _ohms(circuit: Circuit, net: str) -> Iterator[float]:
    for part in circuit.on(net):
        if part.type.kind == "resistor" and any(circuit.rail(other) for other in part.nets.values()):
            yield part.type.value
        if part.type.name in HOST_OHM:
            yield HOST_OHM[part.type.name]


def _pull_ups(circuit: Circuit, net: str, parts: list[Placed]) -> Iterator[str]:
    ohm = pull_up_ohm(circuit, net)
    if ohm == float("inf"):
        yield f"{net} has no pull-up"
        return
    rise = RISE_FACTOR * ohm * farads(circuit, net)
    if rise > RISE_S:
        yield f"{net} rises in {rise * 1e9:.0f} ns: its pull-up of {ohm:g} Ω is too weak for 400 kHz"
    if 3.43 / ohm * 1000 > SINK_MA:
        yield f"{net}: its pull-up of {ohm:g} Ω asks for more than {SINK_MA:g} mA"
    rails = {other for part in circuit.on(net) if part.type.kind == "resistor" for other in part.nets.values()}
    high = max((rail.high for rail in circuit.rails if rail.net in rails), default=0.0)
    for part in parts:
        supply = circuit.rail(part.net(part.type.io)) if part.type.io else None
        if supply and high > supply.high + 0.3:
            yield f"{net} is pulled above the supply of {part.ref} ({part.type.name})"


def _firmware(circuit: Circuit, board: Mapping[str, Any]) -> Iterator[str]:
    for item in board["sensors"]:
        for part in circuit.parts:
            if part.type.driver == item["driver"] and part.type.address is not None:
                wanted = item.get("address", part.type.address.low)
                if wanted != address(circuit, part):
                    yield (
                        f"{item['driver']}: the circuit gives address 0x{address(circuit, part):02x}, "
                        f"the board file 0x{wanted:02x}"
                    )
