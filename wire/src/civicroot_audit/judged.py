"""What the steps after need of a judged entry, and what judges share."""

from dataclasses import dataclass

from civicroot_wire import batch, claims, cose
from civicroot_wire.pruning import Pruning

from .directory import Enrolled


@dataclass(frozen=True)
class Judged:
    """A log entry of a kind: a batch `header` that counts, a `pruning` that counts, a newly `enrolled` key."""

    index: int
    kind: str
    header: batch.Header | None = None
    pruning: Pruning | None = None
    enrolled: Enrolled | None = None


def signer_of(message: cose.Sign1 | None) -> bytes:
    """The kid of a decoded statement."""
    if message is None:
        raise ValueError("not a decoded statement")
    return message.kid


def realm_or(about: claims.Claims | None, realm: str, name: str) -> str:
    """`name`, or what a finding is called if the statement was made for another city."""
    return name if about is None or about.realm == realm else "entry-wrong-realm"
