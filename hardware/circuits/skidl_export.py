"""The only place that knows skidl: electrical rules, and the netlist for KiCad. Runs in `.venv-hardware` alone.

skidl writes logs into the folder that it is called in: call it in one that nobody keeps. What it writes of dates and of
lines of this program is taken out, so that one circuit always gives the same bytes; `tag` keeps the identifiers.
"""

import re

import skidl

from hardware.circuits.circuit import GROUND, Circuit, Placed
from hardware.parts.part import Flow, PartType

_FLOWS = {
    Flow.SUPPLY: skidl.Pin.types.PWRIN,
    Flow.SOURCE: skidl.Pin.types.PWROUT,
    Flow.IN: skidl.Pin.types.INPUT,
    Flow.OUT: skidl.Pin.types.OUTPUT,
    Flow.BOTH: skidl.Pin.types.BIDIR,
    Flow.OPEN: skidl.Pin.types.OPENCOLL,
    Flow.PASSIVE: skidl.Pin.types.PASSIVE,
    Flow.FREE: skidl.Pin.types.NOCONNECT,
}
_DATE = re.compile(r'\(date "[^"]*"\)')
_SOURCE = re.compile(r'\(source "[^"]*"\)')
_LINE = re.compile(r'\n\s*\(field\s+\(name "SKiDL Line"\) "[^"]*"\)')


def problems(circuit: Circuit) -> int:
    """Errors and warnings of skidl's electrical rules, which it prints. Parts at cables count."""
    made = _made(circuit, circuit.parts)
    skidl.erc_logger.error.reset()
    skidl.erc_logger.warning.reset()
    made.ERC()
    return int(skidl.erc_logger.error.count + skidl.erc_logger.warning.count)


def netlist(circuit: Circuit) -> str:
    """The netlist in KiCad's format, of what stands on the board."""
    made = _made(circuit, [part for part in circuit.parts if not part.type.off_board])
    text = str(made.generate_netlist(tool=skidl.KICAD6, file_=f"{circuit.name}.net"))
    for pattern, stable in ((_DATE, '(date "")'), (_SOURCE, f'(source "{circuit.name}")'), (_LINE, "")):
        text = pattern.sub(stable, text)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _made(circuit: Circuit, parts: list[Placed]) -> skidl.Circuit:
    made = skidl.Circuit(name=circuit.name)
    nets: dict[str, skidl.Net] = {}
    for part in parts:
        added = _part(part.type)(ref=part.ref, tag=part.ref, circuit=made, value=part.type.name)
        for name, text in _fields(part).items():
            added.fields[name] = text
        for pin in part.type.pins:
            if pin.number in part.nets:
                name = part.nets[pin.number]
                if name not in nets:
                    nets[name] = skidl.Net(name, circuit=made)
                nets[name].connect(added[pin.number])
            else:
                made.NC.connect(added[pin.number])
    for name in (GROUND, *(rail.net for rail in circuit.rails)):
        if name in nets:
            nets[name].drive = skidl.POWER
    return made


def _part(part: PartType) -> skidl.Part:
    """A template; numbers that repeat a name stay apart by number."""
    return skidl.Part(
        name=part.name,
        tool=skidl.SKIDL,
        dest=skidl.TEMPLATE,
        ref_prefix=part.prefix,
        footprint=part.footprint,
        pins=[skidl.Pin(num=pin.number, name=pin.name, func=_FLOWS[pin.flow]) for pin in part.pins],
    )


def _fields(part: Placed) -> dict[str, str]:
    """What a buyer and a soldering robot must know."""
    found = {
        "Manufacturer": part.type.maker,
        "MPN": part.type.mpn,
        "Datasheet": part.type.datasheet,
        "Alternates": "; ".join(part.type.alternates),
    }
    if not part.fitted:
        found["DNP"] = "1"
    return found
