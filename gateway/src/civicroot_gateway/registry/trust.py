"""Reading the trust policy file."""

from pathlib import Path

from civicroot_wire import policy
from civicroot_wire.errors import WireError
from civicroot_wire.policy import MAX_FILE_BYTES, Policy

from ..errors import ConfigError
from ..signing import Verify


def load(path: Path, realm: str, verify: Verify) -> Policy:
    """The policy of `realm`, signed by its roots; raises ConfigError."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        found = policy.verify(policy.from_file(content), verify)
    except (OSError, WireError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if found.realm != realm:
        raise ConfigError(f"{path} is of realm {found.realm}, not {realm}")
    return found
