"""Sunlight at three places: a stated table of months, and what falls on a tilted panel.

The table is an assumption: monthly means on the level, rounded, of the order that public climatologies (NASA POWER,
the Korean and Chinese weather services) give for these places. Replace it with the numbers of your own site.
Transposition: Liu and Jordan with an isotropic sky; diffuse share after Erbs, Klein and Duffie for monthly means
(Duffie and Beckman, Solar Engineering of Thermal Processes, §2.12, §2.19).
"""

import math
from dataclasses import dataclass

SOLAR_CONSTANT = 1.367  # kW/m²
GROUND = 0.2  # reflected by paving and grass
MIDDLE_DAYS = (17, 47, 75, 105, 135, 162, 198, 228, 258, 288, 318, 344)  # of each month, its representative day
MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Site:
    """`level`: kWh/m² a day on the level, by month. `warm`: share of the light that comes while a battery in its box is
    at 0 to 40 °C, which is when it may be charged."""

    name: str
    latitude: float
    level: tuple[float, ...]
    warm: tuple[float, ...]


SITES = (
    Site(
        "Seoul", 37.57,
        (2.4, 3.1, 4.1, 4.9, 5.4, 5.0, 3.9, 4.1, 3.9, 3.4, 2.4, 2.1),
        (0.6, 0.8, 1.0, 1.0, 1.0, 0.95, 0.9, 0.9, 1.0, 1.0, 1.0, 0.7),
    ),
    Site(
        "Xiong'an", 38.98,
        (2.5, 3.3, 4.5, 5.4, 5.9, 5.5, 4.8, 4.6, 4.1, 3.3, 2.4, 2.1),
        (0.5, 0.8, 1.0, 1.0, 0.95, 0.85, 0.85, 0.9, 1.0, 1.0, 0.9, 0.6),
    ),
    Site(
        "Jeju", 33.50,
        (1.8, 2.6, 3.8, 4.9, 5.3, 4.7, 5.0, 4.8, 4.0, 3.7, 2.5, 1.9),
        (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.9, 0.9, 1.0, 1.0, 1.0, 1.0),
    ),
)  # fmt: skip


def tilted(site: Site, month: int, tilt: float) -> float:
    """kWh/m² a day on a panel that looks at the equator, `tilt` degrees from the level. Months count from 0."""
    day, level = MIDDLE_DAYS[month], site.level[month]
    latitude, slope = math.radians(site.latitude), math.radians(tilt)
    declination = math.radians(23.45 * math.sin(math.radians(360 * (284 + day) / 365)))
    sunset = math.acos(-math.tan(latitude) * math.tan(declination))
    clearness = level / _outside(latitude, declination, sunset, day)
    diffuse = _diffuse_share(clearness, sunset)
    on_slope = min(sunset, math.acos(-math.tan(latitude - slope) * math.tan(declination)))
    beam = _day(latitude - slope, declination, on_slope) / _day(latitude, declination, sunset)
    sky, ground = (1 + math.cos(slope)) / 2, (1 - math.cos(slope)) / 2
    return level * ((1 - diffuse) * beam + diffuse * sky + GROUND * ground)


def _day(latitude: float, declination: float, sunset: float) -> float:
    """The integral of the sun's height over a day, without its constants."""
    return math.cos(latitude) * math.cos(declination) * math.sin(sunset) + sunset * math.sin(latitude) * math.sin(
        declination
    )


def _outside(latitude: float, declination: float, sunset: float, day: int) -> float:
    """kWh/m² a day on the level outside the atmosphere."""
    nearness = 1 + 0.033 * math.cos(math.radians(360 * day / 365))
    return 24 / math.pi * SOLAR_CONSTANT * nearness * _day(latitude, declination, sunset)


def _diffuse_share(clearness: float, sunset: float) -> float:
    """Of what falls on the level, by Erbs, Klein and Duffie."""
    k = clearness
    if sunset <= math.radians(81.4):
        return 1.391 - 3.560 * k + 4.189 * k**2 - 2.137 * k**3
    return 1.311 - 3.022 * k + 3.427 * k**2 - 1.821 * k**3
