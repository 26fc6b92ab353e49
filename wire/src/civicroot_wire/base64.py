"""Canonical base64: padding present, unused bits zero, no whitespace (RFC 4648 §3.5)."""

import binascii

from .errors import MalformedError


def encode(data: bytes) -> str:
    """Standard alphabet, padded, no newline."""
    return binascii.b2a_base64(data).decode().strip()


def decode(text: str) -> bytes:
    """The bytes of `text`; MalformedError unless encoding them gives `text` again."""
    try:
        data = binascii.a2b_base64(text.encode())
    except ValueError as error:
        raise MalformedError("malformed", "not base64") from error
    if encode(data) != text:
        raise MalformedError("malformed", "base64 is not canonical")
    return data
