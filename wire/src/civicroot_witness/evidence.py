"""Evidence: two heads that a log signed and that do not go together, or were not shown to.

It is kept in the database, and in files that anybody can be given: evidence/NUMBER/{cosigned,refused}.note are signed
notes, about.json says what they show. What is on the disk can be made again from the database.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from civicroot_cli import files
from civicroot_wire import base64

FOLDER = "evidence"
FORK = "fork"  # one size, two roots, both signed by the log: proof against it
UNPROVED = "unproved"  # signed by the log, sent with a proof that does not hold: perhaps the sender's fault alone
MAX_FORKS, MAX_UNPROVED = 256, 32  # per log; the first ones tell all, and anybody may send what is unproved
_SAYS = {
    FORK: "The log signed two trees of one size: it shows different histories to different people.",
    UNPROVED: "The log signed both trees; whoever sent the second did not show that it grew from the first. "
    "If nobody can, the log changed its history.",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """`cosigned` and `refused` are signed notes with the log's signatures; `seen` is Unix seconds of this machine."""

    number: int
    origin: str
    kind: str
    cosigned_size: int
    cosigned: str
    refused_size: int
    refused: str
    proof: list[bytes]
    seen: int

    @property
    def says(self) -> str:
        """What it shows, for people."""
        return _SAYS[self.kind]


def write(folder: Path, found: Evidence) -> Path:
    """Put it into files durably, unless it is there; the folder of it. Raises CommandError or OSError."""
    target = folder / FOLDER / f"{found.number:04d}"
    if target.is_dir():
        return target
    unfinished = target.with_name(f".{target.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    files.create(unfinished / "cosigned.note", found.cosigned.encode())
    files.create(unfinished / "refused.note", found.refused.encode())
    files.create(unfinished / "about.json", (json.dumps(about(found), indent=1, ensure_ascii=False) + "\n").encode())
    unfinished.rename(target)
    files.sync_folder(target.parent)
    return target


def about(found: Evidence) -> dict[str, object]:
    """What about.json says."""
    return {
        "kind": found.kind,
        "says": found.says,
        "origin": found.origin,
        "cosigned_size": found.cosigned_size,
        "refused_size": found.refused_size,
        "proof": [base64.encode(item) for item in found.proof],
        "seen": found.seen,
    }
