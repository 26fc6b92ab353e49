"""The outline of each board, and where people decided that a part stands. Millimetres, from the upper left corner."""

from dataclasses import dataclass, field

HOLE_MM, HOLE_RING = 3.2, 3.6  # M3; radius around it that stays free for its head
INSET = 4.0  # of the corner holes from both edges
PI_HOLE_MM, PI_RING = 2.7, 2.9  # M2.5, likewise
ANTENNA_OVER = 6.75  # of a module hangs over the upper edge: its aerial, with nothing of the board under it


@dataclass(frozen=True)
class Hole:
    """A hole for a screw."""

    x: float
    y: float
    diameter: float = HOLE_MM
    ring: float = HOLE_RING


@dataclass(frozen=True)
class Fixed:
    """Where a part stands, and how it is turned (degrees against the clock, as KiCad counts)."""

    x: float
    y: float
    turn: float = 0.0


@dataclass(frozen=True)
class Layout:
    """`most`: what the enclosure takes. Edges list the connectors on them by their notes, from left or from above.

    fixed   by note or name of the part; the module's x stands in `module`
    """

    width: float
    height: float
    most: tuple[float, float]
    module: float
    bottom: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    fixed: dict[str, Fixed] = field(default_factory=dict)
    more_holes: tuple[Hole, ...] = ()

    @property
    def holes(self) -> tuple[Hole, ...]:
        """One in each corner, and the others."""
        corners = [Hole(x, y) for x in (INSET, self.width - INSET) for y in (INSET, self.height - INSET)]
        return (*corners, *self.more_holes)


USB, PI = "USB: provisioning", "Raspberry Pi"
# Raspberry Pi mechanical drawing: holes 58 × 49 mm, the header's middle between the upper two.
_HEADER = (40.0, 10.0)
_PI_HOLES = tuple(
    Hole(_HEADER[0] + dx, _HEADER[1] + dy, PI_HOLE_MM, PI_RING) for dx in (-29.0, 29.0) for dy in (0.0, 49.0)
)
_TAG = Layout(
    width=104.0,
    height=72.0,
    most=(110.0, 80.0),
    module=24.0,
    right=("air: temperature and humidity", "soil moisture", "soil temperature", "girth: dendrometer"),
    fixed={"two Energizer L91, no others": Fixed(11.0, 45.0), USB: Fixed(64.0, 3.675, 180.0)},
)
LAYOUTS = {
    "bin_node": Layout(
        width=140.0,
        height=100.0,
        most=(150.0, 105.0),
        module=70.0,
        bottom=(
            "fill: time of flight", "secure element (optional)", "fill: ultrasonic", "scanner", "load cells", "lamp",
            "e-paper", "lid",
        ),
        left=("solar panel", "battery 12 V", "battery's temperature"),
        # The scale's converter beside its plug, the converters that switch far from it.
        fixed={
            USB: Fixed(136.325, 40.0, 90.0),
            "weight": Fixed(74.0, 70.0),
            "3V3 converter": Fixed(40.0, 32.0),
            "5V converter": Fixed(40.0, 50.0),
        },
    ),
    "tree_tag": _TAG,
    "tree_tag_lora": _TAG,
    "gateway_box": Layout(
        width=150.0,
        height=112.0,
        most=(160.0, 120.0),
        module=112.0,
        fixed={
            "12 V or PoE splitter": Fixed(5.62, 84.0, 270.0),
            "5.1 V for the Raspberry Pi": Fixed(40.0, 94.0),
            "3V3 converter": Fixed(112.0, 72.0),
            USB: Fixed(146.325, 40.0, 90.0),
            # The header's middle is 24.13 mm right of and 1.27 mm above its first pin once it is turned.
            PI: Fixed(_HEADER[0] - 24.13, _HEADER[1] + 1.27, 90.0),
        },
        more_holes=_PI_HOLES,
    ),
}  # fmt: skip
