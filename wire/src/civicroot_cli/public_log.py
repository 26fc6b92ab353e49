"""The city's public log as a command reads it: the newest checkpoint that the policy vouches for, and all below it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from civicroot_audit.errors import AuditError
from civicroot_audit.log_reader import PREFIX, LogReader
from civicroot_audit.source import Source, open_source
from civicroot_wire import head, note, sodium, tile
from civicroot_wire.errors import WireError
from civicroot_wire.head import Head
from civicroot_wire.policy import Policy
from tqdm import tqdm  # type: ignore[import-untyped]

from .main import CommandError

CHECKPOINT = PREFIX + "checkpoint"
LONG_READ = 64  # bundles of 256 entries; reading more than that takes seconds, and a person sees how far it is


@dataclass(frozen=True)
class PublicLog:
    """`head` is the newest checkpoint, verified; `note` its text with the lines of the policy's keys alone."""

    source: Source
    head: Head
    note: str
    reader: LogReader

    @property
    def size(self) -> int:
        """How many entries the checkpoint covers."""
        return self.head.checkpoint.size

    def entries(self, first: int, end: int, backwards: bool = False) -> Iterator[tuple[int, bytes]]:
        """The verified entries from `first` to before `end`, with their indices. Shows progress if there are many."""
        numbers = range(first // tile.FULL, (end - 1) // tile.FULL + 1) if first < end else range(0)
        ordered = reversed(numbers) if backwards else numbers
        shown = tqdm(
            ordered,
            total=len(numbers),
            desc="reading the log",
            unit=f"×{tile.FULL}",
            disable=len(numbers) < LONG_READ or not sys.stderr.isatty(),
            leave=False,
        )
        for number in shown:
            listed = list(enumerate(self.reader.bundle(number), number * tile.FULL))
            for index, entry in reversed(listed) if backwards else listed:
                if first <= index < end:
                    yield index, entry


@contextmanager
def opened(url: str, policy: Policy) -> Iterator[PublicLog]:
    """Open the log at `url`: an address, or a folder with a copy. CommandError if it cannot be read or believed."""
    try:
        source = open_source(url)
        try:
            text = source.get(CHECKPOINT, note.MAX_NOTE_BYTES)
            found = _head(url, text, policy)
            yield PublicLog(source, found, trusted_lines(found, policy), LogReader(source, found.checkpoint))
        finally:
            source.close()
    except AuditError as error:
        raise CommandError(f"the log at {url}: {error}") from error


def _head(url: str, text: bytes, policy: Policy) -> Head:
    try:
        return head.verify(text, policy, sodium.verify)
    except WireError as error:
        raise CommandError(f"the log at {url} is not what the policy trusts: {error}") from error


def trusted_lines(found: Head, policy: Policy) -> str:
    """The note of a head with the lines of the policy's keys alone.

    A bundle carries no signature that its reader's policy does not know: nothing unverified travels along.
    """
    at = max(found.checkpoint.size - 1, 0)
    known = head.keys_at(policy.logs, at) + head.keys_at(policy.witnesses, at)
    lines = [line for line in found.note.lines if any(line.is_by(key) for key in known)]
    return note.render(note.Note(found.note.body, lines))
