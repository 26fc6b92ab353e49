"""Why a request was not done. `name` is part of the protocol; `detail` is for people."""

from civicroot_device.errors import DeviceError

MALFORMED = "malformed"  # no JSON object, or without `do`
TOO_LONG = "too-long"  # a line over stream.MAX_LINE
UNKNOWN = "unknown"  # no such request
VALUE = "value"  # a value is missing, of a wrong type or not usable
INCOMPLETE = "incomplete"  # something has to be set before this
COMMITTED = "committed"  # only before `commit`
UNCOMMITTED = "uncommitted"  # only after it
NOT_SIGNED = "not-signed"  # an unlock that neither the registrar nor the operator signed for this device
STORAGE = "storage"  # the flash failed
NAMES = (MALFORMED, TOO_LONG, UNKNOWN, VALUE, INCOMPLETE, COMMITTED, UNCOMMITTED, NOT_SIGNED, STORAGE)


class ProvisioningError(DeviceError):
    """`name` is one of NAMES."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(name + ": " + detail)
        self.name = name
        self.detail = detail
