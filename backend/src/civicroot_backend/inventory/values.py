"""From the text in a cell to the value of a field. Each raises Unfit with the reason."""

import math
import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from civicroot_backend.inventory.faults import Unfit

MAX_TEXT = 200  # characters: an address with its country; a page shows it in two lines
MAX_URL = 512
MAX_TRUNK_CM = Decimal(2000)  # the thickest tree on earth has 1,400
OLDEST = 500  # year: older trees stand in deserts, not in cities
ACCEPTED = (
    "general",
    "paper",
    "glass",
    "plastic",
    "metal",
    "organic",
    "recycling",
    "textiles",
    "batteries",
    "electronics",
)
_INCH = Decimal("2.54")  # cm
_PARTS = re.compile(r"[;,|/+]")
_PLANTED = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_HASH = re.compile(r"[0-9a-f]{64}")


def text(cell: str) -> str:
    """Up to 200 characters in one line."""
    found = unicodedata.normalize("NFC", " ".join(cell.split()))
    if len(found) > MAX_TEXT:
        raise Unfit(f"{len(found)} characters; at most {MAX_TEXT} are shown")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs", "Cn") for letter in found):
        raise Unfit("it has characters that cannot be seen")
    return found


def common_name(cell: str) -> str:
    """A text; what is all in capitals is written as people write it."""
    found = text(cell)
    return found.capitalize() if found.isupper() else found


def degrees(cell: str, most: float) -> float:
    """A finite number of degrees from -most to most."""
    try:
        found = float(cell)
    except ValueError as error:
        raise Unfit(f"{cell!r} is no number of degrees, like 49.2697") from error
    if not math.isfinite(found) or abs(found) > most:
        raise Unfit(f"{cell} is not between -{most:g} and {most:g} degrees")
    return found


def planted(cell: str, today: date) -> str:
    """A day, a month or a year that was."""
    found = _PLANTED.fullmatch(cell)
    if found is None:
        raise Unfit(f"{cell!r} is no date, like 2019-03-01, 2019-03 or 2019")
    year, month, day = (int(part or 1) for part in found.groups())
    try:
        begins = date(year, month, day)
    except ValueError as error:
        raise Unfit(f"{cell} is in no calendar") from error
    if begins > today:
        raise Unfit(f"{cell} is in the future")
    if year < OLDEST:
        raise Unfit(f"{cell} is before the year {OLDEST}")
    return cell


def trunk(cell: str, inches: bool) -> str:
    """The diameter in centimetres, with one decimal."""
    try:
        found = Decimal(cell) * (_INCH if inches else 1)
    except InvalidOperation as error:
        raise Unfit(f"{cell!r} is no number") from error
    if not found.is_finite() or not 0 < found <= MAX_TRUNK_CM:
        raise Unfit(f"{cell} is no diameter of a trunk")
    return str(found.quantize(Decimal("0.1")))


def web_address(cell: str) -> str:
    """An https address."""
    try:
        parts = urlsplit(cell)
    except ValueError as error:
        raise Unfit("it is no address") from error
    plain = cell.isascii() and cell.isprintable() and " " not in cell
    if parts.scheme != "https" or not parts.hostname or not plain or len(cell) > MAX_URL:
        raise Unfit(f"it is no https address of at most {MAX_URL} characters")
    return cell


def sha256(cell: str) -> str:
    """A hash in hexadecimal."""
    if _HASH.fullmatch(cell.lower()) is None:
        raise Unfit("it is no SHA-256, which has 64 hexadecimal digits")
    return cell.lower()


def accepted(cell: str) -> list[str]:
    """What goes in: one or several of the known kinds, parted by one of ; , | / +."""
    found = [part.strip().lower() for part in _PARTS.split(cell) if part.strip()]
    for part in found:
        if part not in ACCEPTED:
            raise Unfit(f"{part!r} is none of {', '.join(ACCEPTED)}")
    return sorted(set(found), key=ACCEPTED.index)


def scientific(genus: str, epithet: str, cultivar: str) -> str:
    """The botanical name from its parts, as botanists write it: Quercus robur 'Fastigiata'."""
    shown = f"'{cultivar.title() if cultivar.isupper() else cultivar}'" if cultivar else ""
    return " ".join(part for part in (genus.capitalize(), epithet.lower(), shown) if part)
