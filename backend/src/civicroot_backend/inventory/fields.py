"""The fields of an inventory: what a column can be, for which kind of subject, and what it is often called."""

from collections.abc import Mapping

BIN, TREE = "bin", "tree"
KINDS = (BIN, TREE)
NAME = "name"

# Field → names that a column of it often has. The first is the field's own.
_OF_ALL: Mapping[str, tuple[str, ...]] = {
    NAME: ("name", "id", "tree_id", "bin_id", "ref", "number"),
    "label": ("label", "description"),
    "latitude": ("latitude", "lat", "y"),
    "longitude": ("longitude", "lon", "lng", "x"),
    "district": ("district", "neighbourhood", "neighborhood", "borough"),
    "address": ("address", "on_street", "street"),
}
_OF_BINS: Mapping[str, tuple[str, ...]] = {"accepts": ("accepts", "stream", "waste_type")}
_OF_TREES: Mapping[str, tuple[str, ...]] = {
    "scientific": ("scientific", "scientific_name", "taxon"),
    "genus": ("genus",),
    "epithet": ("epithet", "species"),
    "cultivar": ("cultivar", "cultivar_name"),
    "species_en": ("species_en", "common_name"),
    "species_ko": ("species_ko",),
    "species_zh": ("species_zh",),
    "planted": ("planted", "date_planted", "planting_date"),
    "trunk_cm": ("trunk_cm", "diameter_cm"),
    "trunk_in": ("trunk_in", "diameter_in"),
    "picture": ("picture", "picture_url", "image"),
    "picture_sha256": ("picture_sha256",),
}
_OF_KIND = {BIN: {**_OF_ALL, **_OF_BINS}, TREE: {**_OF_ALL, **_OF_TREES}}


def of_kind(kind: str) -> Mapping[str, tuple[str, ...]]:
    """The fields of a kind of KINDS, each with the names that its column often has."""
    return _OF_KIND[kind]
