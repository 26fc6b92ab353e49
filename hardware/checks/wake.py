"""What wakes the chip from deep sleep is at a pin that its low-power part looks at."""

from hardware.checks.firmware_pins import the_module
from hardware.circuits.circuit import Circuit
from hardware.parts.chips import CHIPS


def motion_gpio(circuit: Circuit) -> int | None:
    """The GPIO at the accelerometer's interrupt: `motion` of a tag's configuration."""
    module = the_module(circuit)
    for part in circuit.parts:
        if part.type.driver == "lis3dh" and any("INT1" in part.names_on(net) for net in part.nets.values()):
            names = [name for name in module.names_on(part.net("INT1")) if name.startswith("IO")]
            return int(names[0][2:]) if names else None
    return None


def problems(circuit: Circuit) -> list[str]:
    """Of a tag: no interrupt, or one at the wrong pin."""
    number = motion_gpio(circuit)
    if number is None:
        return ["nothing wakes the chip when it is moved"]
    if number not in CHIPS[the_module(circuit).type.chip].rtc:
        return [f"GPIO {number} does not wake a {the_module(circuit).type.chip} from deep sleep"]
    return []
