"""Anchor: what every kind of anchor does, so that the runner needs to know of none.

An anchoring is a state machine whose whole state is its *ticket*: opaque bytes that the runner keeps. A ticket is
durable before the next `advance` is called with it. So whatever must not be sent twice (a transaction's nonce and
signature, a request's nonce) goes into the ticket first and leaves this machine only in the `advance` after it.
"""

from dataclasses import dataclass
from typing import Protocol

from civicroot_wire.checkpoint import Checkpoint

from civicroot_backend.errors import AnchorUnavailable

__all__ = ["Anchor", "AnchorUnavailable", "Confirmed", "Failed", "Pending", "Progress"]


@dataclass(frozen=True, slots=True)
class Pending:
    """It is under way: `advance` again with this `ticket`, which may be the same. `detail` is for people."""

    ticket: bytes
    detail: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Done: `evidence` leads from the tree to the anchor, which fixed it at `time` (Unix seconds)."""

    evidence: bytes
    time: int
    detail: str


@dataclass(frozen=True, slots=True)
class Failed:
    """This anchoring will never be confirmed: a newer tree is anchored instead. `detail` says why."""

    detail: str


Progress = Pending | Confirmed | Failed


class Anchor(Protocol):
    """One configured anchor. Only the thread `anchors` calls it.

    `name` and `kind` are the policy's. `parallel`: how many anchorings may be pending at once (EVM 1, a calendar more).
    """

    @property
    def name(self) -> str:
        """As in the policy."""

    @property
    def kind(self) -> str:
        """As in the policy."""

    @property
    def parallel(self) -> int:
        """How many anchorings may be pending at once."""

    def prepare(self, tree: Checkpoint) -> bytes:
        """The first ticket for a tree. Nothing has left this machine. Raises AnchorUnavailable."""

    def advance(self, ticket: bytes, tree: Checkpoint) -> Progress:
        """Submit it if it is not there yet, else ask how it stands. Raises AnchorUnavailable: later, the same ticket.

        It may be called any number of times with one ticket, also by a process that does not know what became of the
        last call: it never submits a second thing for one tree.
        """

    def close(self) -> None:
        """Give up what is held."""
