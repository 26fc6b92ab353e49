"""Distances on the ground, in metres, and boxes around a place. WGS 84 degrees; the earth is a sphere (0.5 % off)."""

import math
from dataclasses import dataclass

RADIUS = 6_371_009.0  # metres, the earth's mean radius (IUGG)
_POLE = 89.9  # degrees: beyond it every longitude is near


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees north and east."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Box:
    """Latitudes from `south` to `north`; `half_width` degrees of longitude on both sides of the middle."""

    south: float
    north: float
    half_width: float


def between(one: Place, other: Place) -> float:
    """The distance along a great circle (haversine)."""
    north, east = math.radians(other.latitude - one.latitude), math.radians(other.longitude - one.longitude)
    cosines = math.cos(math.radians(one.latitude)) * math.cos(math.radians(other.latitude))
    chord = math.sin(north / 2) ** 2 + cosines * math.sin(east / 2) ** 2
    return 2 * RADIUS * math.asin(min(1.0, math.sqrt(chord)))


def around(middle: Place, metres: float) -> Box:
    """A box with everything within so many metres, and somewhat more."""
    half = math.degrees(metres / RADIUS)
    south, north = middle.latitude - half, middle.latitude + half
    furthest = max(abs(south), abs(north))
    if furthest >= _POLE:
        return Box(max(-90.0, south), min(90.0, north), 180.0)
    return Box(south, north, min(180.0, half / math.cos(math.radians(furthest))))


def shrink(latitude: float) -> float:
    """How long a degree of longitude is there, of one of latitude."""
    return math.cos(math.radians(latitude))
