"""Since when the bundle's main entry is public, which an upgrade keeps (SPEC.md §7.6).

The newest checkpoint was cosigned lately. What the old bundle shows of an earlier time stays in the new one: its
sighting, or its checkpoint's cosignatures, whichever have the earlier time.
"""

from civicroot_wire import checkpoint as checkpoints
from civicroot_wire import head, merkle, note, sighting, sodium
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.entry_proof import EntryProof
from civicroot_wire.errors import TrustError, WireError
from civicroot_wire.head import Head
from civicroot_wire.logged import Logged
from civicroot_wire.policy import Policy
from civicroot_wire.proof import Proof
from civicroot_wire.sighting import Sighting

from ..public_log import PublicLog
from .fork import LogForked


def checkpoint(old: Head, policy: Policy, log: PublicLog) -> str:
    """The log's note; if the old one is of the same tree, with the earlier line of each witness."""
    if old.checkpoint.size != log.size or not policy.quorum:
        return log.note
    known = head.keys_at(policy.witnesses, log.size - 1)
    now, before = dict(log.head.cosigned), dict(old.cosigned)
    names = {name for name, time in before.items() if name not in now or time < now[name]}

    def kept(line: note.SignatureLine) -> bool:
        return line.name in names and any(line.is_by(key) for key in known)

    found = note.parse(log.note)
    lines = [line for line in found.lines if not kept(line)]
    return note.render(note.Note(found.body, lines + [line for line in old.note.lines if kept(line)]))


def renew(bundle: Proof | EntryProof, old: Head, policy: Policy, log: PublicLog) -> tuple[Sighting | None, list[str]]:
    """The sighting to carry, and a sentence for what does not hold. Raises LogForked.

    `bundle` is as it was, and `old` its checkpoint.
    """
    said: list[str] = []
    if not policy.quorum:
        return None, said  # nobody vouches for a time
    chosen: tuple[int, Sighting] | None = None
    # 1. What it carries, which only an earlier time replaces.
    if bundle.sighting is not None:
        try:
            text = _note_of(bundle.sighting, bundle.main, log)
            chosen = _verified(text, bundle.sighting.path, bundle.main, policy, log)
        except WireError as error:
            said.append(f"the earlier tree of {bundle.sighting.size} entries is left out: {error}")
    # 2. Its checkpoint, if the newest one was not seen as early.
    time, newest = old.seen_by(policy.quorum), log.head.seen_by(policy.quorum)
    known = [newest] if chosen is None else [newest, chosen[0]]
    if time is not None and old.checkpoint.size < log.size and all(other is None or time < other for other in known):
        try:
            chosen = _verified(note.render(old.note), bundle.main.path, bundle.main, policy, log)
        except WireError as error:
            said.append(f"the earlier tree of {old.checkpoint.size} entries is left out: {error}")
    return None if chosen is None else chosen[1], said


def _note_of(carried: Sighting, main: Logged, log: PublicLog) -> str:
    """A sighting as the note that the witnesses signed, without the log's own signature."""
    root = merkle.root_of_path(merkle.leaf_hash(main.entry), main.index, carried.size, carried.path)
    return Checkpoint(log.head.checkpoint.origin, carried.size, root).body() + "\n" + carried.lines


def _verified(text: str, path: list[bytes], main: Logged, policy: Policy, log: PublicLog) -> tuple[int, Sighting]:
    """The time that it gives, and the sighting with the lines that the policy knows. Raises WireError, LogForked."""
    size = checkpoints.size_in(text)
    found = sighting.of_note(text, path, head.keys_at(policy.witnesses, size - 1))
    seen = sighting.verify(found, main, log.head, policy, sodium.verify)
    if log.reader.root(size) != seen.checkpoint.root:
        detail = f"witnesses had seen its first {size} entries, and they are others now"
        raise LogForked(detail, f"{text}\n{log.note}")
    time = seen.seen_by(policy.quorum)
    if time is None:
        raise TrustError("quorum-missed", "its witnesses put no time to it")
    return time, found
