"""From JSON to the typed models, checked: what does not fit is an answer that no city gives."""

import functools
import json
import types
from dataclasses import fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import NotUnderstood

_T = TypeVar("_T")
_ABSENT = object()


def parse(body: bytes) -> Any:
    """JSON of any form. Raises NotUnderstood."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("the answer is no JSON") from error


def decode(model: type[_T], value: Any) -> _T:
    """A model from JSON; fields that it does not know are left out. Raises NotUnderstood naming the place."""
    found: _T = _decode(model, value, model.__name__)
    return found


def _decode(wanted: Any, value: Any, where: str) -> Any:
    if is_dataclass(wanted):
        return _object(wanted, value, where)
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin in (Union, types.UnionType):
        return _one_of(arguments, value, where)
    if origin is Literal:
        return _checked(value in arguments, value, wanted, where)
    if origin is list:
        _checked(isinstance(value, list), value, wanted, where)
        return [_decode(arguments[0], item, f"{where}[{number}]") for number, item in enumerate(value)]
    if origin is tuple:
        _checked(isinstance(value, list) and len(value) == len(arguments), value, wanted, where)
        return tuple(_decode(each, item, where) for each, item in zip(arguments, value, strict=True))
    if wanted is float and type(value) is int:
        return float(value)
    return _checked(type(value) is (type(None) if wanted is None else wanted), value, wanted, where)


def _object(model: Any, value: Any, where: str) -> Any:
    _checked(isinstance(value, dict), value, model, where)
    hints = _hints(model)
    given = {field.name: value.get(field.name, _ABSENT) for field in fields(model)}
    missing = [name for name, item in given.items() if item is _ABSENT]
    if missing:
        raise NotUnderstood(f"{where} has no {missing[0]}")
    return model(**{name: _decode(hints[name], item, f"{where}.{name}") for name, item in given.items()})


def _one_of(wanted: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in wanted:
        return None
    problem: NotUnderstood | None = None
    for each in sorted(wanted, key=lambda one: one is not type(value)):  # 1 is an int before it is a float
        if each is not type(None):
            try:
                return _decode(each, value, where)
            except NotUnderstood as error:
                problem = problem or error
    raise problem or NotUnderstood(f"{where} is {value!r}")


def _checked(fits: bool, value: Any, wanted: Any, where: str) -> Any:
    if not fits:
        raise NotUnderstood(f"{where} is {type(value).__name__}, not {getattr(wanted, '__name__', wanted)}")
    return value


@functools.cache
def _hints(model: Any) -> dict[str, Any]:
    return get_type_hints(model)
