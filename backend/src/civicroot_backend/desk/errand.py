"""Errands: what the desk was asked to do with a device, kept until all of it is logged.

An errand may take several statements (enrol the new key, withdraw the old one), and the city may be out of reach
before, between or after them. So it is written down first, in `registrar.queue` beside the register, and one that was
begun remembers what it found: the same command, or `civicroot device resume`, goes on where it stopped, and nothing is
said twice.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from civicroot_cli import files
from civicroot_wire import keys

from civicroot_backend.desk.errors import RegisterError

SUFFIX = ".queue"
FORMAT = "civicroot/errands/v1"
MAX_FILE_BYTES = 16 << 20  # some ten thousand errands
MOVE, REPLACE, RETIRE, ROTATE = "move", "replace", "retire", "rotate-key"
VERBS = (MOVE, REPLACE, RETIRE, ROTATE)


@dataclass(frozen=True)
class Errand:
    """What is to be done with the key `kid` (hex) of `subject`.

    `request`: of the key that is to be enrolled, as text values (enrolment_request.from_mapping); empty for `retire`,
    and for a move that keeps the key's own request. `place`: what a move changes. `begun`: the log index of the key's
    enrolment when the errand was begun; None before.
    """

    verb: str
    kid: str
    subject: str
    request: Mapping[str, Any] = field(default_factory=dict)
    place: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    last_seq: int | None = None
    begun: int | None = None

    def same(self, other: "Errand") -> bool:
        """Whether the same is asked for."""
        return replace(self, begun=None) == replace(other, begun=None)

    def says(self) -> str:
        """For people."""
        return f"{self.verb} {self.subject} ({self.kid})"


class Queue:
    """The errands of one desk. Every change is durable when its method returns; the register's lock is held."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._errands = _read(path)

    def errands(self) -> list[Errand]:
        """Those that wait, oldest first."""
        return list(self._errands)

    def add(self, errand: Errand) -> None:
        """Another one."""
        self._write([*self._errands, errand])

    def begin(self, errand: Errand, found: int) -> Errand:
        """Remember what the errand found."""
        begun = replace(errand, begun=found)
        self._write([begun if one is errand else one for one in self._errands])
        return begun

    def drop(self, errand: Errand) -> None:
        """It is done, or refused for good."""
        self._write([one for one in self._errands if one is not errand])

    def _write(self, errands: list[Errand]) -> None:
        if errands:
            document = {"format": FORMAT, "errands": [asdict(one) for one in errands]}
            files.replace(self.path, (json.dumps(document, indent=2) + "\n").encode())
        elif self.path.exists():
            self.path.unlink()
            files.sync_folder(self.path.parent)
        self._errands = errands


def path_of(key_file: Path) -> Path:
    """Where the queue of a registrar's key lies: registrar.queue beside registrar.key."""
    return key_file.with_suffix(SUFFIX)


def _read(path: Path) -> list[Errand]:
    if not path.exists():
        return []
    try:
        document = json.loads(files.read(path, MAX_FILE_BYTES))
        if document["format"] != FORMAT:
            raise ValueError("it is of another version")
        found = [Errand(**row) for row in document["errands"]]
        if any(one.verb not in VERBS or len(bytes.fromhex(one.kid)) != keys.KID_BYTES for one in found):
            raise ValueError("it has errands of another version")
    except (ValueError, KeyError, TypeError) as error:
        raise RegisterError(f"{path} is no queue of errands: {error}") from error
    return found
