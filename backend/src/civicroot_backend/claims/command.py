"""`civicroot backend forget-card`: delete what the backend knows of a citizen's card, at once."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from civicroot_cli.main import CommandError
from civicroot_wire.opening import MAX_VALUE_BYTES

from civicroot_backend import config
from civicroot_backend.errors import CardRefused, ConfigurationError

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

FROM_INPUT = "-"


def add_forget_card(actions: "Subparsers") -> argparse.ArgumentParser:
    """Add the command; the caller sets `func`."""
    command = actions.add_parser(
        "forget-card",
        help="delete a citizen's card at once, before card_days are over",
        description="Delete the text of a card and its salts from the database, and from what the database has "
        "written beside it. Prints how many there were. That deposits were claimed by card stays; by which card, "
        "nobody can say any more. The backend may run meanwhile. A card that a bin has read and not delivered yet "
        "comes later: run it again then. Backups of the database are yours to look after.",
    )
    command.add_argument(
        "card",
        metavar="TEXT",
        help="the text in the card's code; - reads it from standard input, so that it is in no shell's history and no "
        "list of processes",
    )
    command.add_argument("--config", required=True, type=Path)
    return command


def forget_card(arguments: argparse.Namespace) -> int:
    """Print how many openings of the card were deleted. Raises CardRefused, CommandError, NotErased."""
    from civicroot_backend.claims import openings  # noqa: PLC0415 - no other command of this parser needs a database
    from civicroot_backend.database.connection import Database  # noqa: PLC0415

    card = _text(arguments.card)
    try:
        database = Database(config.load(arguments.config, os.environ).database_url)
    except ConfigurationError as error:
        raise CommandError(str(error)) from error
    try:
        with database.write() as connection:
            count = openings.forget_value(connection, card)
        database.erase_deleted()
    finally:
        database.close()
    print(count)
    return 0


def _text(given: str) -> bytes:
    card = (sys.stdin.readline().rstrip("\r\n") if given == FROM_INPUT else given).encode()
    if not 1 <= len(card) <= MAX_VALUE_BYTES:
        raise CardRefused(f"a card's text has 1 to {MAX_VALUE_BYTES} bytes, this one has {len(card)}")
    return card
