"""Making room: segments of which everything is delivered are deleted, and what holds them back is compacted."""

from . import contents as live
from .contents import Contents
from .journal import SEGMENT_BYTES, Journal

COMPACT_SHARE = 0.25  # of a segment's records that are not delivered: below, copying them frees more than it costs
COMPACT_SEGMENTS = 4  # a spool of fewer is small


def tidy(journal: Journal, contents: Contents, included: int, max_octets: int) -> bool:
    """Delete what is delivered; compact one segment if that is worth it. Raises SpoolFault.

    `included`: position up to which state.db knows what follows from the records. Returns True if that holds it up.
    """
    oldest = contents.oldest()
    dead, held_up = 0, False
    for item in journal.segments:
        if item is journal.segments[-1] and not _is_full(journal, max_octets):
            break
        if any(lane in oldest and last >= oldest[lane] for lane, (_, last) in item.lanes.items()):
            break
        if item.last > included:
            held_up = True
            break
        dead += 1
    if dead == len(journal.segments):
        journal.rotate(contents.next_batch)
    if dead:
        journal.delete_oldest(dead)
    _compact_one(journal, contents, included)
    return held_up


def _is_full(journal: Journal, max_octets: int) -> bool:
    """Whether the newest segment is worth being ended for."""
    return journal.octets >= min(max_octets, SEGMENT_BYTES) and journal.segments[-1].records > 0


def _compact_one(journal: Journal, contents: Contents, included: int) -> None:
    if len(journal.segments) <= COMPACT_SEGMENTS:
        return
    ranges: dict[int, list[tuple[int, int, int]]] = {}
    for item in journal.segments[:-1]:
        if item.last > included or not item.records:
            continue
        for lane in item.lanes:
            ranges.setdefault(lane, contents.ranges(lane))
        count = sum(live.live_records(ranges[lane], *span) for lane, span in item.lanes.items())
        if count < COMPACT_SHARE * item.records:
            journal.compact(item, lambda found: live.is_live(ranges[found.lane], found.position))
            return
