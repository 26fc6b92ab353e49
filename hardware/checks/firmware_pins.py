"""The firmware's board file against the circuit: each line is at a pin that the module has and that may be used so.

A change on either side alone is a problem here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from hardware.circuits.circuit import GROUND, Circuit, Placed
from hardware.parts.chips import CHIPS, Chip

NO_PINS = ("type", "id", "hz", "baud", "pull_up", "high")
# Driver -> (off-board part, pin) that its `power` line supplies, directly or through a switch.
POWERED = {"soil_capacitive": ("capacitive soil probe", "VCC"), "dendrometer": ("dendrometer 5 kΩ", "E")}
EXACT = 0.001  # of the divider's resistors


def problems(circuit: Circuit, board: Mapping[str, Any]) -> list[str]:
    """All that is wrong between the two."""
    module = the_module(circuit)
    if board["chip"] != module.type.chip:
        return [f"chip: the board file has {board['chip']}, the circuit {module.type.chip}"]
    found = list(_pins(module, CHIPS[module.type.chip], board))
    for item in _items(board):
        found += _part(circuit, module, board, item)
    return [*found, *_forgotten(circuit, module, board)]


def the_module(circuit: Circuit) -> Placed:
    """The processor."""
    (module,) = circuit.of("module")
    return module


def gpio_net(module: Placed, number: int) -> str | None:
    """The net at a GPIO; None if it is open or the module does not bring it out."""
    for pin in module.type.numbers(f"IO{number}"):
        return module.nets.get(pin)
    return None


def uses(board: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """(line, pin of the line, GPIO) of a board file."""
    for name, line in board["lines"].items():
        for key, value in line.items():
            if key not in NO_PINS:
                yield name, key, int(value)


def _pins(module: Placed, chip: Chip, board: Mapping[str, Any]) -> Iterator[str]:
    for name, key, number in uses(board):
        where = f"{name}.{key}: GPIO {number}"
        if not module.type.numbers(f"IO{number}"):
            yield f"{where} is not on {module.type.name}"
        elif gpio_net(module, number) is None:
            yield f"{where} is open in the circuit"
        for use, numbers in (("flash or PSRAM", chip.memory), ("USB", chip.usb), ("a strapping pin", chip.strapping)):
            if number in numbers:
                yield f"{where} is {use}"
        if board["lines"][name]["type"] == "adc" and number not in chip.adc1:
            yield f"{where} has no converter that works while Wi-Fi is on"


def _items(board: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from board["sensors"]
    for key in ("display", "lamp", "scanner"):
        if key in board:
            yield board[key]


def _part(circuit: Circuit, module: Placed, board: Mapping[str, Any], item: Mapping[str, Any]) -> list[str]:
    driver = str(item["driver"])
    if driver == "battery":
        return _divider(circuit, module, board, item)
    parts = [part for part in circuit.parts if part.type.driver == driver]
    if len(parts) != 1:
        return [f"{driver}: the circuit has {len(parts)} of it"]
    found = []
    for line, pin in parts[0].type.lines.items():
        key, role = line.split(".")
        net = gpio_net(module, board["lines"][item[key]][role])
        if net is None or parts[0].net(pin) not in circuit.joined(net):
            found.append(f"{driver}: {item[key]}.{role} does not reach {pin} of {parts[0].ref} ({parts[0].type.name})")
    if "power" in item:
        found += _power(circuit, module, board, item)
    return found


def _power(circuit: Circuit, module: Placed, board: Mapping[str, Any], item: Mapping[str, Any]) -> list[str]:
    name, pin = POWERED[item["driver"]]
    (part,) = [part for part in circuit.parts if part.type.name == name]
    line = gpio_net(module, board["lines"][item["power"]]["pin"])
    reached = circuit.joined(line) if line else set()
    switched = {switch.net("VOUT") for switch in circuit.of("switch") if switch.net("ON") in reached}
    if part.net(pin) in reached | switched:
        return []
    return [f"{item['driver']}: {item['power']} does not supply {pin} of {part.ref}"]


def _divider(circuit: Circuit, module: Placed, board: Mapping[str, Any], item: Mapping[str, Any]) -> list[str]:
    net = gpio_net(module, board["lines"][item["bus"]]["pin"])
    at = [part for part in circuit.of("resistor") if net in part.nets.values()]
    lower = [part.type.value for part in at if GROUND in part.nets.values()]
    upper = [part.type.value for part in at if any(circuit.rail(other) for other in part.nets.values())]
    expected = ([item["upper_ohm"]], [item["lower_ohm"]])
    if (upper, lower) != expected:
        return [f"battery: the divider is {upper} over {lower}, the board file says {expected[0]} over {expected[1]}"]
    return []


def _forgotten(circuit: Circuit, module: Placed, board: Mapping[str, Any]) -> Iterator[str]:
    """Pins that the circuit uses and the firmware does not know."""
    chip = CHIPS[module.type.chip]
    known = {f"IO{number}" for _, _, number in uses(board)} | set(circuit.spare)
    for pin in module.type.pins:
        if not pin.name.startswith("IO") or pin.number not in module.nets or pin.name in known:
            continue
        if int(pin.name[2:]) not in chip.usb | chip.strapping:
            yield f"{pin.name} is wired to {module.nets[pin.number]}, and the board file does not name it"
