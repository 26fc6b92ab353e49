"""The site file's [configuration]: what the operator has every device do (SPEC.md §3.6), looked at before it is public.

A device passes over names that it does not know, so a name that is mistyped would do nothing, and say nothing.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from civicroot_cli.main import CommandError
from civicroot_cli.operator import device_settings, setting


def read(table: dict[str, Any], kind: device_settings.Kind) -> list[str]:
    """The settings of a TOML table, each written name=value. Raises ValueError naming the setting."""
    found = [_written(name, value, kind.names) for name, value in _flat(table, "")]
    try:
        device_settings.check(setting.parse_all(found), kind)
    except CommandError as error:
        raise ValueError(f"configuration.{error}") from error
    return found


def _flat(table: dict[str, Any], prefix: str) -> Iterable[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _written(name: str, value: Any, names: tuple[str, ...]) -> str:
    if name not in names:
        raise ValueError(f"configuration.{name} is unknown; there are {', '.join(names)}")
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"configuration.{name} is no number")
    try:
        return setting.written(name, value)
    except (ValueError, CommandError) as error:
        raise ValueError(f"configuration.{name}: {error}") from error
