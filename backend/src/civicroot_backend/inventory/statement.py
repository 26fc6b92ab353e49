"""An organisation's statement that a file is its inventory: its hash, signed, in the city log."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from civicroot_wire import policy as policies
from civicroot_wire import statement
from civicroot_wire.errors import WireError
from civicroot_wire.sodium import verify

from civicroot_backend.config import Config
from civicroot_backend.database.connection import Database
from civicroot_backend.entries.submission import Submissions
from civicroot_backend.errors import ConfigurationError, InventoryRefused


def log(
    config: Config, database: Database, entry: bytes, content: bytes, clock: Callable[[], float] = time.time
) -> int:
    """Log a signed statement of the file's hash, unless it is there already; its index.

    A backend that runs publishes it within seconds. Raises InventoryRefused if it is not about this file, WireError if
    its signer may not say so, ConfigurationError.
    """
    try:
        said = statement.decode(entry)
    except WireError as error:
        raise InventoryRefused(f"that is no signed statement: {error}") from error
    if not said.detached or said.payload != hashlib.sha256(content).digest():
        raise InventoryRefused("the statement is not about the hash of this file (civicroot statement sign --detached)")
    policy = _policy(config.policy_file)
    return Submissions(database, policy, clock).submit(entry).index


def _policy(file: Path) -> policies.Policy:
    try:
        return policies.verify(policies.from_file(file.read_bytes()), verify)
    except (OSError, WireError) as error:
        raise ConfigurationError(f"{file}: {error}") from error
