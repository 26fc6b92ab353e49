"""MQTT topics (SPEC.md §8)."""

from .errors import MalformedError

PREFIX = "civicroot/v1/"
UP, ACK, STATE, ENROLMENT, BATCH, CHECKPOINT = "up", "ack", "state", "enrolment", "batch", "checkpoint"
REVOCATION, CMD, WANT, PIECE = "revocation", "cmd", "want", "piece"
PRIVATE, CLAIM = "private", "claim"


def of_gateway(gateway: bytes, leaf: str) -> str:
    """`civicroot/v1/{gateway}/{leaf}`; leaf is BATCH, ACK, STATE, CHECKPOINT, WANT, PIECE, PRIVATE or CLAIM."""
    return PREFIX + gateway.hex() + "/" + leaf


def of_device(gateway: bytes, device: bytes, leaf: str) -> str:
    """`civicroot/v1/{gateway}/{device}/{leaf}`; leaf is one of the constants above but BATCH and CHECKPOINT."""
    return PREFIX + gateway.hex() + "/" + device.hex() + "/" + leaf


def parse(topic: str) -> "tuple[bytes, bytes | None, str]":
    """(gateway kid, device kid or None, leaf) of a topic of this form; MalformedError for any other.

    The leaf may be any text: which ones mean something depends on who listens.
    """
    parts = topic[len(PREFIX) :].split("/")
    if not topic.startswith(PREFIX) or not 2 <= len(parts) <= 3:
        raise MalformedError("malformed", "not a Civicroot topic: " + topic)
    kids = [_kid(part, topic) for part in parts[:-1]]
    return kids[0], kids[1] if len(kids) == 2 else None, parts[-1]


def _kid(text: str, topic: str) -> bytes:
    if len(text) != 16 or any(letter not in "0123456789abcdef" for letter in text):
        raise MalformedError("malformed", "not a Civicroot topic: " + topic)
    return bytes.fromhex(text)
