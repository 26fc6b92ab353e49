"""Which column is which field: found by name, and changed by whoever imports."""

from collections.abc import Mapping, Sequence

from civicroot_backend.errors import InventoryRefused
from civicroot_backend.inventory import fields


def resolve(kind: str, columns: Sequence[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Field → column. `chosen` comes first; an empty column there leaves the field out. Raises InventoryRefused."""
    known = fields.of_kind(kind)
    for field, column in chosen.items():
        if field not in known:
            raise InventoryRefused(f"a {kind} has no field {field}; it has {', '.join(known)}")
        if column and column not in columns:
            raise InventoryRefused(f"there is no column {column}; there are {', '.join(columns)}")
    by_name = {column.strip().lower(): column for column in reversed(columns)}
    found: dict[str, str] = {}
    for field, names in known.items():
        column = chosen.get(field, next((by_name[name] for name in names if name in by_name), ""))
        if column:
            found[field] = column
    if fields.NAME not in found:
        raise InventoryRefused(f"no column has the {kind}s' names; say which with --column name=COLUMN")
    return found
