"""How a vector is written: one JSON object, see README.md."""

from typing import Any

Case = dict[str, Any]


def valid(name: str, data: bytes | None = None, decoded: Any = None, **inputs: Any) -> Case:
    """A case that every implementation accepts and reads as `decoded`."""
    case: Case = {"name": name, "valid": True, **_written(data), **_inputs(inputs)}
    if decoded is not None:
        case["decoded"] = decoded
    return case


def invalid(name: str, reason: str, data: bytes | None = None, **inputs: Any) -> Case:
    """A case that every implementation refuses, and why (SPEC.md §9)."""
    return {"name": name, "valid": False, "reason": reason, **_written(data), **_inputs(inputs)}


def _written(data: bytes | None) -> Case:
    return {} if data is None else {"bytes": data.hex()}


def _inputs(inputs: dict[str, Any]) -> Case:
    return {name: _json(value) for name, value in inputs.items()}


def _json(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    return value
