"""Errors of the MQTT client.

    MqttError                 .reason: a short text
    ├── MalformedPacket       the broker sent bytes that MQTT 3.1.1 does not allow, or more than is accepted
    ├── MqttDown              there is no connection, or it was lost before the answer came
    ├── MqttTimeout           a deadline passed (connect, write, CONNACK, SUBACK, PUBACK, PINGRESP, on_up)
    ├── MqttRefused           the broker said no (CONNACK or SUBACK return code)
    └── MqttBusy              too many packets wait for their acknowledgement already

Wrong arguments of the caller (a wildcard in a topic to publish to, a QoS of 2) are ValueError.
"""


class MqttError(Exception):
    """Base of all errors that end a connection or a publish; `reason` says why in a few words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MalformedPacket(MqttError):
    """The broker sent bytes that MQTT 3.1.1 does not allow, or a packet above the size limit."""


class MqttDown(MqttError):
    """There is no connection, or it was lost before the answer came."""


class MqttTimeout(MqttError):
    """A deadline passed; `reason` names what was waited for."""


class MqttRefused(MqttError):
    """The broker refused the connection or a subscription; `reason` names which and why."""


class MqttBusy(MqttError):
    """Too many packets wait for their acknowledgement already."""
