"""What a witness says about itself on its own machine, running or not."""

from dataclasses import dataclass
from pathlib import Path

from civicroot_cli.main import printable
from civicroot_wire import base64, note
from civicroot_wire.note import VerifierKey

from . import config, evidence
from .evidence import FORK, Evidence
from .judge import Head
from .page import moment
from .store import Store
from .trusted import LogKey


@dataclass(frozen=True, slots=True)
class Status:
    """Where a witness stands; `last_time` is the newest Unix second that it signed, 0 if none."""

    folder: Path
    key: VerifierKey
    last_time: int
    keys: list[LogKey]
    heads: dict[str, Head]
    evidence: list[Evidence]

    @property
    def origins(self) -> list[str]:
        """Every log that there is anything to say about."""
        return sorted({key.origin for key in self.keys} | set(self.heads))

    @property
    def forked(self) -> bool:
        """Whether a log is proved to have signed two histories."""
        return any(found.kind == FORK for found in self.evidence)


def collect(folder: Path) -> Status:
    """Read it. Raises WitnessError."""
    settings, signer = config.load(folder), config.load_signer(folder)
    with Store(folder) as store:
        store.check_owner(settings.name, signer.public)
        heads = {origin: head for origin in store.origins() if (head := store.latest(origin)) is not None}
        key = VerifierKey(settings.name, signer.public, note.COSIGNATURE)
        return Status(folder, key, store.last_time(), store.all_keys(), heads, store.all_evidence())


def as_text(status: Status) -> str:
    """For people."""
    signed = moment(status.last_time) if status.last_time else "never"
    lines = [f"witness     {status.key.name}", f"vkey        {status.key}", f"last signed {signed}"]
    for origin in status.origins:
        lines += ["", f"log {origin}", *_log_lines(status, origin)]
    if not status.origins:
        lines += ["", "no logs yet: civicroot witness add-log"]
    for found in status.evidence:
        files = status.folder / evidence.FOLDER / f"{found.number:04d}"
        lines += ["", f"{found.kind.upper()}: {found.origin}, seen {moment(found.seen)}, kept in {files}", found.says]
        lines += ["cosigned:", *_quoted(found.cosigned), "refused:", *_quoted(found.refused)]
    return "\n".join(printable(line) for line in lines)


def _log_lines(status: Status, origin: str) -> list[str]:
    lines = []
    for key in (key for key in status.keys if key.origin == origin):
        until = "on" if key.last is None else f"to {key.last}"
        lines.append(f"  key  {key.key}, from log index {key.first} {until}")
    if not lines:
        lines.append("  no key: checkpoints are not taken any more")
    head = status.heads.get(origin)
    if head is None:
        return [*lines, "  nothing cosigned yet"]
    return [*lines, f"  size {head.size}", f"  root {base64.encode(head.root)}", f"  at   {moment(head.time)}"]


def _quoted(text: str) -> list[str]:
    return ["  " + line for line in text.splitlines()]


def as_json(status: Status) -> dict[str, object]:
    """For programs."""
    return {
        "name": status.key.name,
        "vkey": str(status.key),
        "last_time": status.last_time,
        "logs": [_log(status, origin) for origin in status.origins],
        "evidence": [
            {**evidence.about(found), "number": found.number, "cosigned": found.cosigned, "refused": found.refused}
            for found in status.evidence
        ],
    }


def _log(status: Status, origin: str) -> dict[str, object]:
    head = status.heads.get(origin)
    keys = [key for key in status.keys if key.origin == origin]
    return {
        "origin": origin,
        "keys": [{"vkey": str(key.key), "first": key.first, "last": key.last} for key in keys],
        "newest": None
        if head is None
        else {"size": head.size, "root": base64.encode(head.root), "time": head.time, "note": head.note},
    }
