"""Sightings in bundles (SPEC.md §7.6): cosignatures of an earlier tree with the entry."""

from collections.abc import Iterator
from typing import Any

from civicroot_wire import checkpoint, note
from civicroot_wire.checkpoint import Checkpoint

from tests.vectors import city
from tests.vectors.citylog import LOG, WITNESSES, Log, cosigned, log_key
from tests.vectors.note_cases import flip, relined

A, B, C = WITNESSES


def lines(log: Log, size: int, *witnesses: str, time: int, origin: str = city.ORIGIN) -> str:
    """The witnesses' lines under the first `size` entries; the first at `time`, each next a second later."""
    head = Checkpoint(origin, size, log.root(size))
    text = cosigned(checkpoint.sign(head, log_key(origin), LOG), *witnesses, time=time)
    return text.partition("\n\n")[2].partition("\n")[2]


def sighting(log: Log, index: int, size: int, text: str) -> list[Any]:
    """Part 15."""
    return [size, log.path(index, size), text]


def good_sightings(log: Log, index: int, latest: int) -> Iterator[tuple[str, list[Any], int]]:
    """Name, part 15, and the time that comes out; `latest` is what the checkpoint's own cosignatures give."""
    size, before = index + 1, latest - 50
    two = lines(log, size, A, B, time=before)
    yield "seen earlier", sighting(log, index, size, two), before + 1
    three = lines(log, size, A, B, C, time=before)
    yield "seen earlier by three, two suffice", sighting(log, index, size, three), before + 1
    almost = len(log.entries) - 1
    yield "seen a tree before", sighting(log, index, almost, lines(log, almost, A, B, time=before)), before + 1
    late = lines(log, size, A, C, time=latest + 9)
    yield "seen earlier by clocks that are later", sighting(log, index, size, late), latest


def malformed_sightings(log: Log, index: int) -> Iterator[tuple[str, str, Any]]:
    """Name, reason and part 15: what does not decode."""
    size = index + 1
    path, text = log.path(index, size), lines(log, size, A, B, time=city.NOW)
    yield "sighting is text", "wrong-type", text
    yield "sighting of two parts", "out-of-range", [size, path]
    yield "sighting of size 0", "out-of-range", [0, [], text]
    yield "sighting's size is text", "wrong-type", ["9", path, text]
    yield "sighting's path is bytes", "wrong-type", [size, b"", text]
    yield "sighting's hash of 33 bytes", "bad-length", [size, [bytes(33)], text]
    yield "sighting's lines are bytes", "wrong-type", [size, path, text.encode()]
    yield "sighting without lines", "out-of-range", [size, path, ""]


def failing_sightings(log: Log, index: int) -> Iterator[tuple[str, str, Any]]:
    """Name, reason and part 15: what fails at the step `witnesses`."""
    size, now = index + 1, city.NOW
    text = lines(log, size, A, B, time=now)
    whole = len(log.entries)
    same = lines(log, whole, A, B, time=now)
    yield "sighting of the checkpoint itself", "wrong-order", sighting(log, index, whole, same)
    yield "sighting of a larger tree", "wrong-order", [whole + 1, log.path(index), text]
    yield "sighting without the entry", "out-of-range", [index, log.path(0, index), text]
    yield "sighting's path too long", "bad-path", [size, [*log.path(index, size), bytes(32)], text]
    yield "sighting's path too short", "bad-path", [size, log.path(index, size)[:-1], text]
    yield "sighting of another tree", "bad-signature", sighting(log, index, size, lines(log, index, A, B, time=now))
    other = lines(log, size, A, B, time=now, origin="another.example/log")
    yield "sighting of another log", "bad-signature", sighting(log, index, size, other)
    yield "sighting by one witness", "quorum-missed", sighting(log, index, size, lines(log, size, A, time=now))
    twice = text + lines(log, size, A, time=now + 1)
    yield "sighting with a witness twice", "not-deterministic", sighting(log, index, size, twice)
    unknown = text + lines(log, size, "unknown.example", time=now)
    yield "sighting with an unknown witness", "untrusted", sighting(log, index, size, unknown)
    signed = note.line(log_key(), LOG(Checkpoint(city.ORIGIN, size, log.root(size)).body().encode()))
    yield "sighting with the log's own line", "untrusted", sighting(log, index, size, signed + text)
    yield "sighting's cosignature broken", "bad-signature", sighting(log, index, size, _broken(log, size))
    yield "sighting with a text before its lines", "malformed", sighting(log, index, size, "a text\n\n" + text)
    yield "sighting cut", "malformed", sighting(log, index, size, text[:-1])


def _broken(log: Log, size: int) -> str:
    head = Checkpoint(city.ORIGIN, size, log.root(size))
    text = cosigned(checkpoint.sign(head, log_key(), LOG), A, B, time=city.NOW)
    return relined(text, flip).partition("\n\n")[2].partition("\n")[2]
