"""Wins back the space of deleted and thinned records: the live ones of neighbouring segments into fewer segments."""

from civicroot_device.storage import part as parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.storage.part import Part

    Moves = list[tuple["Part", int, int]]  # (source, number, place there)

MAX_RUN = 16  # segments rewritten to win one: the last sixteenth of the space is not worth more wear


def find(segments: "list[Part]", segment_bytes: int) -> "list[Part] | None":
    """The shortest, then oldest run of neighbours of which all records fit into one segment fewer.

    Not with the newest, which is being written.
    """
    closed = segments[:-1]
    free = [0]  # bytes not taken by records in all segments before
    for part in closed:
        free.append(free[-1] + segment_bytes - part.head - part.live)
    for length in range(2, MAX_RUN + 1):
        for at in range(len(closed) - length + 1):
            last = closed[at + length - 1]
            if free[at + length - 1] - free[at] >= last.live:
                run = closed[at : at + length]
                if len(plan(run, segment_bytes)) < length:
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
