"""What a roll-out has to remember: its plan, and whom it told. One JSON document, replaced whole.

It says whom we are about to tell before anybody is told, so that what a device says after it is never missed.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from civicroot_cli import files
from civicroot_cli.main import CommandError

FORM = 1  # of this document
MAX_BYTES = 64 * 1024 * 1024  # some hundred thousand devices


@dataclass(slots=True)
class Told:
    """`after`: the newest number of the key `kid` before it was told, −1 if there was none.

    `index`: where its manifest is in the log; None: it is not known whether it got there.
    """

    kid: str
    after: int
    index: int | None = None


@dataclass(slots=True)
class Journal:
    """`content`: digest of what is rolled out, in hex; `over`: how many stages have ended, and ended well."""

    path: Path
    content: str
    version: str
    stages: list[list[str]]
    over: int = 0
    told: dict[str, Told] = field(default_factory=dict)

    def keep(self) -> None:
        """Write it durably. CommandError."""
        document = asdict(self) | {"form": FORM}
        del document["path"]
        files.replace(self.path, json.dumps(document, ensure_ascii=False, indent=0).encode() + b"\n")


def read(path: Path) -> Journal | None:
    """None if there is none. CommandError if it is something else."""
    if not path.exists():
        return None
    try:
        found = json.loads(files.read(path, MAX_BYTES))
        if found["form"] != FORM:
            raise CommandError(f"{path} is of another version of this program")
        told = {str(subject): Told(**item) for subject, item in found["told"].items()}
        return Journal(path, found["content"], found["version"], found["stages"], found["over"], told)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(f"{path} is no journal of a roll-out") from error


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Nobody else works with it meanwhile. CommandError."""
    try:
        # A file of its own: the journal is replaced, and the lock would stay with the one before.
        file = path.with_name(path.name + ".lock").open("a")
    except OSError as error:
        raise CommandError(f"cannot lock {path}: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(f"another roll-out is at work with {path}") from error
        yield
