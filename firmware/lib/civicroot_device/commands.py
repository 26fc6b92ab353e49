"""What the device answers to whoever provisions it: JSON on standard output."""

from civicroot_wire import possession
from civicroot_wire.errors import WireError

from civicroot_device.errors import ConfigurationError
from civicroot_device.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicroot_device.boots import Boots
    from civicroot_device.storage.store import Store

ROLE = "device"


def prove_possession(store: "Store", realm: str, nonce: str, subject: str) -> "dict[str, str]":
    """The signed request to be enrolled as `subject` (SPEC.md §3.3); nonce is the registrar's, in hex."""
    try:
        challenge = bytes.fromhex(nonce)
        key = store.identity
        signed = possession.sign(key.kid, subject, ROLE, challenge, realm, key.sign)
        possession.decode(signed)
    except (ValueError, WireError) as error:
        raise ConfigurationError("possession: " + str(error))
    return {"kid": key.kid.hex(), "public": key.public.hex(), "possession": signed.hex()}


def info(store: "Store", boots: "Boots") -> "dict[str, object]":
    """What the store says. `next` is the next number, `made` how many records the key has made.

    `boots` have been counted, the last `failed_boots` of them not good; `safe_mode`: the next one will be in it.
    """
    return {
        "kid": store.identity.kid.hex(),
        "public": store.identity.public.hex(),
        "origin": store.identity.origin,
        "next": store.counter.next,
        "made": store.outbox.made,
        "waiting": store.outbox.waiting,
        "bytes": store.outbox.size,
        "thinned": [list(pair) for pair in store.outbox.pending],
        "damaged": store.outbox.counts.damaged,
        "refused": [[seq, reason] for seq, reason, _ in store.refusals.read()],
        "left_behind": store.left_behind,
        "boots": boots.count,
        "failed_boots": boots.failed,
        "safe_mode": boots.safe,
        "version": VERSION,
    }
