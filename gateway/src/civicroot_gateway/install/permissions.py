"""Who may publish and subscribe what (SPEC.md §8). Acknowledgements and states are not signed: they rest on this.

A broker is for devices, for the uplink (gateways and the backend), or for both.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from civicroot_wire import topic

DEVICE, GATEWAY, BACKEND = "device", "gateway", "backend"
ROLES = (DEVICE, GATEWAY, BACKEND)
DEVICES, UPLINK, BOTH = "devices", "uplink", "both"
SIDES = (DEVICES, UPLINK, BOTH)
ANY = "+"

_FROM_DEVICE = (topic.UP, topic.STATE, topic.WANT, topic.PRIVATE)
_TO_DEVICE = (topic.ACK, topic.CMD, topic.PIECE, topic.CLAIM)
_FROM_GATEWAY = (topic.BATCH, topic.STATE, topic.WANT, topic.PRIVATE)
_TO_GATEWAY = (topic.ACK, topic.CHECKPOINT, topic.PIECE, topic.CLAIM)
_ABOUT_DEVICE = (topic.ENROLMENT, topic.REVOCATION, topic.CMD)  # from the backend to the gateway


@dataclass(frozen=True)
class Permissions:
    """Topics, or filters with `+` for a level, that an account may `publish` and `subscribe`."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]

    def __add__(self, other: "Permissions") -> "Permissions":
        return Permissions(self.publish + other.publish, self.subscribe + other.subscribe)


NOTHING = Permissions((), ())


def of_device(gateways: Iterable[str], name: str) -> Permissions:
    """A device's own eight topics under each gateway, and nobody else's.

    `name` is its kid, or what the broker puts in its place.
    """
    found = NOTHING
    for gateway in gateways:
        found += Permissions(_under((gateway, name), _FROM_DEVICE), _under((gateway, name), _TO_DEVICE))
    return found


def of_gateway(side: str, gateway: str) -> Permissions:
    """The gateway `gateway` on a broker of that side."""
    devices = Permissions(_under((gateway, ANY), _TO_DEVICE), _under((gateway, ANY), _FROM_DEVICE))
    uplink = Permissions(
        _under((gateway,), _FROM_GATEWAY), _under((gateway,), _TO_GATEWAY) + _under((gateway, ANY), _ABOUT_DEVICE)
    )
    return (devices if side != UPLINK else NOTHING) + (uplink if side != DEVICES else NOTHING)


def of_backend(side: str) -> Permissions:
    """The backend, which serves every gateway. It reads what it said, too: what is retained need not be said again,
    and a newer checkpoint than its own shows that it was restored.
    """
    if side == DEVICES:
        return NOTHING
    told = _under((ANY,), _TO_GATEWAY) + _under((ANY, ANY), _ABOUT_DEVICE)
    heard = _under((ANY,), (*_FROM_GATEWAY, topic.CHECKPOINT)) + _under((ANY, ANY), _ABOUT_DEVICE)
    return Permissions(told, heard)


def _under(levels: tuple[str, ...], leaves: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(topic.PREFIX + "/".join((*levels, leaf)) for leaf in leaves)
