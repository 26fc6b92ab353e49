"""A message that is to leave, and on which link."""

from dataclasses import dataclass

DEVICES, UPLINK = "devices", "uplink"


@dataclass(frozen=True, slots=True)
class Publication:
    """To be published on `link`, DEVICES or UPLINK. If that is down it is dropped: it will be due again."""

    link: str
    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
