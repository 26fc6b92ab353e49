"""The demo's inventory: what the invented city says of its bins and trees, as the two files that it would import."""

import csv
import io
from collections.abc import Sequence

from .places import PLACES, Place

_ACCEPTS = ("general", "recycling", "general;paper", "plastic;metal", "glass")  # in turn: every page shows another one
_YEARS = (1928, 1987, 2004, 2012)
# By the first word of the tree's label: scientific name, and what people call it.
_SPECIES = {
    "Ginkgo": ("Ginkgo biloba", "Maidenhair tree", "은행나무", "银杏"),
    "Zelkova": ("Zelkova serrata", "Japanese zelkova", "느티나무", "榉树"),
    "Plane": ("Platanus occidentalis", "American sycamore", "양버즘나무", "一球悬铃木"),
    "Fringe": ("Chionanthus retusus", "Chinese fringe tree", "이팝나무", "流苏树"),
    "Red": ("Pinus densiflora", "Korean red pine", "소나무", "赤松"),
    "Cherry": ("Prunus × yedoensis", "Yoshino cherry", "왕벚나무", "东京樱花"),
}
_PLACED = ("name", "latitude", "longitude", "district")
_OF_TREES = ("scientific", "species_en", "species_ko", "species_zh", "planted")
DISTRICT = "Jung-gu"


def bins() -> str:
    """The bins' file, CSV."""
    listed = [place for place in PLACES if place.kind == "bin"]
    rows = [(*_placed(place), _ACCEPTS[number % len(_ACCEPTS)]) for number, place in enumerate(listed)]
    return _csv((*_PLACED, "accepts"), rows)


def trees() -> str:
    """The trees' file, CSV."""
    listed = [place for place in PLACES if place.kind == "tree"]
    species = [_SPECIES[place.label.partition(" ")[0].rstrip(",")] for place in listed]
    years = [str(_YEARS[number % len(_YEARS)]) for number in range(len(listed))]
    rows = [(*_placed(place), *names, year) for place, names, year in zip(listed, species, years, strict=True)]
    return _csv((*_PLACED, *_OF_TREES), rows)


def _placed(place: Place) -> tuple[str, ...]:
    return place.name, place.latitude, place.longitude, DISTRICT


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue()
