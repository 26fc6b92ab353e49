"""Drafts: `policy.json` on its way round the root holders, with as many signatures as it has got so far."""

import json
from pathlib import Path

from civicroot_wire import policy as policies
from civicroot_wire.errors import WireError
from civicroot_wire.policy import Policy

from .. import files
from ..main import CommandError


def read(path: Path) -> Policy:
    """A policy, signed or not; nothing is verified. CommandError."""
    content = files.read(path, policies.MAX_FILE_BYTES)
    try:
        return _unsigned(content) or policies.from_file(content)
    except WireError as error:
        raise CommandError(f"{path} is no policy: {error}") from error


def _unsigned(content: bytes) -> Policy | None:
    if len(content) > policies.MAX_FILE_BYTES:
        return None
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None  # the strict reader says what is wrong
    if isinstance(document, dict) and set(document) == {"policy", "signatures"} and document["signatures"] == []:
        model = document["policy"]
        return Policy(model, {}) if isinstance(model, dict) else None
    return None


def to_bytes(policy: Policy) -> bytes:
    """The file's bytes."""
    return (json.dumps(policies.to_document(policy), indent=2, ensure_ascii=False) + "\n").encode()


def write(path: Path, policy: Policy) -> None:
    """Write durably, all or nothing. CommandError."""
    files.replace(path, to_bytes(policy))
