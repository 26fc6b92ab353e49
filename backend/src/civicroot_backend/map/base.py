"""The base map that a city may configure: a template of tiles in Web Mercator, and whom its licence wants named."""

from collections.abc import Mapping
from urllib.parse import urlsplit

TILES, ATTRIBUTION = "tiles", "attribution"
PLACEHOLDERS = ("{z}", "{x}", "{y}")
MAX_TEXT = 500  # characters
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]")  # of an origin, in a header


def fits(table: Mapping[str, object]) -> bool:
    """Whether a table of the configuration is none, or names tiles and attribution."""
    if not table:
        return True
    if set(table) != {TILES, ATTRIBUTION} or not all(isinstance(value, str) for value in table.values()):
        return False
    tiles, attribution = str(table[TILES]), str(table[ATTRIBUTION])
    return 0 < len(attribution) <= MAX_TEXT and len(tiles) <= MAX_TEXT and _is_template(tiles)


def origin_of_tiles(table: Mapping[str, str]) -> str | None:
    """The server of the tiles as `scheme://host:port`; None without a base map."""
    if not table:
        return None
    found = urlsplit(table[TILES])
    return f"{found.scheme}://{found.netloc}"


def _is_template(tiles: str) -> bool:
    try:
        found = urlsplit(tiles)
    except ValueError:
        return False
    host = found.netloc
    return (
        found.scheme in ("http", "https")
        and bool(host)
        and set(host) <= _SAFE
        and all(part in found.path + "?" + found.query for part in PLACEHOLDERS)
    )
