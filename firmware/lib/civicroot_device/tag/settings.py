"""The object "radio" of a tag's configuration, checked key by key.

{"kind": "espnow", "gateway": "<public key, 64 hex digits>", "channel": 6}
{"kind": "lora", "gateway": "…", "region": "EU868", "frequency": 868100000, "factor": 9, "power": 14, "wiring": {…}}
{"kind": "udp", "gateway": "…", "port": 40000, "address": "020000000001", "as": "espnow" | "lora", "sleep": "end"}

`wiring` is that of civicroot_radio.lora_radio. On a board, "motion": number of the pin that the accelerometer pulls up;
"years": how long the cells have to last (endurance.py), 5 if it is left out, 0 if it does not matter.
On the Unix port `port` is the air's on this machine, and "sleep" says whether the process waits ("wait", the default)
or ends, to be started again by whoever started it ("end"), as a chip does that wakes from deep sleep.
"""

from civicroot_wire import lora
from civicroot_wire.errors import MalformedError

from civicroot_device.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Fields = dict[str, Any]

ESPNOW, LORA, UDP = "espnow", "lora", "udp"
WAIT, END = "wait", "end"
YEARS = 5  # that the cells have to last
MAX_YEARS = 10  # beyond, what a tag takes asleep leaves nothing for its wakes
PUBLIC_KEY_BYTES = 32
_KEYS: "dict[str, dict[str, type]]" = {
    ESPNOW: {"channel": int},
    LORA: {"region": str, "frequency": int, "factor": int, "power": int, "wiring": dict},
    UDP: {"port": int, "address": str},
}
_OPTIONAL: "dict[str, dict[str, type]]" = {
    ESPNOW: {"motion": int, "years": int},
    LORA: {"motion": int, "years": int},
    UDP: {"as": str, "sleep": str},
}


class RadioSettings:
    """`kind`, `gateway` (32 bytes), and the others by their names, None if missing. Raises ConfigurationError."""

    def __init__(self, fields: "Fields") -> None:
        kind = fields.get("kind")
        if kind not in _KEYS:
            raise ConfigurationError("radio.kind is not espnow, lora or udp")
        self.kind: str = kind
        found = _checked(fields, kind)
        self.gateway = _octets(found["gateway"], "gateway", PUBLIC_KEY_BYTES, PUBLIC_KEY_BYTES)
        self.motion: "int | None" = found.get("motion")
        self.channel: int = found.get("channel", 1)
        self.region: str = found.get("region", "")
        self.frequency: int = found.get("frequency", 0)
        self.factor: int = found.get("factor", 7)
        self.power: int = found.get("power", 0)
        self.wiring: "Fields" = found.get("wiring", {})
        self.port: int = found.get("port", 0)
        self.address = _octets(found.get("address", ""), "address", 0, 8)
        self.acts_as: str = found.get("as", ESPNOW)
        self.sleep: str = found.get("sleep", WAIT)
        self.years: int = found.get("years", YEARS)
        if not 1 <= self.channel <= 13:
            raise ConfigurationError("radio.channel is not 1 to 13")
        if self.acts_as not in (ESPNOW, LORA) or self.sleep not in (WAIT, END):
            raise ConfigurationError("radio.as or radio.sleep")
        if not 0 <= self.years <= MAX_YEARS:
            raise ConfigurationError("radio.years is not 0 to %d" % MAX_YEARS)
        self.share = self._share()

    def _share(self) -> int:
        """Thousandths of an hour that the channel may be used."""
        if self.kind != LORA:
            return 0
        if not 7 <= self.factor <= 12:
            raise ConfigurationError("radio.factor is not 7 to 12")
        try:
            share = lora.band(self.region, self.frequency, self.power).share
        except MalformedError as error:
            raise ConfigurationError("radio: " + str(error))
        if lora.airtime_us(lora.MAX_LORA_BYTES, self.factor) > lora.REGIONS[self.region].longest_ms * 1000:
            raise ConfigurationError(
                "radio.factor: a long record would be on the air for longer than the region allows"
            )
        return share


def _checked(fields: "Fields", kind: str) -> "Fields":
    required: "dict[str, type]" = {"kind": str, "gateway": str}
    required.update(_KEYS[kind])
    for name, value in fields.items():
        types = required.get(name) or _OPTIONAL[kind].get(name)
        if types is None:
            raise ConfigurationError("radio.%s is unknown" % name)
        if not isinstance(value, types) or value is True or value is False:
            raise ConfigurationError("radio.%s is of a wrong type" % name)
    for name in required:
        if name not in fields:
            raise ConfigurationError("radio.%s is missing" % name)
    return fields


def _octets(text: str, name: str, least: int, most: int) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = None
    if found is None or not least <= len(found) <= most:
        raise ConfigurationError("radio.%s is not of hex digits for %d to %d bytes" % (name, least, most))
    return found
