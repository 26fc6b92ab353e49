"""The three boxes, with their glands where the boards have their plugs."""

from collections.abc import Iterable, Sequence

from hardware.boards.layout import LAYOUTS
from hardware.enclosures.bought import BREATHER
from hardware.enclosures.case import M16, M25, Case, Ear, Port, Rooms, Window

INSIDE = ("fill: time of flight", "secure element (optional)")  # plugs whose cable stays in the box


def row(notes: Iterable[str], side: str, middle: float, pitch: float, and_more: Sequence[str] = ()) -> tuple[Port, ...]:
    """Glands side by side, in the order of the board's plugs."""
    names = [*(note for note in notes if note not in INSIDE), *and_more]
    first = middle - pitch * (len(names) - 1) / 2
    return tuple(Port(note, side, first + pitch * number) for number, note in enumerate(names))


_BIN, _TAG, _GATEWAY = LAYOUTS["bin_node"], LAYOUTS["tree_tag"], LAYOUTS["gateway_box"]
CASES = {
    "bin_node": Case(
        name="bin_node",
        title="Bin node",
        units=("bin_node",),
        layout=_BIN,
        rooms=Rooms(left=22.0, top=12.0, right=26.0, bottom=28.0),
        standoff=6.0,
        above=25.0,
        ports=(
            *row(_BIN.bottom, "bottom", 75.0, 26.0, (BREATHER,)),
            *row(_BIN.left, "left", 60.0, 26.0),
        ),
        ears=(Ear("left", 8.0), Ear("left", 112.0), Ear("right", 8.0), Ear("right", 112.0)),
        window=Window(x=163.0, y=75.0),
    ),
    "tree_tag": Case(
        name="tree_tag",
        title="Tree tag",
        units=("tree_tag", "tree_tag_lora"),
        layout=_TAG,
        rooms=Rooms(left=8.0, top=12.0, right=22.0, bottom=8.0),
        standoff=5.0,
        above=21.0,
        ports=row(_TAG.right, "right", 38.0, 17.6, (BREATHER,)),
        ears=(Ear("top", 62.0, 40.0, 17.0, 6.0, True), Ear("bottom", 62.0, 40.0, 17.0, 6.0, True)),
        polyamide=((4.0, 4.0),),
        parts=("shell", "lid", "strap", "ladder", "saddle"),
    ),
    "gateway_box": Case(
        name="gateway_box",
        title="Gateway box",
        units=("gateway_box",),
        layout=_GATEWAY,
        rooms=Rooms(left=20.0, top=12.0, right=20.0, bottom=12.0),
        standoff=30.0,
        above=35.0,
        ports=(
            Port("12 V or PoE splitter", "left", 84.0, M16),
            Port("network", "right", 86.0, M25),
            Port(BREATHER, "left", 30.0),
        ),
        ears=(Ear("top", 20.0), Ear("top", 130.0), Ear("bottom", 20.0), Ear("bottom", 130.0)),
        computer=True,
    ),
}  # fmt: skip
