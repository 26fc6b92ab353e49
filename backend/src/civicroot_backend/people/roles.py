"""Roles, and districts as tenants: an account has roles in districts; `city` is the district that is all of them."""

from collections.abc import Collection
from enum import StrEnum

CITY = "city"


class Role(StrEnum):
    """What somebody may be. A citizen has no account."""

    CITIZEN = "citizen"
    CREW = "crew"  # provisions and mends devices
    OPERATOR = "operator"  # runs the city's part, and looks after its people
    AUDITOR = "auditor"  # reads everything and changes nothing
    ISSUER = "issuer"  # issues what citizens earn
    REGISTRAR = "registrar"  # enrols and withdraws keys
    PARTNER = "partner"  # takes what citizens earned


STAFF = frozenset(Role) - {Role.CITIZEN}
# Whom an operator of one district may make there; the rest, who act for the whole city, an operator of the city.
OF_A_DISTRICT = frozenset({Role.CREW, Role.OPERATOR, Role.AUDITOR, Role.PARTNER})

Grant = tuple[str, Role]  # district, role


def covers(granted: Collection[Grant], role: Role, district: str) -> bool:
    """Whether the grants have the role in the district, or in the whole city."""
    return (district, role) in granted or (CITY, role) in granted


def may_give(granted: Collection[Grant], given: Collection[Grant]) -> bool:
    """Whether whoever has `granted` may give, change and take away all of `given`."""
    return all(_may_give(granted, district, role) for district, role in given)


def _may_give(granted: Collection[Grant], district: str, role: Role) -> bool:
    if (CITY, Role.OPERATOR) in granted:
        return True
    return role in OF_A_DISTRICT and district != CITY and (district, Role.OPERATOR) in granted
