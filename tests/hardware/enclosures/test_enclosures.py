"""Every box is made again and passes its checks; each way of breaking one is caught by the check made for it."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hardware.enclosures.units import CASES
from tests.hardware.enclosures import stl
from tests.hardware.units import MADE
from tests.support.micropython import ROOT

CAD = ROOT / ".venv-enclosures" / "bin" / "python"
CHECKS = ("walls", "fit", "seal", "view", "printable", "strap", "aerial")
PARTS = [(name, part) for name, case in CASES.items() for part in case.parts]
DRAWN = [*PARTS, *((name, "rim") for name in CASES)]
PICTURES = [f"{name}/enclosure.svg" for name in CASES] + [f"{name}/enclosure/{part}.svg" for name, part in DRAWN]
NUMBER = re.compile(r"-?\d+\.?\d*")
Answers = dict[str, Any]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answers]:
    """All boxes made anew: their folder, and what the checks said of them and of broken ones."""
    folder = tmp_path_factory.mktemp("enclosures")
    command = [CAD, "-m", "tests.hardware.enclosures.in_cad", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", CASES)
def test_box_passes(name: str, check: str, made: tuple[Path, Answers]) -> None:
    assert made[1]["good"][name][check] == []
    assert set(made[1]["good"][name]) == set(CHECKS)


def caught(made: tuple[Path, Answers], broken: str, *texts: str) -> None:
    """The broken box has each of these faults."""
    found = made[1]["broken"][broken]
    for text in texts:
        assert any(text in fault for fault in found), found


def test_a_too_thin_wall_is_caught(made: tuple[Path, Answers]) -> None:
    caught(made, "thin_wall", "tree_tag shell: a wall is 1.19 mm thin at", "1.6 mm are needed")


def test_an_oversize_board_is_caught(made: tuple[Path, Answers]) -> None:
    caught(
        made, "oversize_board",
        "the board is 151 × 106 mm, the box takes 150 × 105 mm", "room on the right is in the shell",
        "room below is in the shell", "no boss under the board's hole",
    )  # fmt: skip


def test_an_open_mesh_is_caught(made: tuple[Path, Answers]) -> None:
    caught(made, "open_mesh", "the mesh is not closed, 3 edges are open")


def test_cells_that_touch_the_lid_are_caught(made: tuple[Path, Answers]) -> None:
    caught(made, "low_lid", "BT1 2 × AA is in the lid")


def test_a_gland_at_a_screw_is_caught(made: tuple[Path, Answers]) -> None:
    caught(made, "gland_in_pillar", "the head of lost has no room")


def test_a_filled_groove_is_caught(made: tuple[Path, Answers]) -> None:
    caught(made, "no_groove", "left at 50%: the gasket's groove is not as deep as it must be", "top at 15%")


def test_a_missing_drip_edge_is_caught(made: tuple[Path, Answers]) -> None:
    caught(made, "no_drip_edge", "bottom at 85%: the drip edge is not bevelled", "right at 15%")
    caught(made, "short_skirt", "the skirt ends 3.4 mm below the seal")


def test_a_window_that_is_too_narrow_is_caught(made: tuple[Path, Answers]) -> None:
    caught(made, "narrow_window", "the shell stands in the sensor's view")


def test_what_needs_support_is_caught(made: tuple[Path, Answers]) -> None:
    caught(made, "upside_down", "mm hang in the air")
    caught(made, "ledge", "mm hang in the air")


def test_what_no_printer_has_room_for_is_caught(made: tuple[Path, Answers]) -> None:
    caught(made, "too_large", "the bed has 250 × 210 mm")


@pytest.mark.parametrize("name", CASES)
def test_volume_bounds_and_step_header_are_made_again(name: str, made: tuple[Path, Answers]) -> None:
    again = json.loads((made[0] / name / "enclosure" / "measures.json").read_text(encoding="utf-8"))
    kept = json.loads((MADE / name / "enclosure" / "measures.json").read_text(encoding="utf-8"))
    assert set(again) == set(kept) == set(CASES[name].parts)
    for part, measure in again.items():
        assert measure["volume"] == pytest.approx(kept[part]["volume"], abs=2.0), "run `make hardware` and commit"
        assert measure["bounds"] == pytest.approx(kept[part]["bounds"], abs=0.02), "run `make hardware` and commit"
        assert measure["header"] == kept[part]["header"]
        assert made[1]["read"][name][part] == pytest.approx(kept[part]["volume"], abs=2.0), "of the STEP file"
        assert "FILE_SCHEMA" in measure["header"] and str(ROOT) not in measure["header"]


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_committed_mesh_is_closed_and_the_part(name: str, part: str, made: tuple[Path, Answers]) -> None:
    kept = json.loads((MADE / name / "enclosure" / "measures.json").read_text(encoding="utf-8"))[part]
    mesh = stl.triangles(MADE / name / "enclosure" / f"{part}.stl")
    assert stl.open_edges(mesh) == 0
    assert stl.volume(mesh) == pytest.approx(kept["volume"], rel=0.03)
    assert stl.bounds(mesh) == pytest.approx(kept["bounds"], abs=0.15)
    again = stl.triangles(made[0] / name / "enclosure" / f"{part}.stl")
    assert stl.volume(again) == pytest.approx(stl.volume(mesh), rel=1e-4), "run `make hardware` and commit"


@pytest.mark.parametrize("picture", PICTURES)
def test_picture_is_made_again(picture: str, made: tuple[Path, Answers]) -> None:
    again = (made[0] / picture).read_text(encoding="utf-8")
    kept = (MADE / picture).read_text(encoding="utf-8")
    assert NUMBER.sub("#", again) == NUMBER.sub("#", kept), "run `make hardware` and commit"
    for one, other in zip(NUMBER.findall(again), NUMBER.findall(kept), strict=True):
        assert abs(float(one) - float(other)) < 0.15, "run `make hardware` and commit"
