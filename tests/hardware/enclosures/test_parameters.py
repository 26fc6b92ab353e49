"""What the boxes' data says, without a solid: every plug has its gland, no metal at aerials, the strap grows."""

from dataclasses import replace

import pytest

from hardware.boards.layout import LAYOUTS
from hardware.circuits.units import UNITS
from hardware.enclosures import bought, growth
from hardware.enclosures.checks import aerial
from hardware.enclosures.contents import Thing, aerials, board, parts
from hardware.enclosures.fits import INSERT_DEEP
from hardware.enclosures.growth import STRAP, TREE
from hardware.enclosures.heights import BY_KIND, BY_NAME, height
from hardware.enclosures.units import BREATHER, CASES, INSIDE
from tests.hardware.units import MADE, unit


def test_every_unit_has_a_box_made_for_its_board() -> None:
    assert sorted(name for case in CASES.values() for name in case.units) == sorted(UNITS)
    for case in CASES.values():
        assert all(LAYOUTS[name] == case.layout for name in case.units)


@pytest.mark.parametrize("name", CASES)
def test_every_plug_at_an_edge_has_a_gland(name: str) -> None:
    case = CASES[name]
    layout = case.layout
    plugs = {*layout.left, *layout.right, *layout.bottom, *(note for note in layout.fixed if "PoE" in note)}
    assert plugs - set(INSIDE) <= {port.note for port in case.ports}
    assert BREATHER in {port.note for port in case.ports}


@pytest.mark.parametrize("name", CASES)
def test_no_metal_is_near_an_aerial(name: str) -> None:
    assert aerial.problems(CASES[name]) == []
    for each in CASES[name].units:
        assert len(list(aerials(CASES[name], each))) == 1
        assert len(list(aerial.metal(CASES[name], each))) > 8


def test_a_steel_screw_beside_the_aerial_is_caught() -> None:
    found = aerial.problems(replace(CASES["tree_tag"], polyamide=()))
    assert found and all("board's screw at 4, 4" in fault and "not 15 mm" in fault for fault in found)


def test_a_moved_module_beside_steel_is_caught() -> None:
    case = CASES["bin_node"]
    (there,) = aerials(case, "bin_node")
    screw = Thing("screw", (there.high[0] + 3.0, 4.0, 10.0), (there.high[0] + 8.0, 9.0, 20.0), True)
    assert screw.distance(there) == pytest.approx(3.0)


@pytest.mark.parametrize("name", CASES)
def test_screws_fit_their_holes_and_the_list_is_made_again(name: str) -> None:
    case = CASES[name]
    assert 5.7 <= bought.lid_screw_grips(case) <= INSERT_DEEP  # the insert's length
    assert 5.0 <= bought.board_screw_grips() <= case.pilot_deep
    assert len(case.bosses) == 4
    kept = (MADE / name / "enclosure" / "bought.csv").read_text(encoding="utf-8")
    assert bought.text(case) == kept, "run `make hardware` and commit"


def test_heights_name_parts_that_there_are() -> None:
    placed = [part for name in UNITS for part in unit(name).parts if not part.type.off_board]
    assert set(BY_NAME) <= {part.type.name for part in placed}
    assert set(BY_KIND) <= {part.type.kind for part in placed}
    assert max(height(part) for part in placed) == BY_NAME["25 F 2.7 V"]


def test_parts_stand_on_their_board() -> None:
    case = CASES["gateway_box"]
    for thing in parts(case, "gateway_box"):
        assert thing.low[2] == board(case).high[2]


def test_the_strap_grows_with_the_trunk_and_does_not_press() -> None:
    assert growth.problems(STRAP, TREE) == []
    assert growth.allowance(STRAP) > growth.needed(TREE) > 90
    assert growth.pressure(STRAP, TREE) < TREE.bark


def test_a_strap_that_gives_nothing_or_presses_or_slips_is_caught() -> None:
    (fault,) = growth.problems(replace(STRAP, swing=35.0), TREE)
    assert "gives 62 mm, the tree grows 94 mm in girth" in fault
    assert "presses the bark" in growth.problems(replace(STRAP, modulus=(20.0, 160.0)), TREE)[0]
    assert "holds" in growth.problems(replace(STRAP, modulus=(10.0, 80.0)), TREE)[0]


def test_a_leg_bends_as_a_beam_does() -> None:
    """By hand: 10 mm on 20 legs of 20 × 3 × 3 mm and 40 N/mm²: 0.5 mm · 12 · 40 · 6.75 / 8000."""
    strap = replace(STRAP, legs=20, wide=23.5)
    assert growth.force(strap, 10.0, 40.0) == pytest.approx(0.2025)


def test_there_are_pieces_for_every_trunk() -> None:
    for diameter in range(int(TREE.smallest), 1200):
        links, ladders = growth.pieces(STRAP, diameter * 3.1416)
        assert links >= 1 and ladders >= 1, diameter
    assert growth.pieces(STRAP, 200.0) == (0, 0)
    shown = {150: (1, 1), 200: (1, 1), 250: (1, 2), 300: (2, 1), 400: (3, 1), 600: (4, 2)}
    assert {diameter: growth.pieces(STRAP, diameter * 3.1416) for diameter in shown} == shown
