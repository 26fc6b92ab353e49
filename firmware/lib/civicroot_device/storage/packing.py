"""Wins back the space of deleted and thinned records: the live ones of neighbouring segments into fewer segments."""

from civicroot_device.storage import part as parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.storage.part import Part

    Moves = list[tuple["Part", int, int]]  # (source, number, place there)

MAX_RUN = 8  # segments rewritten to win one; more would wear the flash for little


def find(segments: "list[Part]", segment_bytes: int) -> "list[Part] | None":
    """The shortest, then oldest run of neighbours of which all records fit into one segment fewer.

    Not with the newest, which is being written.
    """
    closed = segments[:-1]
    for length in range(2, MAX_RUN + 1):
        for at in range(len(closed) - length + 1):
            run = closed[at : at + length]
            room = sum([segment_bytes - part.head for part in run[:-1]])
            if sum([part.live for part in run]) <= room and len(plan(run, segment_bytes)) < length:
                return run
    return None


def plan(run: "list[Part]", segment_bytes: int) -> "list[Moves]":
    """The records of a run in ascending order, as the segments of the run take them one after the other."""
    targets: "list[Moves]" = [[]]
    room = segment_bytes - run[0].head
    for part in run:
        for seq, at in part.items():
            size = parts.entry_bytes(at)
            if size > room:
                if len(targets) == len(run):
                    return targets + [[]]  # it does not even fit into as many as it has now
                room = segment_bytes - run[len(targets)].head
                targets.append([])
            targets[-1].append((part, seq, at))
            room -= size
    return targets
