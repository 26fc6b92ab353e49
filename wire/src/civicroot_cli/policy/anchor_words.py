"""An anchor that a policy accepts, in words: what one has to believe to believe it."""

from typing import Any

from civicroot_wire import base64
from civicroot_wire.policy_anchor import EVM, OPENTIMESTAMPS

from . import certificate


def describe(item: dict[str, Any]) -> str:
    """By name, kind, and what identifies it."""
    name, kind = item["name"], item["kind"]
    if kind == EVM:
        return f"{name} ({kind}: contract {item['contract']} on chain {item['chain']})"
    if kind == OPENTIMESTAMPS:
        pinned = f", or one of {len(item['blocks'])} pinned blocks" if item["blocks"] else ""
        return f"{name} ({kind}: Bitcoin blocks of at least 2^{item['work']} hashes of work{pinned})"
    return f"{name} ({kind}: {certificate.describe(base64.decode(item['certificate']))})"
