"""The position that an entry will have in the log: all that it is judged by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from civicroot_wire.policy import Policy
from sqlalchemy import Connection, Table

Rows = Sequence[tuple[Table, dict[str, Any]]]  # what is kept of an entry, under the `log_index` that is added


@dataclass(frozen=True, slots=True)
class Position:
    """Log index `index`, in the writing transaction that gives it out; `now` in Unix seconds is informative."""

    connection: Connection
    policy: Policy
    index: int
    now: int


# Verifies the bytes of an entry of one kind at a position; raises WireError. Nothing is written.
Check = Callable[[Position, bytes], Rows]
