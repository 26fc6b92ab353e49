"""What the boxes' data says, without a solid: every plug has its gland, no metal at aerials, the strap grows."""

from dataclasses import replace

import pytest

from hardware.boards.layout import LAYOUTS
from hardware.circuits.units import UNITS
from hardware.enclosures import growth
from hardware.enclosures.checks import aerial
from hardware.enclosures.contents import Thing, aerials, board, parts
from hardware.enclosures.growth import STRAP, TREE
from hardware.enclosures.heights import BY_KIND, BY_NAME, height
from hardware.enclosures.units import BREATHER, CASES, INSIDE
from tests.hardware.units import unit


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


def test_a_strap_that_gives_nothing_is_caught() -> None:
    (fault,) = growth.problems(replace(STRAP, legs=6), TREE)
    assert "gives" in fault and "grows 94 mm in girth" in fault
    assert "presses the bark" in growth.problems(STRAP, replace(TREE, bark=500.0))[0]
    assert "holds" in growth.problems(STRAP, replace(TREE, weight=20.0))[0]


def test_softer_and_harder_straps_still_follow() -> None:
    hard = replace(STRAP, modulus=STRAP.modulus * 1.9)
    assert growth.allowance(hard) == pytest.approx(growth.allowance(STRAP) / 1.9)
    soft = replace(STRAP, modulus=STRAP.modulus / 10)
    swung = STRAP.legs * (STRAP.wide - STRAP.joint) * 0.7072
    assert growth.stretch(soft, 10.0) == pytest.approx(swung, rel=0.01)


def test_links_for_a_trunk() -> None:
    assert growth.links(STRAP, 471.0) == 2
    assert growth.links(STRAP, 1885.0) >= growth.links(STRAP, 943.0) > 2
