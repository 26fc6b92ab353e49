"""Random tokens: whoever shows one is believed; the database knows their hashes only."""

import hashlib
import secrets

TOKEN_BYTES = 32  # nobody guesses one, so a plain hash is enough: there is nothing to try out


def new() -> str:
    """A token of 43 characters that stand in addresses and cookies as they are."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> bytes:
    """What is kept of it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
