"""How high parts stand over their board, plugged in, in mm: from the drawings of their data sheets, rounded up."""

from hardware.circuits.circuit import Placed

FLAT = 3.0  # what lies flat: resistors, capacitors, small packages; D-PAK and SMB are the highest with 2.5
BY_NAME = {
    "2 × AA": 16.5,  # Keystone 2462 with its cells
    "CR1220": 5.5,
    "MKDS 1,5/2": 14.0,  # with room for the screwdriver's end of the wire
    "USB-C": 3.5,
    "PTS645": 4.5,
    "25 F 2.7 V": 27.0,  # 16 × 25 mm, upright
    "2 × 20 socket": 3.5,  # its pins come through from below
    "Ra-01SH": 3.5,
    "U.FL": 3.0,  # mated
}
BY_KIND = {"module": 3.5, "inductor": 4.6, "power resistor": 8.0}
PLUG = 16.0  # JST XH: 9.8 mm mated, and the wires' bend above


def height(part: Placed) -> float:
    """Of a part that stands on a board."""
    if part.type.name.startswith("XH "):
        return PLUG
    return BY_NAME.get(part.type.name, BY_KIND.get(part.type.kind, FLAT))
