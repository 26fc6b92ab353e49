"""Somebody who watches the ring, or a camera that does: what they see of its frames, and the code they read off it."""

import math
from collections.abc import Iterable, Sequence
from itertools import groupby

from civicroot_device.lamp import code as codes

Colour = tuple[int, int, int]
Frame = Sequence[Colour]

# Linear RGB as it looks to people with no working cone of one kind: Machado, Oliveira and Fernandes, "A
# Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), table 1, severity 1.0.
VISIONS = {
    "full": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))  # of linear sRGB
_WHITE = (0.9505, 1.0, 1.089)  # D65


def looks(colour: Sequence[float], vision: str) -> tuple[float, float, float]:
    """A colour (parts of 255) in CIELAB, as a vision has it. A WS2812 dims by time, so its numbers are linear."""
    seen = [max(0.0, sum(a * b / 255 for a, b in zip(row, colour, strict=True))) for row in VISIONS[vision]]
    x, y, z = (
        _curve(sum(a * b for a, b in zip(row, seen, strict=True)) / white)
        for row, white in zip(_XYZ, _WHITE, strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _curve(value: float) -> float:
    return value ** (1 / 3) if value > (6 / 29) ** 3 else value / (3 * (6 / 29) ** 2) + 4 / 29


def apart(one: Sequence[float], other: Sequence[float], vision: str) -> float:
    """The difference of two colours in CIELAB (ΔE 1976); about 2 can just be seen."""
    return math.dist(looks(one, vision), looks(other, vision))


def nearest(colour: Sequence[float], vision: str) -> int:
    """Which of the four colours it looks like."""
    return min(range(4), key=lambda index: apart(colour, codes.COLOURS[index], vision))


def lit(frame: Frame) -> int:
    """How many pixels are on."""
    return sum(any(colour) for colour in frame)


def symbols(samples: Iterable[tuple[float, Frame]]) -> list[list[tuple[float, float, Frame]]]:
    """The flashes (begin, end, a frame in it) of each symbol between two markers, in which the ring is lit in part.

    `samples` are (milliseconds, frame). Knows only that a gap between symbols is longer than one within.
    """
    flashes: list[tuple[float, float, Frame, bool]] = []
    for on, run in groupby(samples, key=lambda sample: lit(sample[1]) > 0):
        pictures = list(run)
        if on:
            partly = any(lit(frame) < len(frame) for _, frame in pictures)
            flashes.append((pictures[0][0], pictures[-1][0], pictures[len(pictures) // 2][1], partly))
    groups: list[list[tuple[float, float, Frame]]] = []
    fresh, between, end = True, False, 0.0
    for begin, until, frame, partly in flashes:
        if partly:
            if between and len(groups) == codes.SYMBOLS:
                return groups
            groups, between, fresh = [], True, True
            continue
        if between:
            if fresh or begin - end > 2.5 * codes.UNIT_MS:
                groups.append([])
            groups[-1].append((begin, until, frame))
            fresh, end = False, until
    return []


def by_colour(samples: Iterable[tuple[float, Frame]], vision: str) -> bytes:
    """The code as its colours look."""
    return bytes(nearest(flashes[0][2][0], vision) for flashes in symbols(samples))


def by_shape(samples: Iterable[tuple[float, Frame]]) -> bytes:
    """The code by how often and how long the ring is lit, whatever the colour."""
    read = []
    for flashes in symbols(samples):
        longest = max(until - begin for begin, until, _ in flashes)
        if len(flashes) == 2:
            shortest = min(until - begin for begin, until, _ in flashes)
            read.append(3 if longest - shortest > 1.25 * codes.UNIT_MS else 1)
        else:
            read.append({1: 0, 3: 2}[len(flashes)])
    return bytes(read)
