"""The bin's year on its panel: sunlight against what is known of it, and the battery's lowest point."""

import math
from dataclasses import replace

import pytest

from hardware.__main__ import solar_files
from hardware.power.bin import smart_bin
from hardware.power.cells import BIN_BATTERIES
from hardware.power.irradiance import MONTH_DAYS, SITES, Site, tilted
from hardware.power.phase import assumed
from hardware.power.solar import LEAST_LEFT, PANEL_W, RUN, TILT, income, year, years
from tests.hardware.units import MADE


@pytest.mark.parametrize("chemistry", sorted(BIN_BATTERIES))
def test_the_year_closes_at_all_three_places(chemistry: str) -> None:
    found = years(smart_bin(chemistry))
    assert [item.site for item in found] == ["Seoul", "Xiong'an", "Jeju"]
    for item in found:
        assert item.closes and item.lowest > LEAST_LEFT
        assert min(item.incomes) > item.demand


def test_a_small_panel_in_deep_shade_does_not() -> None:
    unit = smart_bin("lifepo4")
    for site in SITES:
        assert not year(unit, site, 5.0, assumed(0.2, "test")).closes
        least = [year(unit, site, panel).lowest for panel in (5.0, 10.0, 20.0)]
        assert least == sorted(least)


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_a_level_panel_gets_what_falls_on_the_level_and_a_tilted_one_more_in_winter(site: Site) -> None:
    assert len(site.level) == len(site.warm) == len(MONTH_DAYS)
    for month in range(12):
        assert tilted(site, month, 0) == pytest.approx(site.level[month])
    assert tilted(site, 11, TILT) > 1.4 * site.level[11]
    assert tilted(site, 5, TILT) < site.level[5]


def test_a_clear_day_outside_the_atmosphere_is_the_books() -> None:
    """Duffie and Beckman, example 1.10.1: at 43° north on 15 April 33.8 MJ/m² a day."""
    site = replace(SITES[0], latitude=43.0)
    from hardware.power.irradiance import SOLAR_CONSTANT, _outside  # noqa: PLC0415

    declination = math.radians(9.4)
    sunset = math.acos(-math.tan(math.radians(site.latitude)) * math.tan(declination))
    assert _outside(math.radians(43.0), declination, sunset, 105) * 3.6 == pytest.approx(33.8, abs=0.2)
    assert SOLAR_CONSTANT == 1.367


def test_weather_in_runs_gives_the_months_mean() -> None:
    assert sum(RUN) / len(RUN) == pytest.approx(1.0)
    assert income(SITES[0], 0, 2 * PANEL_W) == pytest.approx(2 * income(SITES[0], 0))


def test_picture_and_table_are_made_again_byte_for_byte() -> None:
    for name, text in solar_files():
        assert (MADE / name).read_text(encoding="utf-8") == text, f"{name}: run `make hardware` and commit"
        for site in SITES:
            assert site.name in text
