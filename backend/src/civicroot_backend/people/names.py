"""What people type to sign in, in the one form in which it is kept and compared."""

import re
import unicodedata

from civicroot_backend.people.errors import BAD_NAME, Unfit

MAX_NAME = 96
_LOGIN = re.compile(r"[\w.@+-]{1,96}")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")


def login(given: str) -> str:
    """The login, case and compatible letters folded (so that no two look alike by that). Raises Unfit."""
    found = folded(given)
    if not _LOGIN.fullmatch(found):
        raise Unfit(BAD_NAME, "a login has 1 to 96 letters, digits and . @ + - _")
    return found


def folded(given: str) -> str:
    """The form that is compared, of anything that is typed."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", given).casefold()).strip()


def shown(given: str) -> str:
    """A name that people see: one line of visible characters. Raises Unfit."""
    found = " ".join(unicodedata.normalize("NFC", given).split())
    if not 1 <= len(found) <= MAX_NAME or any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in found):
        raise Unfit(BAD_NAME, f"a name has 1 to {MAX_NAME} visible characters")
    return found


def slug(given: str) -> str:
    """The name of a district in addresses. Raises Unfit."""
    if not _SLUG.fullmatch(given):
        raise Unfit(BAD_NAME, "a district is called by 1 to 32 small letters, digits and hyphens")
    return given
