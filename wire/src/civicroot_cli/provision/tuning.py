"""The site file's [configuration]: what the operator has every device do (SPEC.md §3.6), looked at before it is public.

A device passes over names that it does not know, so a name that is mistyped would do nothing, and say nothing.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from civicroot_wire.cbor import DecimalFraction

from civicroot_cli.main import CommandError
from civicroot_cli.operator import setting

INTERVAL, SAMPLE = "report.interval_s", "report.sample_s"
MAX_INTERVAL, MAX_SAMPLE = 86_400, 3_600  # seconds; below 1 a device has no time for anything else
_NAMES = re.compile(r"report\.interval_s|report\.sample_s|delta\.[a-z]{1,26}|alarm\.[a-z]{1,20}\.(begin|end)")


def read(table: dict[str, Any]) -> list[str]:
    """The settings of a TOML table, each written name=value. Raises ValueError naming the setting."""
    found = [_written(name, value) for name, value in _flat(table, "")]
    settings = setting.parse_all(found)
    for name, most in ((INTERVAL, MAX_INTERVAL), (SAMPLE, MAX_SAMPLE)):
        if name in settings and not 1 <= _number(settings[name]) <= most:
            raise ValueError(f"configuration.{name} is from 1 to {most} seconds")
    if {INTERVAL, SAMPLE} <= set(settings) and _number(settings[SAMPLE]) > _number(settings[INTERVAL]):
        raise ValueError(f"configuration.{SAMPLE} is longer than the interval")
    return found


def _flat(table: dict[str, Any], prefix: str) -> Iterable[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _written(name: str, value: Any) -> str:
    if _NAMES.fullmatch(name) is None:
        raise ValueError(
            f"configuration.{name} is unknown; there are {INTERVAL}, {SAMPLE}, delta.…, alarm.….begin, .end"
        )
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"configuration.{name} is no number")
    try:
        return setting.written(name, value)
    except (ValueError, CommandError) as error:
        raise ValueError(f"configuration.{name}: {error}") from error


def _number(value: int | DecimalFraction | bool | str) -> Decimal:
    return Decimal(str(value))
