"""Settings of a configuration as people write them: `name=value`."""

import re
from collections.abc import Iterable
from decimal import Decimal

from civicroot_wire.cbor import DecimalFraction

from ..main import CommandError

Setting = int | DecimalFraction | bool | str
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.([0-9]+))?")


def parse(text: str) -> tuple[str, Setting]:
    """`interval=600`, `threshold=0.75`, `enabled=true`, `name=roof`; in double quotes anything is text."""
    name, separator, value = text.partition("=")
    if not separator:
        raise CommandError(f"a setting is written name=value: {text}")
    return name, _value(value)


def _value(text: str) -> Setting:
    if text in ("true", "false"):
        return text == "true"
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1]
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    decimals = number[1]
    return int(text) if decimals is None else DecimalFraction(-len(decimals), int(text.replace(".", "")))


def parse_all(texts: Iterable[str]) -> dict[str, Setting]:
    """Several; CommandError if one stands there twice."""
    found: dict[str, Setting] = {}
    for text in texts:
        name, value = parse(text)
        if name in found:
            raise CommandError(f"the setting {name} stands there twice")
        found[name] = value
    return found


def written(name: str, value: int | Decimal | bool | str) -> str:
    """What `parse` reads. Raises ValueError for a number that is none."""
    if isinstance(value, bool):
        return f"{name}={'true' if value else 'false'}"
    if isinstance(value, str):
        return f'{name}="{value}"'
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if _NUMBER.fullmatch(text) is None:
        raise ValueError(f"{name} is no number")
    return f"{name}={text}"
