"""How far a ceremony is, in `ceremony.json`: public keys and names only. So it can go on after any interruption."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from civicroot_cli import files
from civicroot_wire import base64

from civicroot_backend.ceremony.errors import PlanError
from civicroot_backend.ceremony.plan import Plan

FORMAT = "civicroot/ceremony/v1"
FILE = "ceremony.json"
ID_BYTES = 8
MAX_FILE_BYTES = 256 * 1024


@dataclass
class Journal:
    """`ceremony` names this ceremony (hex), `started` in Unix seconds; `roots` are public keys by name, as made."""

    path: Path
    ceremony: str
    digest: str
    started: int
    roots: dict[str, bytes] = field(default_factory=dict)
    backups: list[str] = field(default_factory=list)
    finished: int | None = None

    def write(self) -> None:
        """Durably."""
        document = {
            "format": FORMAT,
            "ceremony": self.ceremony,
            "plan": self.digest,
            "started": self.started,
            "roots": {name: base64.encode(public) for name, public in self.roots.items()},
            "backups": self.backups,
            "finished": self.finished,
        }
        files.replace(self.path, (json.dumps(document, indent=2) + "\n").encode())


def digest_of(plan: Plan) -> str:
    """What of a plan cannot change while its ceremony goes on: whose it is, its roots and their media."""
    roots = [[root.name, root.holder, root.medium, root.backup] for root in plan.roots]
    folders = [str(path) for path in (plan.folder, plan.desk, plan.operator, plan.release)]
    outside = [plan.outside.policy_witnesses(), plan.outside.quorum, plan.outside.policy_anchors()]
    said = [plan.realm, plan.threshold, roots, folders, outside]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def read(path: Path, plan: Plan) -> Journal | None:
    """The journal of this plan's ceremony; None if it was not begun. PlanError if it is another's."""
    if not path.exists():
        return None
    try:
        found: Any = json.loads(files.read(path, MAX_FILE_BYTES))
        if found["format"] != FORMAT:
            raise ValueError("another version")
        roots = {name: base64.decode(public) for name, public in found["roots"].items()}
        journal = Journal(
            path, found["ceremony"], found["plan"], found["started"], roots, found["backups"], found["finished"]
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PlanError(f"{path} is no journal of a ceremony: {error}") from error
    if journal.digest != digest_of(plan):
        raise PlanError(f"{path}: this ceremony was begun with another plan; go on with that one")
    return journal
