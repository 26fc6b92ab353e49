"""The pin table of a unit, and the board file of one that the firmware has none for."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from hardware.checks.firmware_pins import the_module, uses
from hardware.checks.wake import motion_gpio
from hardware.circuits.circuit import Circuit
from hardware.circuits.tree_tag import C6, LORA
from hardware.parts.chips import CHIPS

HEADER = ("GPIO", "pin of the module", "net", "reaches", "line of the board file", "may also")


def table(circuit: Circuit, board: Mapping[str, Any] | None) -> str:
    """CSV: each pin of the module that is used, with all that it reaches."""
    module = the_module(circuit)
    names = {number: f"{name}.{key}" for name, key, number in uses(board)} if board else {}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for pin in sorted(module.type.pins, key=lambda pin: int(pin.number)):
        if not pin.name.startswith("IO") or pin.number not in module.nets:
            continue
        number, net = int(pin.name[2:]), module.nets[pin.number]
        writer.writerow(
            (number, pin.number, net, _reached(circuit, net), names.get(number, ""), _also(circuit, number))
        )
    return out.getvalue()


def _reached(circuit: Circuit, net: str) -> str:
    found = []
    for here in sorted(circuit.joined(net)):
        for part in circuit.on(here):
            if part.type.kind not in ("module", "resistor", "capacitor", "esd", "connector", "test point"):
                found += [f"{part.ref} {part.type.name} {name}" for name in part.names_on(here)]
    return "; ".join(dict.fromkeys(found))


def _also(circuit: Circuit, number: int) -> str:
    chip = CHIPS[the_module(circuit).type.chip]
    sets = (
        ("ADC1", chip.adc1),
        ("wake", chip.rtc),
        ("USB", chip.usb),
        ("strap", chip.strapping),
        ("UART0", chip.console),
    )
    return " ".join(name for name, numbers in sets if number in numbers)


def lora_board_file(known: Mapping[str, Any]) -> str:
    """The board file of the tag with LoRa: the parts of the tag that the firmware has a file for, at a C6's pins."""
    at = C6
    pins = {
        "i2c": {"scl": at.scl, "sda": at.sda},
        "probe": {"pin": at.probe},
        "probe-power": {"pin": at.probe_power},
        "supply": {"pin": at.supply},
        "ground": {"pin": at.ground},
        "band-power": {"pin": at.band_power},
    }
    lines = {name: {**line, **pins[name]} for name, line in known["lines"].items()}
    fields = {**known, "name": "tree-tag-lora", "chip": at.module.chip, "lines": lines}
    return json.dumps(fields, indent=2, ensure_ascii=False) + "\n"


def lora_radio(circuit: Circuit) -> str:
    """The part of the tag's configuration that names pins."""
    fields = {"wiring": {"spi": 1, **LORA}, "motion": motion_gpio(circuit)}
    return json.dumps(fields, indent=2) + "\n"
