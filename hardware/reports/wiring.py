"""The wiring picture of a unit, drawn from its netlist: each connector of the board, contact by contact to its part."""

from dataclasses import dataclass
from html import escape

from hardware.circuits.circuit import GROUND, Circuit, Placed

ROW, HEAD, GAP = 18, 24, 22  # pixels: a contact, the name above, between two ports
BOARD_X, BOARD_WIDTH, PART_X, PART_WIDTH = 20, 250, 560, 260
WIDTH = PART_X + PART_WIDTH + 20
SIGNALS = ("#1f6fb2", "#2a8c4a", "#b26a00", "#7a3fb0", "#00838f", "#ad1457")
SUPPLY, EARTH = "#c62828", "#222222"
BOARD_PAINT, PART_PAINT = 'fill="#e5efe6" stroke="#3b6e47"', 'fill="#f4f1e8" stroke="#8a7a4a"'
STYLE = "font-family:Helvetica,Arial,sans-serif"


@dataclass(frozen=True)
class Port:
    """A connector and what hangs at it."""

    connector: Placed
    part: Placed


def ports(circuit: Circuit) -> list[Port]:
    """In the order of the circuit."""
    found = [Port(circuit[part.near], part) for part in circuit.parts if part.type.off_board and part.near]
    return [port for port in found if port.connector.type.kind in ("connector", "coax")]


def svg(circuit: Circuit) -> str:
    """The picture."""
    shown = ports(circuit)
    rows = sum(HEAD + ROW * len(port.connector.type.pins) + GAP for port in shown)
    height = rows + 70
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" style="{STYLE}" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{BOARD_X}" y="28" font-size="18" font-weight="bold">{escape(circuit.title)}: wiring</text>',
        f'<rect x="{BOARD_X}" y="44" width="{BOARD_WIDTH}" height="{rows + 4}" rx="8" {BOARD_PAINT}/>',
    ]
    y = 56
    for port in shown:
        out += _port(circuit, port, y)
        y += HEAD + ROW * len(port.connector.type.pins) + GAP
    return "\n".join([*out, "</svg>"]) + "\n"


def _port(circuit: Circuit, port: Port, top: int) -> list[str]:
    connector, part = port.connector, port.part
    height = HEAD + ROW * len(connector.type.pins)
    dashes = "" if part.fitted else ' stroke-dasharray="6 4"'
    edge = BOARD_X + BOARD_WIDTH
    out = [
        f'<text x="{BOARD_X + 12}" y="{top + 15}"><tspan font-weight="bold">{connector.ref}</tspan> '
        f"{escape(connector.note)}</text>",
        f'<rect x="{PART_X}" y="{top}" width="{PART_WIDTH}" height="{height}" rx="6" {PART_PAINT}{dashes}/>',
        f'<text x="{PART_X + 12}" y="{top + 16}" font-weight="bold">{escape(part.type.name)}</text>',
    ]
    for at, (plug, pin) in enumerate(zip(connector.type.pins, part.type.pins, strict=True)):
        net = connector.nets[plug.number]
        y = top + HEAD + ROW * at + ROW // 2
        color = _color(circuit, net, at)
        out += [
            f'<rect x="{edge - 34}" y="{y - 8}" width="34" height="16" fill="#ffffff" stroke="#555555"/>',
            f'<text x="{edge - 17}" y="{y + 5}" text-anchor="middle">{plug.number}</text>',
            f'<text x="{edge - 42}" y="{y + 5}" text-anchor="end" fill="#444444">{escape(net)}</text>',
            f'<line x1="{edge}" y1="{y}" x2="{PART_X}" y2="{y}" stroke="{color}" stroke-width="3"{dashes}/>',
            f'<circle cx="{PART_X}" cy="{y}" r="5" fill="{color}"/>',
            f'<text x="{PART_X + 14}" y="{y + 5}">{escape(pin.name)}</text>',
        ]
    return out


def _color(circuit: Circuit, net: str, at: int) -> str:
    """Black for ground, red for a supply, as electricians have it."""
    if net == GROUND:
        return EARTH
    plus = net in ("BATTERY", "PANEL", "SUPPLY_IN") or circuit.rail(net) is not None
    return SUPPLY if plus else SIGNALS[at % len(SIGNALS)]
