"""The demo's one bin that runs whole: every driver, display, lamp and card reader, on models of the chips.

The others read a made-up street directly, which costs less: twenty such bins would take a core and more.
"""

from pathlib import Path

from .settings import Settings

KIND = "bin"
STAGE = "outside"  # folder: what passers-by see of it (firmware/lib/civicroot_simulator/stage.py)
PICTURE = "e-paper.pbm"
# Its street is slower than that of the others: a deposit can be claimed for 90 s, and comes every one or two minutes.
SPEED = 30.0
# What the models are calibrated to (firmware/lib/civicroot_simulator/lines.py).
CALIBRATION = (
    ("weight", "tare=84000", "scale=21000"),
    ("fill", "empty=1100", "full=150"),
    ("fill-sonic", "empty=1100", "full=150"),
    ("tilt", "x=0", "y=0", "z=1000"),
    ("temp", "offset=0"),
)


def file(firmware: Path) -> Path | None:
    """The bin's board file; None in a firmware that has none."""
    found = firmware / "boards" / "smart_bin.json"
    return found if found.is_file() else None


def picture(folder: Path) -> Path:
    """Where the picture of its e-paper lies."""
    return folder / STAGE / PICTURE


def options(board: Path, folder: Path, label: str, claim_host: str, settings: Settings) -> dict[str, object]:
    """What its configuration has beside that of the others."""
    stage = folder / STAGE
    stage.mkdir(exist_ok=True)
    return {
        "board": str(board),
        "stage": str(stage),
        "label": label,
        "claim_host": claim_host,
        "speed": min(settings.speed, SPEED),
    }
