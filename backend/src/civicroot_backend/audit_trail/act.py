"""Somebody doing something now: the transaction, and the trail that is written in it."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection

from civicroot_backend.audit_trail import trail
from civicroot_backend.audit_trail.actions import Action
from civicroot_backend.audit_trail.row import Row

UNPLACED = -1  # trail.append gives the position
WHOLE_CITY = "city"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: an account and its login; None for the command line, and for who is not signed in yet."""

    account: int | None
    name: str


COMMAND_LINE = Actor(None, "command line")


@dataclass(frozen=True, slots=True)
class Act:
    """`now` in Unix seconds; `connection` is the writing transaction, which undoes both or neither."""

    connection: Connection
    now: int
    actor: Actor

    def record(self, action: Action, target: str, district: str = WHOLE_CITY, **detail: object) -> None:
        """Append to the trail that it was done to `target`; `detail` is what JSON can say, and no secret."""
        said = json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        row = Row(UNPLACED, self.now, self.actor.account, self.actor.name, action, district, target, said)
        trail.append(self.connection, row)
