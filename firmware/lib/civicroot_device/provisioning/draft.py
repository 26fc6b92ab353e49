"""What the device was told so far. It becomes the configuration at `commit`, whole or not at all.

File `draft` beside the configuration: magic, JSON, CRC-32, replaced atomically, so that a device that was unplugged
goes on where it was. A damaged one is none: the device is told again.

`commit` writes config.json, then removes the draft. Only config.json decides: before it is there the device is not
provisioned, from then on it is, and a start removes what the cut left behind. The certificate authority has a file of
its own from the moment it is told, because the self-test needs it.
"""

import json
import struct
from binascii import a2b_base64, crc32

from civicroot_device.config import Broker, Configuration
from civicroot_device.errors import ConfigurationError
from civicroot_device.provisioning.errors import INCOMPLETE, VALUE, ProvisioningError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from civicroot_device.provisioning.factory import Factory
    from civicroot_device.storage.flash import Flash

    Fields = dict[str, Any]

FILE = "draft"
CONFIGURATION = "config.json"
AUTHORITY = "ca.der"
MAX_BYTES = 8192  # two lines of the protocol: the authority, and all the others together
_MAGIC = b"CRP1"
_CRC = "<I"
_CRC_BYTES = 4
_SEQUENCE = b"\x30"  # with which every certificate begins (X.690 §8.9)
# What has to be set, by the groups in which it is; a tag has no Wi-Fi.
_NEEDED = ("realm", "subject", "gateway", "wifi")
_SECRET = {"wifi": ("password",), "gateway": ("password", "ca")}


class Draft:
    """`values`: {group: what was set}. `folder` is that of the flash, as the configuration names it. Raises OSError."""

    def __init__(self, flash: "Flash", factory: "Factory", folder: str) -> None:
        self._flash = flash
        self._folder = folder
        self._factory = factory
        self.values: "Fields" = self._load()

    def set(self, group: str, value: object) -> None:
        """Set a group, durably. Raises ProvisioningError if no configuration could have it, OSError."""
        values = dict(self.values)
        values[group] = value
        try:
            self._compose(values)
            authority = _authority(values)
        except (ConfigurationError, ValueError) as error:
            raise ProvisioningError(VALUE, str(error))
        body = _MAGIC + json.dumps(values).encode()
        if len(body) + _CRC_BYTES > MAX_BYTES:
            raise ProvisioningError(VALUE, "%s takes more room than there is" % group)
        if group == "gateway" and authority is not None:
            self._flash.replace(AUTHORITY, [authority])
        self._flash.replace(FILE, [body + struct.pack(_CRC, crc32(body))])
        self.values = values

    @property
    def missing(self) -> "list[str]":
        """What has to be set before `commit`."""
        return [name for name in _NEEDED if name not in self.values and not (name == "wifi" and self._factory.tag)]

    def shown(self) -> "Fields":
        """What is set, without what nobody else is to know."""
        found: "Fields" = {}
        for group, value in self.values.items():
            hidden = _SECRET.get(group, ())
            if isinstance(value, dict):
                value = {key: item for key, item in value.items() if key not in hidden}  # noqa: PLW2901
            found[group] = value
        return found

    def commit(self, wifi: "Fields") -> None:
        """Write the configuration; `wifi` are the radio's keys in it. Raises ProvisioningError, OSError."""
        if self.missing:
            raise ProvisioningError(INCOMPLETE, "not set: " + ", ".join(self.missing))
        fields = self._compose(self.values)
        fields.update(wifi)
        Configuration(fields)
        self._flash.replace(CONFIGURATION, [json.dumps(fields).encode()])
        self.forget()

    def forget(self) -> None:
        """Remove the draft, if there is one. Raises OSError."""
        if FILE in self._flash.names():
            self._flash.remove(FILE)

    def broker(self) -> "Broker | None":
        """The gateway's, as far as it is told; a tag has none."""
        if self._factory.tag or "gateway" not in self.values:
            return None
        return Broker(self._compose(self.values)["broker"])

    def _compose(self, values: "Fields") -> "Fields":
        """The configuration's fields, checked; what is not set yet is that of nobody. Raises ConfigurationError."""
        fields = dict(self._factory.fields)
        for name in ("realm", "subject"):
            if name in values:
                fields[name] = values[name]
        fields.update(values.get("keys", {}))
        fields.update(values.get("place", {}))
        if "gateway" in values:
            fields.update(_gateway(fields, values["gateway"], self._folder))
        checked = self._factory.provisional_fields()
        checked.update(fields)
        if "subject" not in values:  # the keys may be told first
            checked["subject"] = "unprovisioned/0"
        Configuration(checked)
        return fields

    def _load(self) -> "Fields":
        if FILE not in self._flash.names():
            return {}
        with self._flash.open(FILE) as file:
            data = file.read(MAX_BYTES + 1)
        body = data[:-_CRC_BYTES]
        if not len(_MAGIC) + _CRC_BYTES < len(data) <= MAX_BYTES or body[: len(_MAGIC)] != _MAGIC:
            return {}
        if struct.unpack(_CRC, data[-_CRC_BYTES:])[0] != crc32(body):
            return {}
        found = json.loads(body[len(_MAGIC) :])
        return found if isinstance(found, dict) else {}


def _authority(values: "Fields") -> "bytes | None":
    """The certificate authority in DER. Raises ValueError."""
    text = values.get("gateway", {}).get("ca")
    if text is None:
        return None
    found = a2b_base64(text)
    if found[:1] != _SEQUENCE:
        raise ValueError("ca is no certificate in DER, in base64")
    return found


def _gateway(fields: "Fields", told: "Fields", root: str) -> "Fields":
    """The keys of the configuration that say where to report to."""
    if fields.get("radio") is not None:
        radio = dict(fields["radio"])
        radio["gateway"] = told.get("public", "")
        return {"radio": radio}
    broker: "Fields" = {"host": told.get("host"), "port": told.get("port")}
    for key in ("username", "password"):
        if told.get(key) is not None:
            broker[key] = told[key]
    if told.get("ca") is not None:
        broker["tls"] = {"ca": root + "/" + AUTHORITY}
        if told.get("name") is not None:
            broker["tls"]["name"] = told["name"]
    return {"gateway": told.get("kid"), "broker": broker}
