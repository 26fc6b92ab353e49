"""Reading the trust policy file."""

import json
from pathlib import Path

from civicroot_wire import policy
from civicroot_wire.errors import WireError
from civicroot_wire.policy import MAX_POLICY_BYTES, Policy

from .errors import ConfigError
from .signing import Verify

MAX_FILE_BYTES = 2 * MAX_POLICY_BYTES  # JSON with base64 is longer than CBOR


def load(path: Path, realm: str, verify: Verify) -> Policy:
    """The policy of `realm`, signed by its roots; raises ConfigError."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
        if len(raw) > MAX_FILE_BYTES:
            raise ConfigError(f"{path}: too large")
        found = policy.verify(policy.from_document(json.loads(raw)), verify)
    except (OSError, ValueError) as error:  # ValueError: no JSON, no UTF-8, or a WireError, which says why
        raise ConfigError(f"{path}: {error.reason if isinstance(error, WireError) else error}") from error
    if found.realm != realm:
        raise ConfigError(f"{path} is of realm {found.realm}, not {realm}")
    return found
