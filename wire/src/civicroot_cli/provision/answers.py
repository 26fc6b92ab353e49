"""The shapes of a device's answers: what the command uses of them is there, and is what it says it is.

Anybody may have made what is plugged in. Its words go into files, commands and the registrar's register; so a name is
a name, a key a key, and a text short and printable. All functions raise WrongDevice.
"""

import re
from collections.abc import Callable
from typing import Any

from civicroot_wire import keys, names
from civicroot_wire.errors import WireError

from .errors import WrongDevice

MAX_TEXT = 100  # letters; the longest that firmware says are flags of sensors with their quantity
MAX_PARTS = 100  # sensors, faults or values of one answer: a bin has a dozen
NEW, COMMITTED = "new", "committed"  # states in the device's own words: nobody told it anything; it is provisioned
_Shape = Callable[[dict[str, Any]], None]


def checked(what: str, answer: Any) -> dict[str, Any]:
    """The answer to the request `what`."""
    if not isinstance(answer, dict):
        raise WrongDevice(f"the device's answer to {what} is no object")
    try:
        _SHAPES.get(what, _anything)(answer)
    except (WireError, ValueError) as error:
        raise WrongDevice(f"the device's answer to {what} is none: {error}") from error
    return answer


def progress(found: Any) -> tuple[str, Any] | None:
    """What a self-test says on its way: (part, what came of it). None if that is nothing to show."""
    if not isinstance(found, dict):
        return None
    part, result = found.get("part"), found.get("found")
    try:
        _text(found, "part")
        if isinstance(result, dict):
            for name in ("raw", "values", "faults"):
                _table(result, name)
    except ValueError:
        return None
    return str(part), result


def _identity(answer: dict[str, Any]) -> None:
    if re.fullmatch("[0-9a-f]{16}", str(answer.get("kid"))) is None:
        raise ValueError("it does not say which key it has")
    _hex(answer, "public", 32)
    for name in ("model", "version"):
        _text(answer, name)
    if keys.kid(bytes.fromhex(answer["public"])).hex() != answer["kid"]:
        raise ValueError("its kid is another key's")


def _status(answer: dict[str, Any]) -> None:
    _text(answer, "state")
    told = answer.get("set")
    if not isinstance(told, dict):
        raise ValueError("set is no object")
    for name, check in (("realm", names.realm), ("subject", names.subject)):
        if told.get(name) is not None:
            check(_text(told, name))


def _challenge(answer: dict[str, Any]) -> None:
    _hex(answer, "challenge", 16)
    if answer.get("subject") is not None:  # one with a damaged configuration may not know it
        names.subject(_text(answer, "subject"))


def _self_test(answer: dict[str, Any]) -> None:
    if "faults" not in answer:
        raise ValueError("it names no faults, and does not say that there are none")
    for name in _table(answer, "faults"):
        _text(answer["faults"], name)


def _calibrate(answer: dict[str, Any]) -> None:
    if "set" not in answer:
        raise ValueError("it does not say what it set")
    _table(answer, "set")


def _possession(answer: dict[str, Any]) -> None:
    _hex(answer, "public", 32)
    if not isinstance(answer.get("possession"), str):
        raise ValueError("possession is no text")


def _anything(_answer: dict[str, Any]) -> None:
    """Nobody looks at it."""


def _text(answer: dict[str, Any], name: str) -> str:
    found = answer.get(name)
    if not isinstance(found, str) or not 1 <= len(found) <= MAX_TEXT or not found.isprintable():
        raise ValueError(f"{name} is no short text")
    return found


def _hex(answer: dict[str, Any], name: str, size: int) -> None:
    if not isinstance(answer.get(name), str) or re.fullmatch(f"[0-9a-f]{{{2 * size}}}", answer[name]) is None:
        raise ValueError(f"{name} is not {size} bytes in hexadecimal")


def _table(answer: dict[str, Any], name: str) -> dict[str, Any]:
    """The object of that name, {} if there is none; its own names are short."""
    found = answer.get(name, {})
    if not isinstance(found, dict) or len(found) > MAX_PARTS or any(len(key) > MAX_TEXT for key in found):
        raise ValueError(f"{name} is no object, or too large")
    return found


_SHAPES: dict[str, _Shape] = {
    "identity": _identity,
    "status": _status,
    "unlock_challenge": _challenge,
    "self_test": _self_test,
    "calibrate": _calibrate,
    "possession": _possession,
}
