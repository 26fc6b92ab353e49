"""What the device is before anybody told it anything: `factory.json`, which comes with the firmware.

{"model": "smart-bin", "configuration": {"data": "/data", "kind": "bin", "interval_s": 600, "target": "smart-bin"}}

`configuration` are the keys of config.py that do not depend on the place. On the Unix port, "networks" are the Wi-Fi
networks that the simulated radio sees, with their passwords.
"""

import json

from civicroot_device.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Fields = dict[str, Any]

FILE = "factory.json"
# What stands for the place until it is known. RFC 2606 and RFC 6761: these names belong to nobody.
_NOBODY: "Fields" = {
    "realm": "unprovisioned.invalid",
    "gateway": "0000000000000000",
    "broker": {"host": "unprovisioned.invalid", "port": 1883},
}
_NO_GATEWAY = "00" * 32  # of a tag's radio


class Factory:
    """`model`, `fields` of the configuration, `networks` of the simulated radio. Raises ConfigurationError."""

    def __init__(self, found: "Fields") -> None:
        self.model: str = found.get("model", "")
        self.fields: "Fields" = found.get("configuration", {})
        self.networks: "dict[str, str]" = found.get("networks", {})
        if not self.model or not isinstance(self.model, str) or not isinstance(self.fields, dict):
            raise ConfigurationError(FILE + " names no model or no configuration")
        if not isinstance(self.networks, dict):
            raise ConfigurationError(FILE + ": networks is no object")

    @property
    def tag(self) -> bool:
        """Whether it reports over radio, to whoever hears it."""
        return self.fields.get("radio") is not None

    def provisional_fields(self) -> "Fields":
        """Those of a configuration with which parts can be tried, and nothing be reported."""
        fields = dict(self.fields)
        if self.tag:
            fields["radio"] = dict(fields["radio"])
            fields["radio"]["gateway"] = _NO_GATEWAY
            fields["realm"] = _NOBODY["realm"]
        else:
            fields.update(_NOBODY)
        return fields


def load(path: str) -> "Factory | None":
    """The file at `path`; None if there is none. Raises ConfigurationError."""
    try:
        with open(path) as file:
            found = json.load(file)
    except OSError:
        return None
    except ValueError:
        raise ConfigurationError(path + " is not JSON")
    if not isinstance(found, dict):
        raise ConfigurationError(path + " is not an object")
    return Factory(found)
