"""What is wrong with a site file's values: everything that a device, a broker or a city would refuse later."""

import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from civicroot_wire import names
from civicroot_wire.errors import WireError

LANGUAGES = ("en", "ko", "zh")  # that displays have letters for
POWER_SAVE = ("none", "light", "deep")
MAX_SSID = 32  # bytes (IEEE 802.11)
MIN_PASSWORD, MAX_PASSWORD = 8, 63  # characters of WPA2 and WPA3; an open network has none
MAX_CLAIM_HOST = 44  # characters that the code on a display has room for
MAX_INTERVAL_S = 86_400  # everything is told once a day anyway
MAX_PORT = 65_535
MAX_SUPPORT = 60  # characters that can be made to fit on a label
_KID, _PUBLIC = re.compile("[0-9a-f]{16}"), re.compile("[0-9a-f]{64}")


def faults(found: dict[str, Any]) -> Iterator[str]:
    """Each as `key: what is wrong`. The keys and their types are right already."""
    for name, check in _CHECKS.items():
        table, _, key = name.rpartition(".")
        value = (found.get(table, {}) if table else found).get(key)
        if value is not None and (said := check(value)):
            yield f"{name}: {said}"
    yield from _gateway(found["gateway"])
    wifi = found.get("wifi")
    if wifi is not None:
        yield from (f"wifi.{name} is missing" for name in ("ssid", "password") if name not in wifi)
    if "configuration" in found and "operator" not in found:
        yield "operator is missing: devices follow a [configuration] by that key alone"


def _gateway(gateway: dict[str, Any]) -> Iterator[str]:
    needed = ("public",) if "public" in gateway else ("kid", "host", "port")
    yield from (f"gateway.{name} is missing" for name in needed if name not in gateway)
    if "public" in gateway and len(gateway) > 1:
        yield "gateway: a tag is told the gateway's public key, and nothing else of it"
    if "account" in gateway and {"username", "password"} & set(gateway):
        yield "gateway.account makes username and password: leave them out"


def _realm(value: str) -> str:
    try:
        names.realm(value)
    except WireError as error:
        return str(error)
    return ""


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
        parts.port  # noqa: B018 (raises ValueError)
    except ValueError:
        good = False
    return "" if good else f"{value} is no address like https://city.example"


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[str], str]:
    return lambda value: "" if pattern.fullmatch(value) else f"it is not {what}"


def _number(most: int) -> Callable[[int], str]:
    return lambda value: "" if 1 <= value <= most else f"{value} is not from 1 to {most}"


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    return lambda value: "" if value in choices else f"{value} is none of {', '.join(choices)}"


def _ssid(value: str) -> str:
    return "" if 1 <= len(value.encode()) <= MAX_SSID else f"it has 1 to {MAX_SSID} bytes"


def _password(value: str) -> str:
    good = value == "" or MIN_PASSWORD <= len(value) <= MAX_PASSWORD
    return "" if good else f"it has {MIN_PASSWORD} to {MAX_PASSWORD} characters, or none for an open network"


def _text(most: int) -> Callable[[str], str]:
    def check(value: str) -> str:
        good = 1 <= len(value) <= most and value.isprintable()
        return "" if good else f"it has 1 to {most} characters, all of which can be printed"

    return check


def _account(words: list[Any]) -> str:
    if not words or not all(isinstance(word, str) for word in words):
        return "it is no list of words"
    return "" if shutil.which(words[0]) else f"there is no program {words[0]} on this machine"


_CHECKS: dict[str, Callable[[Any], str]] = {
    "realm": _realm,
    "url": _url,
    "support": _text(MAX_SUPPORT),
    "operator": _matching(_PUBLIC, "64 hex digits, in lower case"),
    "release": _matching(_PUBLIC, "64 hex digits, in lower case"),
    "registrar": _matching(_PUBLIC, "64 hex digits, in lower case"),
    "language": _one_of(LANGUAGES),
    "claim_host": _text(MAX_CLAIM_HOST),
    "interval_s": _number(MAX_INTERVAL_S),
    "gateway.kid": _matching(_KID, "16 hex digits, in lower case"),
    "gateway.public": _matching(_PUBLIC, "64 hex digits, in lower case"),
    "gateway.host": _text(253),
    "gateway.port": _number(MAX_PORT),
    "gateway.account": _account,
    "wifi.ssid": _ssid,
    "wifi.password": _password,
    "wifi.power_save": _one_of(POWER_SAVE),
}
