"""A request's line, and its values, checked one by one."""

import json

from civicroot_device.provisioning.errors import MALFORMED, VALUE, ProvisioningError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Fields = dict[str, Any]


def parse(data: bytes) -> "Fields":
    """The request in a line. Raises ProvisioningError."""
    try:
        found = json.loads(data)
    except (ValueError, RuntimeError, MemoryError):  # the second and third: MicroPython's limits of depth and size
        raise ProvisioningError(MALFORMED, "no JSON")
    if not isinstance(found, dict) or not isinstance(found.get("do"), str):
        raise ProvisioningError(MALFORMED, "no object with `do`")
    return found


def typed(request: "Fields", types: "dict[str, tuple[type, ...]]") -> "Fields":
    """The request's values, checked: none unknown, none missing. Raises ProvisioningError."""
    found: "Fields" = {}
    known = {name.rstrip("!"): wanted for name, wanted in types.items()}
    for name, value in request.items():
        if name in ("id", "do") or value is None:
            continue
        if name not in known:
            raise ProvisioningError(VALUE, name + " is unknown")
        if not isinstance(value, known[name]) or value is True or value is False:
            raise ProvisioningError(VALUE, name + " is of a wrong type")
        found[name] = value
    for name in types:
        if name.endswith("!") and name[:-1] not in found:
            raise ProvisioningError(VALUE, name[:-1] + " is missing")
    return found
