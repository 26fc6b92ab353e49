"""What a box is, as data. Frame: x as the board's, y upwards (the board's upper edge is y = 0), z from the bed."""

from dataclasses import dataclass, field

from hardware.boards.layout import HOLE_MM, Hole, Layout
from hardware.enclosures.fits import BOARD, CLEAR, LEAST_WALL, PILLAR_OUT, PILOT_DEEP, PLATE, PRESSED, SKIRT, SKIRT_ENDS


@dataclass(frozen=True)
class Gland:
    """A cable gland of polyamide, or a breather, by its thread (EN 62444)."""

    thread: str
    hole: float
    head: float  # diameter of head and nut, with room for a spanner
    inside: float  # how far it comes in


M12 = Gland("M12", 12.4, 17.4, 12.0)  # spanner 15; cables of 3 to 6.5 mm
M16 = Gland("M16", 16.4, 24.0, 13.0)  # 4 to 10 mm
M25 = Gland("M25", 25.4, 36.0, 15.0)  # with a slit insert: a network cable goes through with its plug


@dataclass(frozen=True)
class Port:
    """A gland in a wall: `at` is its board x (top, bottom) or board y (left, right)."""

    note: str
    side: str
    at: float
    gland: Gland = M12


@dataclass(frozen=True)
class Window:
    """A clear disc in the floor, glued in from inside, and a cradle for the sensor that looks down through it.

    Pololu 3415: 12.7 × 17.8 mm, the VL53L1X in the middle stands out by 1 mm; 27° by its data sheet (DocID031281),
    emitter and receiver 4.9 mm from end to end.
    """

    x: float
    y: float  # the board's
    hole: float = 9.0
    disc: float = 14.4
    seat: float = 1.4  # how deep the disc lies in the floor
    disc_high: float = 2.0
    over: float = 0.4  # of the sensor above the disc
    module: tuple[float, float] = (13.4, 18.4)
    chip_high: float = 1.0
    view_degrees: float = 27.0
    half_width: float = 2.45
    margin: float = 1.0  # around the view, in the window


@dataclass(frozen=True)
class Rooms:
    """For plugs, cables and the aerial's air, beyond the largest board."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Ear:
    """A plate at a wall's foot: with a hole for a screw, or (`strap`) a slot for the strap."""

    side: str
    at: float  # as of a Port
    wide: float = 24.0
    out: float = 16.0
    thick: float = 4.0
    strap: bool = False

    @property
    def hole_out(self) -> float:
        """How far the middle of hole or slot is from the wall: of a slot so that 5 mm carry the strap."""
        return self.out - 8.0 if self.strap else self.out / 2 + 1.0


@dataclass(frozen=True)
class Case:
    """A box. `units`: whose boards it takes. `polyamide`: screws that must not be of metal, by board x and y."""

    name: str
    title: str
    units: tuple[str, ...]
    layout: Layout
    rooms: Rooms
    standoff: float  # board's underside over the floor
    above: float  # free over the board's upper side
    ports: tuple[Port, ...]
    ears: tuple[Ear, ...]
    window: Window | None = None
    polyamide: tuple[tuple[float, float], ...] = ()
    computer: bool = False  # a Raspberry Pi hangs under the board
    wall: float = 3.0
    floor: float = 3.0
    corner: float = 6.0
    skirt: float = SKIRT
    parts: tuple[str, ...] = field(default=("shell", "lid"))

    @property
    def inside(self) -> tuple[float, float, float, float]:
        """Left, lower, right and upper side of the room inside."""
        wide, high = self.layout.most
        rooms = self.rooms
        return (-rooms.left - CLEAR, -high - rooms.bottom - CLEAR, wide + rooms.right + CLEAR, rooms.top + CLEAR)

    @property
    def outside(self) -> tuple[float, float, float, float]:
        """Likewise of the walls."""
        left, low, right, high = self.inside
        return left - self.wall, low - self.wall, right + self.wall, high + self.wall

    @property
    def board_z(self) -> float:
        """Of the board's upper side."""
        return self.floor + self.standoff + BOARD

    @property
    def rim(self) -> float:
        """Height of the shell."""
        return self.board_z + self.above

    @property
    def touch(self) -> float:
        """Height at which lid and shell touch at the screws."""
        return self.rim - self.skirt

    @property
    def groove_z(self) -> float:
        """Height of the lid's groove's ground, on which the gasket lies."""
        return self.rim + PRESSED

    @property
    def top(self) -> float:
        """Height of the closed box; the bed is there when the lid is printed, turned over."""
        return self.groove_z + PLATE

    @property
    def skirt_end(self) -> float:
        """Height of the skirt's lower edge."""
        return self.touch + SKIRT_ENDS

    @property
    def port_z(self) -> float:
        """Height of the glands: in the middle between floor and skirt."""
        return (self.floor + self.touch) / 2

    @property
    def pillars(self) -> tuple[tuple[float, float], ...]:
        """The lid's screws."""
        left, low, right, high = self.outside
        out = PILLAR_OUT
        return tuple((x, y) for x in (left - out, right + out) for y in (low - out, high + out))

    def at_side(self, side: str, at: float) -> tuple[float, float, float]:
        """A place on the wall's outer face, and the turn that brings +y outwards there."""
        left, low, right, high = self.outside
        places = {
            "top": (at, high, 0.0),
            "bottom": (at, low, 180.0),
            "left": (left, -at, 90.0),
            "right": (right, -at, -90.0),
        }
        return places[side]

    @property
    def bosses(self) -> tuple[Hole, ...]:
        """The board's screws that go into the shell; those of a Raspberry Pi do not."""
        return tuple(hole for hole in self.layout.holes if hole.diameter == HOLE_MM)

    @property
    def pilot_deep(self) -> float:
        """How deep the bosses' holes are."""
        return min(PILOT_DEEP, self.standoff + self.floor - LEAST_WALL)
