"""`.venv-enclosures/bin/python -m hardware.enclosures FOLDER`: STEP, STL, pictures of each box; all checks run."""

import sys
from pathlib import Path

from hardware.enclosures import bought, files, picture, scene
from hardware.enclosures.checks.every import CHECKS
from hardware.enclosures.made import Made, make
from hardware.enclosures.units import CASES


def main(folder: Path) -> int:
    """1 if anything is wrong."""
    wrong = 0
    for name, case in CASES.items():
        made = make(case)
        save(made, folder / name)
        found = [problem for check in CHECKS.values() for problem in check(made)]
        for problem in found:
            print(problem)
        wrong += len(found)
        print(f"{name}: {len(made.parts)} printed parts, {len(found)} problems")
    return min(wrong, 1)


def save(made: Made, unit: Path) -> None:
    """The files of a box: `enclosure/` for the printer, the picture beside the board's."""
    folder = unit / "enclosure"
    folder.mkdir(parents=True, exist_ok=True)
    files.write(made, folder)
    title = f"{made.case.title}: enclosure"
    (unit / "enclosure.svg").write_text(picture.exploded(title, scene.layers(made)), encoding="utf-8")
    (folder / "bought.csv").write_text(bought.text(made.case), encoding="utf-8")
    (folder / "rim.svg").write_text(scene.rim(made), encoding="utf-8")
    for name, solid in made.printed.items():
        drawn = picture.drawing(f"{made.case.title}: {name}", solid, elevations=name != "lid")
        (folder / f"{name}.svg").write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
