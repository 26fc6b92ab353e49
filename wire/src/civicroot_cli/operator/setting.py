"""Settings of a configuration as people write them: `name=value`."""

import re

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
