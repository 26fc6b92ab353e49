"""Errors of the reporting firmware (those of MQTT are in mqtt_errors).

DeviceError
├── ConfigurationError    the configuration file is not usable; `str()` names the key
│   └── SettingRefused    a setting of the operator makes no sense; `.setting` names it
├── StorageFailed         a write could not be made durable: the process must end and start again
├── OutboxFull            the outbox's policy leaves no room for this record
├── KeyExhausted          the key has used all its sequence numbers and must be rotated
└── SensorFault           a sensor gave no valid value
"""


class DeviceError(Exception):
    """Base of the firmware's own errors."""


class ConfigurationError(DeviceError):
    """The configuration file is not usable."""


class SettingRefused(ConfigurationError):
    """A setting that the device knows has a value that it cannot follow; `setting` is its name."""

    def __init__(self, setting: str, why: str) -> None:
        super().__init__(setting + " " + why)
        self.setting = setting


class StorageFailed(DeviceError):
    """A write failed half-way: only a fresh scan of the flash can tell what is on it."""


class OutboxFull(DeviceError):
    """No room by policy, although everything that may be dropped was."""


class KeyExhausted(DeviceError):
    """No sequence number is left for this key."""


class SensorFault(DeviceError):
    """A sensor is missing, does not answer or answers nonsense.

    flag     what is wrong, one of FLAGS (sensors/sensor.py): it goes into the record's `fault`
    detail   for the operator's log alone
    """

    def __init__(self, flag: str, detail: str = "") -> None:
        super().__init__(flag if not detail else flag + ": " + detail)
        self.flag = flag
